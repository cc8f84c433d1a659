import type { RotateKeyOnDemandRequest, RotateKeyOnDemandResponse, RotationType } from '@aws-sdk/client-kms'
import { publishEvent } from '../../../../core/aws-event.ts'
import type { Clock } from '../../../../core/clock.ts'
import type { Validated } from '../../../../core/operation.ts'
import type { WorkRunner } from '../../../../core/scheduler.ts'
import type { Transaction } from '../../../../core/store.ts'
import type { KmsKey } from '../../domain/key.ts'
import { keyEvent } from '../../domain/key-events.ts'
import { type KeyMaterial, newSymmetricMaterial } from '../../domain/material/key-material.ts'
import {
  checkOnDemandRotation,
  isRotationDue,
  materialPendingRotation,
  rotateTo,
} from '../../domain/material/rotation.ts'
import type { KmsContext } from '../../kms-context.ts'
import { findKey, putKey, putMaterial, rereadKey } from '../../storage/key-store.ts'
import { keyIdOfWork, scheduleRotationWork } from '../../storage/key-work.ts'
import { relatedKeys } from '../../storage/related-keys.ts'
import { rotateKeyEvent, synchronizeEvent } from '../keys/key-records.ts'

/**
 * Rotates a key now, once and for all its relatives; the schedule of its automatic rotation stays as it is. The rotation is
 * complete with the answer: what is encrypted from then on is encrypted under the new material.
 * @throws ServiceError UnsupportedOperationException (asymmetric, HMAC, in a custom key store, replica), DisabledException,
 *   KMSInvalidStateException (also: imported, and no material pending rotation), LimitExceededException (25 in a key's
 *   life), ConflictException (20 minutes around an automatic rotation).
 * @see https://docs.aws.amazon.com/kms/latest/APIReference/API_RotateKeyOnDemand.html
 */
export async function rotateKeyOnDemand(
  { call, keys }: KmsContext,
  { KeyId }: Validated<RotateKeyOnDemandRequest>,
): Promise<RotateKeyOnDemandResponse> {
  const nowMs = call.clock.nowMs()
  const found = await keys.get(KeyId)
  const generated = newSymmetricMaterial(found.keyId, nowMs)
  return call.transaction(async (tx) => {
    const key = await rereadKey(tx, found)
    checkOnDemandRotation(key, nowMs)
    const imported = key.origin === 'EXTERNAL'
    const materialId = imported ? materialPendingRotation(key) : generated.materialId
    await rotate(tx, key, { materialId, generated: imported ? undefined : generated }, 'ON_DEMAND', nowMs)
    return { KeyId: key.arn }
  })
}

/** Rotates a key whose period is over, and begins the next one. */
export const rotateKeyRunner =
  ({ clock }: { clock: Clock }): WorkRunner =>
  async ({ scope, key: workKey, dueAtMs }) => {
    const keyId = keyIdOfWork(workKey)
    const generated = newSymmetricMaterial(keyId, clock.nowMs())
    return async (tx) => {
      const key = await findKey(tx, scope, keyId)
      if (!key || !isRotationDue(key, dueAtMs)) return
      const { materialId } = generated
      const after = await rotate(tx, key, { materialId, generated }, 'AUTOMATIC', clock.nowMs())
      await scheduleRotationWork(tx, after)
    }
  }

/**
 * In one transaction for all Regions, so that no key encrypts with material that a relative does not have.
 * @param next - the material; generated, unless it has been imported everywhere before.
 */
async function rotate(
  tx: Transaction,
  key: KmsKey,
  next: { materialId: string; generated: KeyMaterial | undefined },
  rotationType: RotationType,
  nowMs: number,
): Promise<KmsKey> {
  const rotated = (related: KmsKey) => rotateTo(related, next.materialId, rotationType, nowMs)
  for (const related of await relatedKeys(tx, key)) {
    if (next.generated) await putMaterial(tx, related, next.generated)
    await putKey(tx, rotated(related))
  }
  const after = rotated(key)
  tx.record(rotateKeyEvent(key, after, rotationType, nowMs))
  await publishEvent(tx, keyEvent('KMS CMK Rotation', after, nowMs))
  if (key.regions?.replicas.length) tx.record(synchronizeEvent(after, nowMs))
  return after
}
