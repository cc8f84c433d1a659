import type { UpdatePrimaryRegionRequest } from '@aws-sdk/client-kms'
import type { Permission, RecordElsewhere, Validated } from '../../../../core/operation.ts'
import { keyNotFound, regionNotUsable } from '../../domain/errors.ts'
import type { KmsKey } from '../../domain/key.ts'
import { updating } from '../../domain/key-lifecycle.ts'
import { checkKeyState, checkState } from '../../domain/key-states.ts'
import { relatedArn, withPrimary } from '../../domain/multi-region.ts'
import type { KmsContext } from '../../kms-context.ts'
import { keyResource } from '../../storage/call-keys.ts'
import { findKey, putKey, rereadKey } from '../../storage/key-store.ts'
import { scheduleRotationWork, scheduleSettlingWork } from '../../storage/key-work.ts'
import { relatedKeys } from '../../storage/related-keys.ts'
import { keyPermission, onKey } from '../access/permissions.ts'

type Request = Validated<UpdatePrimaryRegionRequest>

/** `kms:UpdatePrimaryRegion` on both keys, each by its own policy. */
export async function updatePrimaryRegionPermissions(context: KmsContext, request: Request): Promise<Permission[]> {
  const { call, keys } = context
  const { KeyId, PrimaryRegion } = request
  const more = { 'kms:PrimaryRegion': PrimaryRegion }
  const onPrimary = await onKey({ context: () => more })(context, { KeyId })
  const { key, accountId } = await keys.find(KeyId, false)
  const replica = key && (await findKey(call.store, { accountId, region: PrimaryRegion }, key.keyId))
  if (!replica || replica.region === key.region) return onPrimary
  const there = { ...more, 'aws:RequestedRegion': PrimaryRegion }
  return [...onPrimary, await keyPermission(context, { accountId, arn: replica.arn, key: replica }, { context: there })]
}

/**
 * Makes the replica key in another Region the primary key, and this one a replica. Both are Updating for some moments, in
 * which they encrypt and decrypt as ever.
 * @throws ServiceError UnsupportedOperationException (no primary key), NotFoundException (no replica there),
 *   DisabledException, KMSInvalidStateException (of either key), ValidationException (the Region where it is).
 * @see https://docs.aws.amazon.com/kms/latest/APIReference/API_UpdatePrimaryRegion.html
 */
export async function updatePrimaryRegion({ call, keys }: KmsContext, request: Request): Promise<undefined> {
  const { KeyId, PrimaryRegion } = request
  const found = await keys.get(KeyId)
  return call.transaction(async (tx) => {
    const primary = await rereadKey(tx, found)
    checkKeyState('UpdatePrimaryRegion', primary)
    if (PrimaryRegion === primary.region) throw regionNotUsable(PrimaryRegion)
    const family = await relatedKeys(tx, primary)
    const next = family.find(({ region }) => region === PrimaryRegion)
    if (!next) throw keyNotFound(relatedArn(primary, PrimaryRegion))
    checkState('UpdatePrimaryRegion', next)
    const regions = withPrimary(primary, PrimaryRegion)
    for (const related of family) {
      const changes = related === primary || related === next
      const key: KmsKey = { ...(changes ? updating(related) : related), regions }
      await putKey(tx, key)
      await scheduleRotationWork(tx, key)
      if (changes) await scheduleSettlingWork(tx, key, call.clock.nowMs())
    }
    return undefined
  })
}

/** Returns the record of the same call that AWS makes in the Region of the new primary key. */
export function primaryRegionUpdate({ keys }: KmsContext, request: Request): RecordElsewhere[] {
  const { KeyId, PrimaryRegion: region } = request
  const arn = relatedArn({ arn: keys.arnOf(KeyId) ?? '' }, region)
  const [, , , , accountId = ''] = arn.split(':')
  return [
    {
      region,
      operation: 'UpdatePrimaryRegion',
      input: request,
      response: { keyId: arn },
      resources: [keyResource({ accountId, arn })],
    },
  ]
}
