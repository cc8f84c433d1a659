import { randomUUID } from 'node:crypto'
import type { CreateKeyRequest, CreateKeyResponse } from '@aws-sdk/client-kms'
import type { Permission, Validated } from '../../../core/operation.ts'
import type { KmsKey } from '../domain/key.ts'
import { checkDesign, checkSupported, type KeyDesign, requestedDesign } from '../domain/key-creation.ts'
import { generateMaterial } from '../domain/key-generation.ts'
import { keyArn } from '../domain/key-identifier.ts'
import { withFirstMaterial } from '../domain/key-material.ts'
import { keyMetadata } from '../domain/key-metadata.ts'
import { defaultKeyPolicy } from '../domain/key-policy.ts'
import { checkTags, mergeTags } from '../domain/tags.ts'
import type { KmsContext } from '../kms-context.ts'
import { addKey } from '../storage/key-store.ts'
import { callerKeys, designKeys, lockoutCheckKeys, requestTagKeys } from './condition-keys.ts'
import { checkKeyPolicy, checkLockout } from './key-policy-checks.ts'
import { createKeyInStore } from './key-store-keys.ts'

/** `kms:CreateKey` by identity policy alone, as there is no key policy yet, and `kms:TagResource` for the tags. */
export function createKeyPermissions({ call }: KmsContext, request: Validated<CreateKeyRequest>): Permission[] {
  const context = {
    ...callerKeys(call),
    ...designKeys(requestedDesign(request)),
    ...requestTagKeys(request.Tags),
    ...lockoutCheckKeys(request.BypassPolicyLockoutSafetyCheck),
  }
  const create: Permission = { action: 'kms:CreateKey', resource: '*', printedResource: '*', context }
  if (!request.Tags?.length) return [create]
  return [create, { action: 'kms:TagResource', resource: keyArn(call, '*'), printedResource: null, context }]
}

/**
 * Makes a key with material of its own, enabled at once.
 * @throws ServiceError ValidationException, UnsupportedOperationException (also for what this server cannot make yet),
 *   TagException, MalformedPolicyDocumentException, LimitExceededException (100,000 keys, policy of 32 KB).
 * @see https://docs.aws.amazon.com/kms/latest/APIReference/API_CreateKey.html
 */
export async function createKey(context: KmsContext, request: Validated<CreateKeyRequest>): Promise<CreateKeyResponse> {
  const { call } = context
  const design = checkDesign(request)
  const { Tags = [], Policy, BypassPolicyLockoutSafetyCheck, Description = '' } = request
  checkTags(Tags)
  const tags = mergeTags([], Tags)
  checkSupported(design)
  const policy =
    Policy === undefined
      ? { document: defaultKeyPolicy(call.partition, call.accountId), boundPrincipals: {} }
      : await checkKeyPolicy(context, Policy)
  const bareKey = newKey(context, design, { policy, tags, description: Description })
  if (Policy !== undefined && !BypassPolicyLockoutSafetyCheck) await checkLockout(context, bareKey)
  if (request.CustomKeyStoreId !== undefined) return createKeyInStore(context, request, bareKey)
  const { key, material } = withFirstMaterial(bareKey, await generateMaterial(design.keySpec), call.clock.nowMs())
  return call.transaction(async (tx) => {
    await addKey(tx, key, material)
    return { KeyMetadata: keyMetadata(key) }
  })
}

/** A key that has no material yet. */
function newKey(
  { call }: KmsContext,
  design: KeyDesign,
  chosen: Pick<KmsKey, 'policy' | 'tags' | 'description'>,
): KmsKey {
  const keyId = randomUUID()
  return {
    accountId: call.accountId,
    region: call.region,
    keyId,
    arn: keyArn(call, keyId),
    createdAtMs: call.clock.nowMs(),
    ...design,
    ...chosen,
    keyManager: 'CUSTOMER',
    state: 'Enabled',
    materials: [],
    onDemandRotations: 0,
    aliasNames: [],
  }
}
