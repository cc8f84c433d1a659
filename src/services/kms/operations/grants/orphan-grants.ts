import type { Clock } from '../../../../core/clock.ts'
import type { WorkRunner } from '../../../../core/scheduler.ts'
import type { Transaction } from '../../../../core/store.ts'
import { replicaNotGone } from '../../domain/errors.ts'
import { scopeOf } from '../../storage/collections.ts'
import { removeOrphanGrants } from '../../storage/grant-store.ts'
import { findKey, type KeyPlace } from '../../storage/key-store.ts'

/** The kind of due work that clears away the grants of a key that is deleted. */
export const removeGrantsWork = 'kms.remove-grants'

const batchSize = 200

/**
 * Schedules the removal of a deleted key's grants, some at a time: a key may have 50,000. No call sees them meanwhile,
 * because every look-up of a grant finds its key first.
 * @param batch - work that comes back has another key each time, as it is due at once.
 */
export const scheduleGrantRemoval = (
  tx: Transaction,
  key: Omit<KeyPlace, 'arn'>,
  dueAtMs: number,
  batch = 0,
): Promise<void> =>
  tx.schedule({
    kind: removeGrantsWork,
    key: `${key.accountId} ${key.region} ${key.keyId} ${batch}`,
    dueAtMs,
    scope: scopeOf(key),
    payload: { keyId: key.keyId, batch },
  })

export const removeGrantsRunner =
  ({ clock }: { clock: Clock }): WorkRunner =>
  async ({ scope, payload }) => {
    const { keyId, batch } = payload as { keyId: string; batch: number }
    const key = { ...scope, keyId }
    return async (tx) => {
      // A replica that was made anew was made without them, and its grants are its own.
      if (await findKey(tx, scope, keyId)) return
      if (await removeOrphanGrants(tx, key, batchSize)) await scheduleGrantRemoval(tx, key, clock.nowMs(), batch + 1)
    }
  }

/**
 * Makes sure that a new replica takes over no grants of one that was deleted in its Region: its id is the same.
 * @throws ServiceError DependencyTimeoutException - so many are left that the caller has to try again.
 */
export async function clearOrphanGrants(tx: Transaction, replica: KeyPlace): Promise<void> {
  if (await removeOrphanGrants(tx, replica, batchSize)) throw replicaNotGone(replica.arn)
}
