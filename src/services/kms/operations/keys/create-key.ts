import type { CreateKeyRequest, CreateKeyResponse } from '@aws-sdk/client-kms'
import { formatArn } from '../../../../core/arn.ts'
import type { Call } from '../../../../core/call.ts'
import type { Permission, Validated } from '../../../../core/operation.ts'
import type { KmsKey } from '../../domain/key.ts'
import { checkDesign, newKey, requestedDesign } from '../../domain/key-creation.ts'
import { keyArn } from '../../domain/key-identifier.ts'
import { settle } from '../../domain/key-lifecycle.ts'
import { keyMetadata } from '../../domain/key-metadata.ts'
import { checkImportable } from '../../domain/material/import-rules.ts'
import { generateMaterial } from '../../domain/material/key-generation.ts'
import { type KeyMaterial, withFirstMaterial } from '../../domain/material/key-material.ts'
import { checkTags, mergeTags } from '../../domain/tags.ts'
import type { KmsContext } from '../../kms-context.ts'
import { addKey } from '../../storage/key-store.ts'
import {
  callerConditionKeys,
  designConditionKeys,
  lockoutCheckConditionKeys,
  newKeyTagConditionKeys,
} from '../access/condition-keys.ts'
import { checkLockout, requestedKeyPolicy } from '../access/key-policy-checks.ts'
import { createKeyInStore } from '../key-stores/key-store-keys.ts'

/**
 * `kms:CreateKey` by identity policy alone, as there is no key policy yet, `kms:TagResource` for the tags, and for
 * multi-Region keys the making of the role by which KMS synchronizes them.
 */
export function createKeyPermissions({ call }: KmsContext, request: Validated<CreateKeyRequest>): Permission[] {
  const context = {
    ...callerConditionKeys(call),
    ...designConditionKeys(requestedDesign(request)),
    ...newKeyTagConditionKeys(request.Tags),
    ...lockoutCheckConditionKeys(request.BypassPolicyLockoutSafetyCheck),
  }
  const needed: Permission[] = [{ action: 'kms:CreateKey', resource: '*', printedResource: '*', context }]
  if (request.Tags?.length) {
    needed.push({ action: 'kms:TagResource', resource: keyArn(call, '*'), printedResource: null, context })
  }
  if (request.MultiRegion) needed.push(serviceLinkedRolePermission(call))
  return needed
}

function serviceLinkedRolePermission({ partition, accountId }: Call): Permission {
  const service = 'mrk.kms.amazonaws.com'
  const resource = `role/aws-service-role/${service}/AWSServiceRoleForKeyManagementServiceMultiRegionKeys`
  return {
    action: 'iam:CreateServiceLinkedRole',
    resource: formatArn({ partition, service: 'iam', region: '', accountId, resource }),
    context: { 'iam:AWSServiceName': service },
  }
}

/**
 * Makes a key with material of its own, enabled at once; with the origin EXTERNAL one that waits for its material.
 * @throws ServiceError ValidationException, UnsupportedOperationException (also by the setting kms.import), TagException,
 *   MalformedPolicyDocumentException, LimitExceededException (100,000 keys, policy of 32 KB).
 * @see https://docs.aws.amazon.com/kms/latest/APIReference/API_CreateKey.html
 */
export async function createKey(context: KmsContext, request: Validated<CreateKeyRequest>): Promise<CreateKeyResponse> {
  const { call, importRule } = context
  const design = checkDesign(request)
  const { Tags = [], Policy, BypassPolicyLockoutSafetyCheck, Description = '' } = request
  checkTags(Tags)
  const tags = mergeTags([], Tags)
  if (design.origin === 'EXTERNAL') checkImportable(design.keySpec, importRule)
  const policy = await requestedKeyPolicy(context, Policy)
  const bareKey = newKey(call, call.clock.nowMs(), design, { policy, tags, description: Description })
  if (Policy !== undefined && !BypassPolicyLockoutSafetyCheck) await checkLockout(context, bareKey)
  if (request.CustomKeyStoreId !== undefined) return createKeyInStore(context, request, bareKey)
  const { key, material } = await withOwnMaterial(bareKey, design, call.clock.nowMs())
  return call.transaction(async (tx) => {
    await addKey(tx, key, material)
    return { KeyMetadata: keyMetadata(key) }
  })
}

/** The key with material that KMS makes; material of the caller's own is still to be imported. */
async function withOwnMaterial(
  bareKey: KmsKey,
  { origin, keySpec }: ReturnType<typeof checkDesign>,
  nowMs: number,
): Promise<{ key: KmsKey; material: KeyMaterial | undefined }> {
  if (origin === 'EXTERNAL') return { key: settle(bareKey), material: undefined }
  return withFirstMaterial(bareKey, await generateMaterial(keySpec), nowMs)
}
