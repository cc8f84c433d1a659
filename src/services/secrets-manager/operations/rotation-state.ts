import { timingSafeEqual } from 'node:crypto'
import type { Transaction } from '../../../core/store.ts'
import { rotationTokenUnknown } from '../domain/errors.ts'
import type { Rotation } from '../domain/rotation.ts'
import { nextWindow } from '../domain/rotation-schedule.ts'
import type { RotationSettings, Secret } from '../domain/secret.ts'
import { current, detachLabel, labelsOf, pending } from '../domain/staging-labels.ts'
import { type Reader, rotations, scopeOf } from '../storage/collections.ts'
import { getVersion, removeVersion } from '../storage/secret-store.ts'
import { publishRotation } from './service-events.ts'

/** The kind of due work that starts a rotation or takes its next step; its key is the secret's ARN. */
export const rotateWork = 'secretsmanager.rotate'

export async function rotationOf(reader: Reader, secret: Secret): Promise<Rotation | undefined> {
  const rotation = await reader.in(rotations).get(scopeOf(secret), secret.name)
  return rotation?.secretUid === secret.uid ? rotation : undefined
}

export const putRotation = (tx: Transaction, secret: Secret, rotation: Rotation): Promise<void> =>
  tx.in(rotations).put(scopeOf(secret), secret.name, rotation)

export const dropRotation = (tx: Transaction, secret: Secret): Promise<boolean> =>
  tx.in(rotations).delete(scopeOf(secret), secret.name)

export const scheduleRotation = (tx: Transaction, secret: Secret, dueAtMs: number): Promise<void> =>
  tx.schedule({ kind: rotateWork, key: secret.arn, dueAtMs, scope: scopeOf(secret), payload: { name: secret.name } })

/**
 * Settles when the secret rotates next: at the start of the next window, if it rotates at all.
 * @returns the secret, not yet put.
 */
export async function withNextRotation(
  tx: Transaction,
  secret: Secret & { rotation: RotationSettings },
  nowMs: number,
): Promise<Secret & { rotation: RotationSettings }> {
  const { next: _, ...rotation } = secret.rotation
  const next = rotation.enabled ? nextWindow(rotation.rules, { ...rotation, nowMs }) : undefined
  if (next) await scheduleRotation(tx, secret, next.startMs)
  else await tx.unschedule(rotateWork, secret.arn)
  return { ...secret, rotation: next ? { ...rotation, next } : rotation }
}

/**
 * Updates the rotation after a call has moved AWSCURRENT to a version: a rotation that is in progress for another version is
 * abandoned, and the change counts as a rotation for the next date.
 * @returns the secret, not yet put.
 */
export async function renewedManually(tx: Transaction, secret: Secret, nowMs: number): Promise<Secret> {
  const { rotation: settings } = secret
  if (!settings) return secret
  const rotation = await rotationOf(tx, secret)
  // The rotation's own version: its function has finished, and its next step will see that.
  if (rotation && rotation.versionId === secret.stages[current]) return secret
  const settled = rotation ? await abandoned(tx, secret, rotation, nowMs) : secret
  if (!settings.enabled) return settled
  return withNextRotation(tx, { ...settled, rotation: { ...settings, renewedAtMs: nowMs } }, nowMs)
}

/** Gives a rotation up: its version is no longer pending, and gone if it never got a value. */
export async function abandoned(tx: Transaction, secret: Secret, rotation: Rotation, nowMs: number): Promise<Secret> {
  await dropRotation(tx, secret)
  await publishRotation(tx, secret, 'RotationAbandoned', nowMs)
  return withoutPending(tx, secret, rotation.versionId)
}

/** Takes AWSPENDING from a version, and removes the version if it has no value. */
export async function withoutPending(tx: Transaction, secret: Secret, versionId: string): Promise<Secret> {
  const held = secret.stages[pending] === versionId
  const left = held ? { ...secret, stages: detachLabel(secret.stages, pending) } : secret
  const version = await getVersion(tx, left, versionId)
  const isEmpty = version && !version.value && labelsOf(left.stages, versionId).length === 0
  return isEmpty ? removeVersion(tx, left, versionId) : left
}

/** @throws ServiceError InvalidParameterException - no rotation in progress was given this token. */
export async function checkRotationToken(reader: Reader, secret: Secret, token: string): Promise<void> {
  const expected = Buffer.from((await rotationOf(reader, secret))?.rotationToken ?? '')
  const given = Buffer.from(token)
  if (expected.length !== given.length || !timingSafeEqual(expected, given)) throw rotationTokenUnknown()
}
