import type {
  CancelKeyDeletionRequest,
  CancelKeyDeletionResponse,
  ScheduleKeyDeletionRequest,
  ScheduleKeyDeletionResponse,
} from '@aws-sdk/client-kms'
import type { AuditRecord } from '../../../core/audit.ts'
import type { Clock } from '../../../core/clock.ts'
import type { Validated } from '../../../core/operation.ts'
import type { WorkRunner } from '../../../core/scheduler.ts'
import { serviceEvent } from '../../../core/service-event.ts'
import type { KmsKey } from '../domain/key.ts'
import { cancelDeletion, defaultWindowDays, isDeletionDue, scheduleDeletion } from '../domain/key-lifecycle.ts'
import type { KmsContext } from '../kms-context.ts'
import { keyResource } from '../storage/call-keys.ts'
import { keys as keyCollection, scopeOf } from '../storage/collections.ts'
import { putKey, removeKey, rereadKey } from '../storage/key-store.ts'

/** The kind of due work that ends a key's waiting period; its key is the key's ARN. */
export const deleteKeyWork = 'kms.delete-key'

/**
 * Puts a key into PendingDeletion; until DeletionDate it can be brought back by CancelKeyDeletion.
 * @throws ServiceError ValidationException (a window outside 7–30 days), KMSInvalidStateException.
 * @see https://docs.aws.amazon.com/kms/latest/APIReference/API_ScheduleKeyDeletion.html
 */
export async function scheduleKeyDeletion(
  { call, keys }: KmsContext,
  { KeyId, PendingWindowInDays = defaultWindowDays }: Validated<ScheduleKeyDeletionRequest>,
): Promise<ScheduleKeyDeletionResponse> {
  const found = await keys.get(KeyId)
  return call.transaction(async (tx) => {
    const key = scheduleDeletion(await rereadKey(tx, found), PendingWindowInDays, call.clock.nowMs())
    await putKey(tx, key)
    const { arn, deletionAtMs } = key
    await tx.schedule({ kind: deleteKeyWork, key: arn, dueAtMs: deletionAtMs, scope: scopeOf(key), payload: null })
    return { KeyId: arn, DeletionDate: new Date(deletionAtMs), KeyState: key.state, PendingWindowInDays }
  })
}

/** The key is disabled afterwards, whatever it was before. @throws ServiceError KMSInvalidStateException. */
export async function cancelKeyDeletion(
  { call, keys }: KmsContext,
  { KeyId }: Validated<CancelKeyDeletionRequest>,
): Promise<CancelKeyDeletionResponse> {
  const found = await keys.get(KeyId)
  return call.transaction(async (tx) => {
    const key = cancelDeletion(await rereadKey(tx, found))
    await putKey(tx, key)
    await tx.unschedule(deleteKeyWork, key.arn)
    return { KeyId: key.arn }
  })
}

/** Deletes a key whose window has ended, and records that KMS did so. */
export const deleteKeyRunner =
  ({ clock }: { clock: Clock }): WorkRunner =>
  async ({ scope, key: arn, dueAtMs }) =>
  async (tx) => {
    const key = await tx.in(keyCollection).get(scope, arn.slice(arn.lastIndexOf('/') + 1))
    if (!key || !isDeletionDue(key, dueAtMs)) return
    await removeKey(tx, key)
    tx.record(deleteKeyEvent(key, clock))
  }

const deleteKeyEvent = (key: KmsKey, clock: Clock): AuditRecord =>
  serviceEvent({
    eventSource: 'kms.amazonaws.com',
    eventName: 'DeleteKey',
    timeMs: clock.nowMs(),
    scope: scopeOf(key),
    resources: [keyResource(key)],
    serviceEventDetails: { keyId: key.keyId },
  })
