import type { Transaction } from '../../../core/store.ts'
import type { KmsKey } from '../domain/key.ts'
import { scopeOf } from './collections.ts'

// What falls due in a key's life. The key of each work begins with the ARN of the key.

/** Ends the waiting period of a key that is to be deleted. */
export const deleteKeyWork = 'kms.delete-key'

/** Rotates a key automatically. */
export const rotateKeyWork = 'kms.rotate-key'

/** Destroys imported key material at the end of its time; the key of the work ends with the id of the material. */
export const expireKeyMaterialWork = 'kms.expire-key-material'

/** The key id in the key of a work. */
export const keyIdOfWork = (workKey: string): string => workKey.split('/')[1] ?? ''

export const materialIdOfWork = (workKey: string): string => workKey.split('/')[2] ?? ''

export const scheduleDeletionWork = (tx: Transaction, key: KmsKey, dueAtMs: number): Promise<void> =>
  tx.schedule({ kind: deleteKeyWork, key: key.arn, dueAtMs, scope: scopeOf(key), payload: null })

export const unscheduleDeletionWork = (tx: Transaction, { arn }: KmsKey): Promise<void> =>
  tx.unschedule(deleteKeyWork, arn)

/** Has the key rotated at its next date, at once when that has passed; never, when it is not to be rotated. */
export const scheduleRotationWork = (tx: Transaction, key: KmsKey): Promise<void> =>
  key.rotation
    ? tx.schedule({
        kind: rotateKeyWork,
        key: key.arn,
        dueAtMs: key.rotation.nextAtMs,
        scope: scopeOf(key),
        payload: null,
      })
    : tx.unschedule(rotateKeyWork, key.arn)

/** @param expiresAtMs - undefined for material that does not expire, or is gone. */
export function scheduleExpirationWork(
  tx: Transaction,
  key: KmsKey,
  materialId: string,
  expiresAtMs: number | undefined,
): Promise<void> {
  const kind = expireKeyMaterialWork
  const workKey = `${key.arn}/${materialId}`
  if (expiresAtMs === undefined) return tx.unschedule(kind, workKey)
  return tx.schedule({ kind, key: workKey, dueAtMs: expiresAtMs, scope: scopeOf(key), payload: null })
}

/** Takes back all that would fall due for a key. */
export async function unscheduleKeyWork(tx: Transaction, key: KmsKey): Promise<void> {
  for (const kind of [deleteKeyWork, rotateKeyWork]) await tx.unschedule(kind, key.arn)
  for (const { materialId, expiresAtMs } of key.materials) {
    if (expiresAtMs !== undefined) await scheduleExpirationWork(tx, key, materialId, undefined)
  }
}
