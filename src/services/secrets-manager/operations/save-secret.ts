import { publishEvent } from '../../../core/aws-event.ts'
import type { Transaction } from '../../../core/store.ts'
import type { Secret } from '../domain/secret.ts'
import { pending, previous } from '../domain/staging-labels.ts'
import { scopeOf } from '../storage/collections.ts'
import { putSecret } from '../storage/secret-store.ts'

/**
 * Puts a changed secret, with what follows from every change: its date, the work that brings its replicas in step, and the
 * event of each label that has come to another version.
 * @param before - absent for a new secret.
 */
export async function saveSecret(
  tx: Transaction,
  before: Secret | undefined,
  after: Secret,
  nowMs: number,
): Promise<Secret> {
  const replicas = after.replicas.map(
    (replica) => ({ ...replica, status: 'InProgress', statusMessage: undefined }) as const,
  )
  const saved = { ...after, changedAtMs: nowMs, replicas }
  await putSecret(tx, saved)
  for (const { region } of replicas) await replicateNow(tx, saved, region, nowMs)
  await publishLabels(tx, before, saved, nowMs)
  return saved
}

/** The kind of due work that copies a secret to a region. */
export const replicateWork = 'secretsmanager.replicate'

export const replicationKey = ({ arn }: Secret, region: string): string => `${arn} ${region}`

const replicateNow = (tx: Transaction, secret: Secret, region: string, nowMs: number): Promise<void> =>
  tx.schedule({
    kind: replicateWork,
    key: replicationKey(secret, region),
    dueAtMs: nowMs,
    scope: scopeOf(secret),
    payload: { name: secret.name, uid: secret.uid, region },
  })

const unpublished = [pending, previous]

/** @see https://docs.aws.amazon.com/secretsmanager/latest/userguide/monitoring-eventbridge.html */
async function publishLabels(tx: Transaction, before: Secret | undefined, after: Secret, nowMs: number): Promise<void> {
  for (const [labelUpdated, versionId] of Object.entries(after.stages)) {
    if (unpublished.includes(labelUpdated) || before?.stages[labelUpdated] === versionId) continue
    await publishEvent(tx, {
      source: 'aws.secretsmanager',
      detailType: 'Secret Label Updated',
      scope: scopeOf(after),
      timeMs: nowMs,
      resources: [after.arn],
      detail: { name: after.name, labelUpdated, versionId },
    })
  }
}
