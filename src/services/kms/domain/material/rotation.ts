import type { RotationType } from '@aws-sdk/client-kms'
import { dayMs, minuteMs } from '../../../../core/durations.ts'
import { noMaterialPendingRotation, rotationConflict, tooManyOnDemandRotations } from '../errors.ts'
import type { KmsKey, MaterialVersion, RotationSchedule } from '../key.ts'
import { checkKeyState } from '../key-states.ts'
import { quotas } from '../quotas.ts'

export const defaultRotationPeriodDays = 365

/** No on-demand rotation begins so close to an automatic one. */
const conflictMs = 20 * minuteMs

/** A schedule counts from now, whether or not there was one before. */
export const rotationFrom = (nowMs: number, periodDays: number): RotationSchedule => ({
  periodDays,
  nextAtMs: nowMs + periodDays * dayMs,
})

/** Returns what a key tells of its schedule: a key that is to be deleted will not be rotated. */
export const visibleRotation = ({ state, rotation }: KmsKey): RotationSchedule | undefined =>
  state === 'PendingDeletion' || state === 'PendingReplicaDeletion' ? undefined : rotation

/** Returns whether an automatic rotation that was due at a time is still wanted, and possible: not while the key is disabled. */
export const isRotationDue = ({ state, rotation }: KmsKey, dueAtMs: number): boolean =>
  (state === 'Enabled' || state === 'Updating') && rotation !== undefined && rotation.nextAtMs <= dueAtMs

/** @throws ServiceError DisabledException, KMSInvalidStateException, LimitExceededException, ConflictException. */
export function checkOnDemandRotation(key: KmsKey, nowMs: number): void {
  checkKeyState('RotateKeyOnDemand', key)
  if (key.onDemandRotations >= quotas.onDemandRotations) throw tooManyOnDemandRotations(key.arn)
  const last = key.materials.findLast(({ rotationType }) => rotationType === 'AUTOMATIC')
  const isNear = (timeMs: number | undefined) => timeMs !== undefined && Math.abs(timeMs - nowMs) <= conflictMs
  if (isNear(last?.rotatedAtMs) || isNear(key.rotation?.nextAtMs)) throw rotationConflict(key.arn)
}

/** The imported material that an on-demand rotation makes the current one. @throws ServiceError KMSInvalidStateException. */
export function materialPendingRotation({ arn, materials }: KmsKey): string {
  const pending = materials.find(({ state }) => state === 'PENDING_ROTATION')
  if (!pending) throw noMaterialPendingRotation(arn)
  return pending.materialId
}

/**
 * Makes a version of the material the current one; the others decrypt for ever.
 * @param materialId - new, or one that is pending rotation.
 */
export function rotateTo(key: KmsKey, materialId: string, rotationType: RotationType, nowMs: number): KmsKey {
  const known = key.materials.find((version) => version.materialId === materialId)
  const others = key.materials.filter((version) => version !== known)
  const current: MaterialVersion = { ...known, materialId, state: 'CURRENT', rotatedAtMs: nowMs, rotationType }
  return {
    ...key,
    currentMaterialId: materialId,
    materials: [...others.map(retired), current],
    ...(rotationType === 'ON_DEMAND' && { onDemandRotations: key.onDemandRotations + 1 }),
    ...(rotationType === 'AUTOMATIC' && key.rotation && { rotation: rotationFrom(nowMs, key.rotation.periodDays) }),
  }
}

const retired = (version: MaterialVersion): MaterialVersion =>
  version.state === 'CURRENT' ? { ...version, state: 'NON_CURRENT' } : version
