import type { ReplicateKeyRequest, ReplicateKeyResponse } from '@aws-sdk/client-kms'
import type { Permission, RecordElsewhere, Validated } from '../../../../core/operation.ts'
import { isRegion } from '../../../../core/regions.ts'
import type { Transaction } from '../../../../core/store.ts'
import { keyExistsInRegion, regionNotUsable } from '../../domain/errors.ts'
import type { KmsKey } from '../../domain/key.ts'
import { keyArn } from '../../domain/key-identifier.ts'
import { keyMetadata } from '../../domain/key-metadata.ts'
import { checkKeyState } from '../../domain/key-states.ts'
import { settled } from '../../domain/material/imported-versions.ts'
import { type ReplicaOwn, replicaOf } from '../../domain/multi-region.ts'
import { checkTags, mergeTags } from '../../domain/tags.ts'
import type { KmsContext } from '../../kms-context.ts'
import { keyResource } from '../../storage/call-keys.ts'
import { addKey, copyMaterial, putKey, rereadKey } from '../../storage/key-store.ts'
import { scheduleSettlingWork } from '../../storage/key-work.ts'
import { relatedKeys } from '../../storage/related-keys.ts'
import {
  callerConditionKeys,
  designConditionKeys,
  lockoutCheckConditionKeys,
  newKeyTagConditionKeys,
} from '../access/condition-keys.ts'
import { checkLockout, requestedKeyPolicy } from '../access/key-policy-checks.ts'
import { onKey } from '../access/permissions.ts'
import { clearOrphanGrants } from '../grants/orphan-grants.ts'

type Request = Validated<ReplicateKeyRequest>

/** `kms:ReplicateKey` on the primary key; in the other Region, `kms:CreateKey` and `kms:TagResource` by identity policy. */
export async function replicateKeyPermissions(context: KmsContext, request: Request): Promise<Permission[]> {
  const { call, keys } = context
  const { KeyId, ReplicaRegion, Tags } = request
  const more = {
    ...lockoutCheckConditionKeys(request.BypassPolicyLockoutSafetyCheck),
    'kms:ReplicaRegion': ReplicaRegion,
  }
  const onPrimary = await onKey({ context: () => more })(context, { KeyId })
  const { key } = await keys.find(KeyId, false)
  const there = {
    ...callerConditionKeys(call),
    ...(key && designConditionKeys(key)),
    ...newKeyTagConditionKeys(Tags),
    ...more,
    'kms:MultiRegionKeyType': 'REPLICA',
    'aws:RequestedRegion': ReplicaRegion,
  }
  const needed: Permission[] = [
    ...onPrimary,
    { action: 'kms:CreateKey', resource: '*', printedResource: '*', context: there },
  ]
  if (Tags?.length) {
    const resource = keyArn({ ...call, region: ReplicaRegion }, '*')
    needed.push({ action: 'kms:TagResource', resource, printedResource: null, context: there })
  }
  return needed
}

/**
 * Makes a key related to a multi-Region primary key in another Region: the same id, the same material. It is Creating with
 * the answer, and enabled moments later; with imported material it waits for the material then.
 * @throws ServiceError UnsupportedOperationException (no primary key), AlreadyExistsException, DisabledException,
 *   KMSInvalidStateException, ValidationException (a Region that cannot be), TagException,
 *   MalformedPolicyDocumentException, LimitExceededException, DependencyTimeoutException (the deletion of an earlier
 *   replica there is not complete).
 * @see https://docs.aws.amazon.com/kms/latest/APIReference/API_ReplicateKey.html
 */
export async function replicateKey(context: KmsContext, request: Request): Promise<ReplicateKeyResponse> {
  const { call, keys } = context
  const { KeyId, ReplicaRegion: region, Tags = [], Description: description = '' } = request
  checkTags(Tags)
  const found = await keys.get(KeyId)
  checkReplication(found, region)
  const policy = await requestedKeyPolicy(context, request.Policy)
  const own: ReplicaOwn = {
    ...{ region, policy, tags: mergeTags([], Tags), description },
    createdAtMs: call.clock.nowMs(),
  }
  if (request.Policy !== undefined && !request.BypassPolicyLockoutSafetyCheck) {
    await checkLockout(context, replicaOf(found, own))
  }
  return call.transaction(async (tx) => {
    const replica = await addReplica(tx, await rereadKey(tx, found), own)
    return {
      ReplicaKeyMetadata: keyMetadata(replica),
      ReplicaPolicy: policy.document,
      ...(own.tags.length > 0 && { ReplicaTags: [...own.tags] }),
    }
  })
}

function checkReplication(key: KmsKey, region: string): void {
  checkKeyState('ReplicateKey', key)
  if (!isRegion(region) || region === key.region) throw regionNotUsable(region)
  if (key.regions?.replicas.includes(region)) throw keyExistsInRegion(key.keyId, region)
}

async function addReplica(tx: Transaction, primary: KmsKey, own: ReplicaOwn): Promise<KmsKey> {
  checkReplication(primary, own.region)
  const bare = replicaOf(primary, own)
  const { regions } = bare
  const family = settled([...(await relatedKeys(tx, primary)).map((related) => ({ ...related, regions })), bare])
  for (const related of family.slice(0, -1)) await putKey(tx, related)
  const replica = family.at(-1) ?? bare
  await clearOrphanGrants(tx, replica)
  await addKey(tx, replica)
  for (const { materialId, importState } of primary.materials) {
    if (!importState) await copyMaterial(tx, primary, replica, materialId)
  }
  await scheduleSettlingWork(tx, replica, own.createdAtMs)
  return replica
}

/** Returns the record of CreateKey that AWS makes in the Region of the replica. */
export function replicaCreation(request: Request, { ReplicaKeyMetadata }: ReplicateKeyResponse): RecordElsewhere[] {
  const { AWSAccountId: accountId = '', Arn: arn = '', KeyUsage, KeySpec, Origin } = ReplicaKeyMetadata ?? {}
  const { ReplicaRegion: region, Policy, Description, Tags, BypassPolicyLockoutSafetyCheck } = request
  return [
    {
      region,
      operation: 'CreateKey',
      input: {
        ...{ Policy, Description, KeyUsage, KeySpec, Origin, BypassPolicyLockoutSafetyCheck, Tags },
        MultiRegion: true,
      },
      output: { KeyMetadata: ReplicaKeyMetadata },
      resources: [keyResource({ accountId, arn })],
    },
  ]
}
