import { randomUUID } from 'node:crypto'
import type { Clock } from '../../../core/clock.ts'
import { dayMs, minuteMs } from '../../../core/durations.ts'
import type { WorkRunner } from '../../../core/scheduler.ts'
import { ServiceError } from '../../../core/service-error.ts'
import { type ServiceCalls, servicePrincipal } from '../../../core/services/service-calls.ts'
import type { DueWork, Store, Transaction } from '../../../core/store.ts'
import { type Rotation, rotationSteps } from '../domain/rotation.ts'
import { daysUntil } from '../domain/rotation-schedule.ts'
import type { EncryptedValue, RotationSettings, Secret } from '../domain/secret.ts'
import { attachLabels, current, detachLabel, labelsOf, pending } from '../domain/staging-labels.ts'
import { type Reader, secrets } from '../storage/collections.ts'
import { addVersion, getVersion, removeVersion } from '../storage/secret-store.ts'
import {
  abandoned,
  dropRotation,
  putRotation,
  rotationOf,
  scheduleRotation,
  withNextRotation,
} from './rotation-state.ts'
import { saveSecret } from './save-secret.ts'
import { publishRotation } from './service-events.ts'

/**
 * A rotation calls its function once for each step, in order. Which step comes next is kept with the secret, so that a
 * server that was killed goes on with the step it was at; functions must take a step twice, as on AWS.
 */

type RotatingSecret = Secret & { rotation: RotationSettings }

/** What a rotation begins with. A test, of one step, has a copy of the current value, if there is one. */
export type RotationStart =
  | { kind: 'rotate'; versionId: string; copy?: undefined }
  | { kind: 'test'; versionId: string; copy: EncryptedValue | undefined }

/**
 * Registers the version that the function is to fill or test, and lets the first step begin.
 * @returns the secret, not yet put.
 */
export async function startRotation(
  tx: Transaction,
  secret: RotatingSecret,
  { kind, versionId, copy }: RotationStart,
  nowMs: number,
): Promise<Secret> {
  const isTest = kind === 'test'
  const existing = await getVersion(tx, secret, versionId)
  const { uid: secretUid, kmsKeyId } = secret
  const version = { secretUid, versionId, createdAtMs: nowMs, kmsKeyId, ...(copy && { value: copy }) }
  const added = existing ? secret : await addVersion(tx, secret, version)
  await putRotation(tx, secret, {
    secretUid,
    kind,
    versionId,
    rotationToken: randomUUID(),
    step: isTest ? 'testSecret' : 'createSecret',
    failures: 0,
  })
  await scheduleRotation(tx, secret, nowMs)
  await publishRotation(tx, secret, isTest ? 'TestRotationStarted' : 'RotationStarted', nowMs)
  return { ...added, stages: attachLabels(added.stages, [pending], versionId) }
}

interface RotationDependencies {
  clock: Clock
  store: Pick<Store, 'in'>
  calls: ServiceCalls
}

/** Starts the rotation of a secret whose window has begun, or takes the next step of one that is in progress. */
export const rotateRunner =
  ({ clock, store, calls }: RotationDependencies): WorkRunner =>
  async (work) => {
    const secret = await rotatingSecret(store, work)
    const rotation = secret && (await rotationOf(store, secret))
    if (!secret) return async () => {}
    if (!rotation) return (tx) => startScheduled(tx, work, clock)
    const problem = isAlive(secret, rotation) ? await takeStep(calls, secret, rotation) : undefined
    return (tx) => settle(tx, work, rotation, problem, clock)
  }

/** The secret of the work, if it still rotates. */
async function rotatingSecret(reader: Reader, { scope, key, payload }: DueWork): Promise<RotatingSecret | undefined> {
  const { name } = payload as { name: string }
  const secret = await reader.in(secrets).get(scope, name)
  const { rotation } = secret ?? {}
  if (secret?.arn !== key || secret.deletion || !rotation?.enabled) return undefined
  return { ...secret, rotation }
}

async function startScheduled(tx: Transaction, work: DueWork, clock: Clock): Promise<void> {
  const secret = await rotatingSecret(tx, work)
  if (!secret || (await rotationOf(tx, secret))) return
  const nowMs = clock.nowMs()
  const next = await withNextRotation(tx, secret, nowMs)
  // A version that is pending still is of a rotation that did not end: it is tried again.
  const left = secret.stages[pending]
  const versionId = left === undefined || left === secret.stages[current] ? randomUUID() : left
  await saveSecret(tx, secret, await startRotation(tx, next, { kind: 'rotate', versionId }, nowMs), nowMs)
}

/** Its version is still waiting to become the current one, or has become it. */
const isAlive = ({ stages }: Secret, { versionId }: Rotation): boolean =>
  stages[pending] === versionId || stages[current] === versionId

/** Calls the function. @returns what went wrong, in the words of the record. */
async function takeStep(
  calls: ServiceCalls,
  { arn, accountId, region, rotation: { lambdaArn = '' } }: RotatingSecret,
  { step, versionId, rotationToken }: Rotation,
): Promise<string | undefined> {
  const event = { Step: step, SecretId: arn, ClientRequestToken: versionId, RotationToken: rotationToken }
  const caller = servicePrincipal('secretsmanager.amazonaws.com', { arn, accountId })
  const input = {
    FunctionName: lambdaArn,
    InvocationType: 'RequestResponse',
    Payload: Buffer.from(JSON.stringify(event)),
  } as const
  const problem = `Error when executing lambda ${lambdaArn} during ${step} step`
  try {
    const answer = await calls.invoke({ caller, region, service: 'lambda', operation: 'Invoke', input })
    return answer.FunctionError === undefined ? undefined : problem
  } catch (error) {
    if (error instanceof ServiceError) return problem
    throw error
  }
}

/** Writes down what a step has come to. */
async function settle(
  tx: Transaction,
  work: DueWork,
  taken: Rotation,
  problem: string | undefined,
  clock: Clock,
): Promise<void> {
  const secret = await rotatingSecret(tx, work)
  const rotation = secret && (await rotationOf(tx, secret))
  // Given up, or begun anew, while the function ran.
  if (!rotation || rotation.rotationToken !== taken.rotationToken || rotation.step !== taken.step) return
  const nowMs = clock.nowMs()
  if (rotation.kind === 'test') await endTest(tx, secret, rotation, problem, nowMs)
  else if (!isAlive(secret, rotation)) {
    const left = await abandoned(tx, secret, rotation, nowMs)
    await saveSecret(tx, secret, await withNextRotation(tx, { ...left, rotation: secret.rotation }, nowMs), nowMs)
  } else if (problem !== undefined) await fail(tx, secret, rotation, problem, nowMs)
  else await advance(tx, secret, rotation, nowMs)
}

async function advance(tx: Transaction, secret: RotatingSecret, rotation: Rotation, nowMs: number): Promise<void> {
  const next = rotationSteps[rotationSteps.indexOf(rotation.step) + 1]
  if (next) {
    await putRotation(tx, secret, { ...rotation, step: next })
    await scheduleRotation(tx, secret, nowMs)
  } else if (secret.stages[current] === rotation.versionId) {
    await succeed(tx, secret, nowMs)
  } else {
    const { lambdaArn } = secret.rotation
    await fail(tx, secret, rotation, `Error when executing lambda ${lambdaArn} during ${rotation.step} step`, nowMs)
  }
}

async function succeed(tx: Transaction, secret: RotatingSecret, nowMs: number): Promise<void> {
  await dropRotation(tx, secret)
  const settings = { ...secret.rotation, rotatedAtMs: nowMs, renewedAtMs: nowMs }
  const rotated = await withNextRotation(tx, { ...secret, rotation: settings }, nowMs)
  await publishRotation(tx, secret, 'RotationSucceeded', nowMs)
  await saveSecret(tx, secret, { ...rotated, rotation: withDaysShown(rotated.rotation, nowMs) }, nowMs)
}

/** Behind a schedule expression, the days that it comes to are shown. */
function withDaysShown(settings: RotationSettings, nowMs: number): RotationSettings {
  const { rules, next } = settings
  if (rules?.scheduleExpression === undefined || !next) return settings
  return { ...settings, rules: { ...rules, automaticallyAfterDays: daysUntil(next, nowMs) } }
}

/** AWS tries several times and does not say how often, or how long it waits: after each failure but the last of these. */
const retriesAfterMs = [1, 2, 4, 8].map((minutes) => minutes * minuteMs)

/** The whole rotation is tried again, for the same version; after several times, in the next window. */
async function fail(
  tx: Transaction,
  secret: RotatingSecret,
  rotation: Rotation,
  problem: string,
  nowMs: number,
): Promise<void> {
  await publishRotation(tx, secret, 'RotationFailed', nowMs, problem)
  const afterMs = retriesAfterMs[rotation.failures]
  const failures = afterMs === undefined ? 0 : rotation.failures + 1
  await putRotation(tx, secret, { ...rotation, step: 'createSecret', failures })
  if (afterMs !== undefined) {
    await scheduleRotation(tx, secret, nowMs + afterMs)
    return
  }
  const waiting = await withNextRotation(tx, secret, nowMs)
  // Without a schedule there is no window to wait for.
  if (!waiting.rotation.next) await scheduleRotation(tx, secret, nowMs + dayMs)
  await saveSecret(tx, secret, waiting, nowMs)
}

/** A test leaves nothing behind, whatever came of it. */
async function endTest(
  tx: Transaction,
  secret: RotatingSecret,
  { versionId }: Rotation,
  problem: string | undefined,
  nowMs: number,
): Promise<void> {
  await dropRotation(tx, secret)
  const event = problem === undefined ? 'TestRotationSucceeded' : 'TestRotationFailed'
  await publishRotation(tx, secret, event, nowMs, problem)
  const held = secret.stages[pending] === versionId
  const free = held ? { ...secret, stages: detachLabel(secret.stages, pending) } : secret
  const isLabelled = labelsOf(free.stages, versionId).length > 0
  const left = isLabelled ? free : await removeVersion(tx, free, versionId)
  await saveSecret(tx, secret, await withNextRotation(tx, { ...left, rotation: secret.rotation }, nowMs), nowMs)
}
