import type {
  CancelKeyDeletionRequest,
  CancelKeyDeletionResponse,
  ScheduleKeyDeletionRequest,
  ScheduleKeyDeletionResponse,
} from '@aws-sdk/client-kms'
import { publishEvent } from '../../../../core/aws-event.ts'
import type { Clock } from '../../../../core/clock.ts'
import type { Validated } from '../../../../core/operation.ts'
import type { WorkRunner } from '../../../../core/scheduler.ts'
import type { Transaction } from '../../../../core/store.ts'
import type { KmsKey } from '../../domain/key.ts'
import { keyEvent } from '../../domain/key-events.ts'
import {
  afterReplicaDeletion,
  cancelDeletion,
  defaultWindowDays,
  isDeletionDue,
  scheduleDeletion,
} from '../../domain/key-lifecycle.ts'
import { settled } from '../../domain/material/imported-versions.ts'
import { withoutReplica } from '../../domain/multi-region.ts'
import type { KmsContext } from '../../kms-context.ts'
import { findKey, putKey, removeKey, rereadKey } from '../../storage/key-store.ts'
import { keyIdOfWork, scheduleDeletionWork } from '../../storage/key-work.ts'
import { relatedKeys } from '../../storage/related-keys.ts'
import { scheduleGrantRemoval } from '../grants/orphan-grants.ts'
import { scheduleBackingKeyDeletion } from '../key-stores/key-store-keys.ts'
import { deleteKeyEvent } from './key-records.ts'

/**
 * Puts a key into PendingDeletion; until DeletionDate it can be brought back by CancelKeyDeletion. A primary key with
 * replicas waits for their deletion first, without a date.
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
    await scheduleDeletionWork(tx, key)
    const { arn, deletionAtMs } = key
    return {
      KeyId: arn,
      ...(deletionAtMs !== undefined && { DeletionDate: new Date(deletionAtMs) }),
      KeyState: key.state,
      PendingWindowInDays,
    }
  })
}

/** The key is disabled afterwards, or waits for imported material that is gone. @throws ServiceError KMSInvalidStateException. */
export async function cancelKeyDeletion(
  { call, keys }: KmsContext,
  { KeyId }: Validated<CancelKeyDeletionRequest>,
): Promise<CancelKeyDeletionResponse> {
  const found = await keys.get(KeyId)
  return call.transaction(async (tx) => {
    const key = cancelDeletion(await rereadKey(tx, found))
    await putKey(tx, key)
    await scheduleDeletionWork(tx, key)
    return { KeyId: key.arn }
  })
}

/** Deletes a key whose window has ended, and records that KMS did so. */
export const deleteKeyRunner =
  ({ clock }: { clock: Clock }): WorkRunner =>
  async ({ scope, key: workKey, dueAtMs }) =>
  async (tx) => {
    const key = await findKey(tx, scope, keyIdOfWork(workKey))
    if (!key || !isDeletionDue(key, dueAtMs)) return
    await removeKey(tx, key)
    if (key.regions) await leaveRelatedKeys(tx, key, clock.nowMs())
    if (key.grantCount) await scheduleGrantRemoval(tx, key, clock.nowMs())
    await scheduleBackingKeyDeletion(tx, key, dueAtMs)
    tx.record(deleteKeyEvent(key, clock.nowMs()))
    await publishEvent(tx, keyEvent('KMS CMK Deletion', key, clock.nowMs()))
  }

/** Related keys no longer count with a replica that is gone; the last one may be what their primary key waits for. */
async function leaveRelatedKeys(tx: Transaction, gone: KmsKey, nowMs: number): Promise<void> {
  const regions = withoutReplica(gone, gone.region)
  const family = (await relatedKeys(tx, gone)).filter(({ region }) => region !== gone.region)
  for (const related of settled(family.map((key) => ({ ...key, regions })))) {
    const key = afterReplicaDeletion(related, nowMs)
    await putKey(tx, key)
    await scheduleDeletionWork(tx, key)
  }
}
