import type {
  DeleteSecretRequest,
  DeleteSecretResponse,
  RestoreSecretRequest,
  RestoreSecretResponse,
} from '@aws-sdk/client-secrets-manager'
import type { Clock } from '../../../core/clock.ts'
import { dayMs } from '../../../core/durations.ts'
import type { Validated } from '../../../core/operation.ts'
import type { WorkRunner } from '../../../core/scheduler.ts'
import type { Transaction } from '../../../core/store.ts'
import { markedForDeletion, notOnReplica, replicasLeft, windowAndForce, windowOutOfRange } from '../domain/errors.ts'
import { quotas } from '../domain/quotas.ts'
import { isReplica, type Secret } from '../domain/secret.ts'
import { parseSecretId } from '../domain/secret-identifier.ts'
import { checkNotManaged } from '../domain/secret-state.ts'
import type { SecretsManagerContext } from '../secrets-manager-context.ts'
import { scopeOf, secrets as secretCollection } from '../storage/collections.ts'
import { listVersions, removeSecret, rereadSecret } from '../storage/secret-store.ts'
import { dropRotation, rotateWork, rotationOf, scheduleRotation, withNextRotation } from './rotation-state.ts'
import { saveSecret } from './save-secret.ts'
import { versionDeleted, versionsRestored } from './service-events.ts'
import { pruneVersionsWork } from './version-pruning.ts'

/** The kind of due work that ends a secret's recovery window; its key is the secret's ARN. */
export const deleteSecretWork = 'secretsmanager.delete-secret'

export const defaultWindowDays = 30
const minWindowDays = 7
const maxWindowDays = 30

/**
 * Marks a secret for deletion, or removes it at once. Removing one that is not there succeeds.
 * @throws ServiceError InvalidParameterException (a window outside 7–30 days, both options, replicas), ResourceNotFound,
 *   InvalidRequestException (marked already, managed by a service).
 * @see https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_DeleteSecret.html
 */
export async function deleteSecret(
  { call, secrets }: SecretsManagerContext,
  { SecretId, RecoveryWindowInDays, ForceDeleteWithoutRecovery: force }: Validated<DeleteSecretRequest>,
): Promise<DeleteSecretResponse> {
  const target = await secrets.find(SecretId)
  const windowDays = RecoveryWindowInDays ?? defaultWindowDays
  if (windowDays < minWindowDays || windowDays > maxWindowDays) throw windowOutOfRange()
  if (force && RecoveryWindowInDays !== undefined) throw windowAndForce()
  if (force && !target.secret) return absentAnswer(SecretId, target.arn, call.clock.now())
  const found = await secrets.get(SecretId)
  return call.transaction(async (tx) => {
    const secret = await rereadSecret(tx, found)
    checkDeletable(secret, call.calledVia)
    const nowMs = call.clock.nowMs()
    const { arn, name } = secret
    if (force) {
      await purge(tx, secret, nowMs)
      return { ARN: arn, Name: name, DeletionDate: new Date(nowMs) }
    }
    if (secret.deletion) throw markedForDeletion()
    const purgeAtMs = nowMs + windowDays * dayMs
    await tx.schedule({
      kind: deleteSecretWork,
      key: arn,
      dueAtMs: purgeAtMs,
      scope: scopeOf(secret),
      payload: { name },
    })
    await tx.unschedule(rotateWork, arn)
    await saveSecret(tx, secret, { ...secret, deletion: { deletedAtMs: nowMs, purgeAtMs } }, nowMs)
    return { ARN: arn, Name: name, DeletionDate: new Date(purgeAtMs) }
  })
}

/**
 * Takes a secret's deletion back; one that is not marked stays as it is.
 * @see https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_RestoreSecret.html
 */
export async function restoreSecret(
  { call, secrets }: SecretsManagerContext,
  { SecretId }: Validated<RestoreSecretRequest>,
): Promise<RestoreSecretResponse> {
  const found = await secrets.get(SecretId)
  if (!found.deletion) return { ARN: found.arn, Name: found.name }
  return call.transaction(async (tx) => {
    const { deletion, ...secret } = await rereadSecret(tx, found)
    const answer = { ARN: secret.arn, Name: secret.name }
    if (!deletion) return answer
    const nowMs = call.clock.nowMs()
    await tx.unschedule(deleteSecretWork, secret.arn)
    const { rotation } = secret
    const rotating = rotation ? await withNextRotation(tx, { ...secret, rotation }, nowMs) : secret
    // One that was in progress goes on where it was.
    if (rotation?.enabled && (await rotationOf(tx, secret))) await scheduleRotation(tx, secret, nowMs)
    await saveSecret(tx, secret, rotating, nowMs)
    const restored = await listVersions(tx, secret, quotas.versionsAtMost)
    for (const record of versionsRestored(secret, restored, nowMs)) tx.record(record)
    return answer
  })
}

/** Removes a secret whose window has ended. */
export const deleteSecretRunner =
  ({ clock }: { clock: Clock }): WorkRunner =>
  async ({ scope, key: arn, payload, dueAtMs }) =>
  async (tx) => {
    const { name } = payload as { name: string }
    const secret = await tx.in(secretCollection).get(scope, name)
    // It may have been restored, and marked anew with another window.
    const isDue = secret?.arn === arn && secret.deletion && secret.deletion.purgeAtMs <= dueAtMs
    if (isDue) await purge(tx, secret, clock.nowMs())
  }

function checkDeletable(secret: Secret, calledVia: readonly string[]): void {
  if (isReplica(secret)) throw notOnReplica()
  checkNotManaged(secret, calledVia)
  if (secret.replicas.length > 0) {
    throw replicasLeft(
      secret.arn,
      secret.replicas.map(({ region }) => region),
    )
  }
}

/** Removes a secret with all that belongs to it, and records the end of each version. */
export async function purge(tx: Transaction, secret: Secret, nowMs: number): Promise<void> {
  const removed = await removeSecret(tx, secret)
  await dropRotation(tx, secret)
  for (const kind of [deleteSecretWork, rotateWork, pruneVersionsWork]) await tx.unschedule(kind, secret.arn)
  for (const { versionId } of removed) for (const record of versionDeleted(secret, versionId, nowMs)) tx.record(record)
}

function absentAnswer(secretId: string, arn: string, DeletionDate: Date): DeleteSecretResponse {
  const reference = parseSecretId(secretId)
  return { ARN: arn, Name: reference.by === 'name' ? reference.name : reference.resource, DeletionDate }
}
