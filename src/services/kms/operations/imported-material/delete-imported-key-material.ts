import type { DeleteImportedKeyMaterialRequest, DeleteImportedKeyMaterialResponse } from '@aws-sdk/client-kms'
import { publishEvent } from '../../../../core/aws-event.ts'
import type { Clock } from '../../../../core/clock.ts'
import type { Validated } from '../../../../core/operation.ts'
import type { WorkRunner } from '../../../../core/scheduler.ts'
import type { Transaction } from '../../../../core/store.ts'
import { importMemberForSymmetricKeys } from '../../domain/errors.ts'
import type { KmsKey, MaterialVersion } from '../../domain/key.ts'
import { keyEvent } from '../../domain/key-events.ts'
import { checkKeyState } from '../../domain/key-states.ts'
import { isForgottenWith, versionToDelete, withoutMaterial } from '../../domain/material/imported-versions.ts'
import type { KmsContext } from '../../kms-context.ts'
import { deleteMaterial, findKey, putKey, rereadKey } from '../../storage/key-store.ts'
import { keyIdOfWork, materialIdOfWork, scheduleExpirationWork } from '../../storage/key-work.ts'
import { relatedKeys } from '../../storage/related-keys.ts'
import { deleteExpiredKeyMaterialEvent } from '../keys/key-records.ts'

/**
 * Destroys imported key material, the current one when none is named; the key can do nothing until the same is imported
 * again. Nothing happens where it is gone already.
 * @throws ServiceError UnsupportedOperationException (origin), KMSInvalidStateException, NotFoundException (material that
 *   the key never had).
 * @see https://docs.aws.amazon.com/kms/latest/APIReference/API_DeleteImportedKeyMaterial.html
 */
export async function deleteImportedKeyMaterial(
  { call, keys }: KmsContext,
  { KeyId, KeyMaterialId }: Validated<DeleteImportedKeyMaterialRequest>,
): Promise<DeleteImportedKeyMaterialResponse> {
  const found = await keys.get(KeyId)
  const isSymmetric = found.keySpec === 'SYMMETRIC_DEFAULT'
  if (KeyMaterialId !== undefined && !isSymmetric) throw importMemberForSymmetricKeys('KeyMaterialId')
  return call.transaction(async (tx) => {
    const key = await rereadKey(tx, found)
    checkKeyState('DeleteImportedKeyMaterial', key)
    const version = versionToDelete(key, KeyMaterialId)
    if (version) await dropMaterial(tx, key, version)
    return { KeyId: key.arn, ...(isSymmetric && version && { KeyMaterialId: version.materialId }) }
  })
}

/** Destroys imported key material whose time is over, and records that KMS did so. */
export const expireKeyMaterialRunner =
  ({ clock }: { clock: Clock }): WorkRunner =>
  async ({ scope, key: workKey, dueAtMs }) =>
  async (tx) => {
    const key = await findKey(tx, scope, keyIdOfWork(workKey))
    const version = key?.materials.find(({ materialId }) => materialId === materialIdOfWork(workKey))
    if (!key || version?.expiresAtMs === undefined || version.expiresAtMs > dueAtMs) return
    await dropMaterial(tx, key, version)
    tx.record(deleteExpiredKeyMaterialEvent(key, version.materialId, clock.nowMs()))
    await publishEvent(tx, keyEvent('KMS Imported Key Material Expiration', key, clock.nowMs()))
  }

async function dropMaterial(tx: Transaction, key: KmsKey, version: MaterialVersion): Promise<void> {
  const { materialId } = version
  const family = await relatedKeys(tx, key)
  const losing = isForgottenWith(key, version) ? family : [key]
  for (const related of losing) {
    await deleteMaterial(tx, related, materialId)
    await scheduleExpirationWork(tx, related, materialId, undefined)
  }
  for (const related of withoutMaterial(family, key, version)) await putKey(tx, related)
}
