import type { Transaction } from '../../../core/store.ts'
import type { KmsKey } from '../domain/key.ts'
import { isReplica } from '../domain/multi-region.ts'
import { scopeOf } from './collections.ts'

// What falls due in a key's life. The key of each work begins with the ARN of the key.

/** Ends the waiting period of a key that is to be deleted. */
export const deleteKeyWork = 'kms.delete-key'

/** Rotates a key automatically. */
export const rotateKeyWork = 'kms.rotate-key'

/** Destroys imported key material at the end of its time; the key of the work ends with the id of the material. */
export const expireKeyMaterialWork = 'kms.expire-key-material'

/** Publishes how long imported key material has; its key is that of the work that destroys it. */
export const reportExpirationWork = 'kms.report-expiration'

/** The key id in the key of a work. */
export const keyIdOfWork = (workKey: string): string => workKey.split('/')[1] ?? ''

export const materialIdOfWork = (workKey: string): string => workKey.split('/')[2] ?? ''

/** Ends what takes a key some moments. */
export const settleKeyWork = 'kms.settle-key'

/** Has the key deleted at its date; never, when it has none. */
export const scheduleDeletionWork = (tx: Transaction, key: KmsKey): Promise<void> =>
  scheduleAt(tx, key, deleteKeyWork, key.arn, key.deletionAtMs)

/**
 * Has the key rotated at its next date, at once when that has passed; never, when it is not to be rotated. Replicas are
 * rotated with their primary key.
 */
export const scheduleRotationWork = (tx: Transaction, key: KmsKey): Promise<void> =>
  scheduleAt(tx, key, rotateKeyWork, key.arn, isReplica(key) ? undefined : key.rotation?.nextAtMs)

/** @param expiresAtMs - undefined for material that does not expire, or is gone. */
export async function scheduleExpirationWork(
  tx: Transaction,
  key: KmsKey,
  materialId: string,
  expiresAtMs: number | undefined,
): Promise<void> {
  const workKey = `${key.arn}/${materialId}`
  await scheduleAt(tx, key, expireKeyMaterialWork, workKey, expiresAtMs)
  // At once, and from then on every hour.
  await scheduleAt(tx, key, reportExpirationWork, workKey, expiresAtMs === undefined ? undefined : 0)
}

export const scheduleSettlingWork = (tx: Transaction, key: KmsKey, dueAtMs: number): Promise<void> =>
  scheduleAt(tx, key, settleKeyWork, key.arn, dueAtMs)

/** Takes the work back where it has no time. */
const scheduleAt = (
  tx: Transaction,
  key: KmsKey,
  kind: string,
  workKey: string,
  dueAtMs: number | undefined,
): Promise<void> =>
  dueAtMs === undefined
    ? tx.unschedule(kind, workKey)
    : tx.schedule({ kind, key: workKey, dueAtMs, scope: scopeOf(key), payload: null })

/** Takes back all that would fall due for a key. */
export async function unscheduleKeyWork(tx: Transaction, key: KmsKey): Promise<void> {
  for (const kind of [deleteKeyWork, rotateKeyWork, settleKeyWork]) await tx.unschedule(kind, key.arn)
  for (const { materialId, expiresAtMs } of key.materials) {
    if (expiresAtMs !== undefined) await scheduleExpirationWork(tx, key, materialId, undefined)
  }
}
