import type { GetKeyLastUsageRequest, GetKeyLastUsageResponse } from '@aws-sdk/client-kms'
import type { RequestContext, Validated } from '../../../../core/operation.ts'
import { daysWithoutUse, isTracked } from '../../domain/algorithms/key-usage.ts'
import type { KmsContext } from '../../kms-context.ts'

/**
 * The last successful cryptographic operation with a key, from its creation on.
 * @throws ServiceError NotFoundException, InvalidArnException.
 * @see https://docs.aws.amazon.com/kms/latest/APIReference/API_GetKeyLastUsage.html
 */
export async function getKeyLastUsage(
  { keys, usages }: KmsContext,
  { KeyId }: Validated<GetKeyLastUsageRequest>,
): Promise<GetKeyLastUsageResponse> {
  const key = await keys.get(KeyId)
  const use = await usages.lastUse(key)
  const created = new Date(key.createdAtMs)
  return {
    KeyId: key.keyId,
    KeyLastUsage: use
      ? {
          Operation: use.operation,
          Timestamp: new Date(use.atMs),
          CloudTrailEventId: use.eventId,
          KmsRequestId: use.requestId,
        }
      : {},
    TrackingStartDate: created,
    KeyCreationDate: created,
  }
}

/** Returns the condition key of DisableKey and ScheduleKeyDeletion: how long the key has not been used. */
export async function disuseKeys({ call, keys, usages }: KmsContext, keyId: string): Promise<RequestContext> {
  const { key } = await keys.find(keyId, false)
  if (!key) return {}
  const days = daysWithoutUse(key, await usages.lastUse(key), call.clock.nowMs())
  return { 'kms:TrailingDaysWithoutKeyUsage': String(days) }
}

/** What a cryptographic operation says of the keys that it has used. */
interface KeysUsed {
  /** ARNs. */
  KeyId?: string
  SourceKeyId?: string
}

/** The twelve digits before the last part of a key's ARN. */
const accountIn = (keyArn: string): string => keyArn.slice(keyArn.lastIndexOf(':') - 12, keyArn.lastIndexOf(':'))

/** Notes the keys of an operation that counts as use of them; nothing else of it changes. A dry run never gets so far. */
export function noteUse({ call, usages }: KmsContext, output: KeysUsed): void {
  const { operation, requestId } = call
  if (!isTracked(operation)) return
  const atMs = call.clock.nowMs()
  for (const arn of [output.SourceKeyId, output.KeyId]) {
    if (arn) usages.note(arn, { operation, atMs, eventId: call.eventIdIn(accountIn(arn)), requestId })
  }
}
