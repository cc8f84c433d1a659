import type { Clock } from '../../../core/clock.ts'
import { dayMs } from '../../../core/durations.ts'
import type { WorkRunner } from '../../../core/scheduler.ts'
import type { Transaction } from '../../../core/store.ts'
import { quotas } from '../domain/quotas.ts'
import type { Secret, SecretVersion } from '../domain/secret.ts'
import { scopeOf, secrets } from '../storage/collections.ts'
import { listVersions, putSecret, removeVersion } from '../storage/secret-store.ts'
import { versionDeleted } from './service-events.ts'

/** The kind of due work that removes old versions; its key is the secret's ARN. */
export const pruneVersionsWork = 'secretsmanager.prune-versions'

const keptMs = dayMs

/** Sees to it that versions beyond the quota are removed when they may be. @returns the secret, not yet put. */
export async function prunedInTime(tx: Transaction, secret: Secret, nowMs: number): Promise<Secret> {
  if (secret.versionCount <= quotas.versions || secret.pruneAtMs !== undefined) return secret
  return withPruning(tx, secret, nowMs)
}

async function withPruning(tx: Transaction, secret: Secret, nowMs: number): Promise<Secret> {
  const [oldest] = await unlabelled(tx, secret, 1)
  if (!oldest) return secret
  const pruneAtMs = Math.max(nowMs, oldest.createdAtMs + keptMs)
  await tx.schedule({
    kind: pruneVersionsWork,
    key: secret.arn,
    dueAtMs: pruneAtMs,
    scope: scopeOf(secret),
    payload: { name: secret.name },
  })
  return { ...secret, pruneAtMs }
}

/** The oldest versions that no label is on. */
async function unlabelled(tx: Transaction, secret: Secret, count: number): Promise<SecretVersion[]> {
  const labelled = new Set(Object.values(secret.stages))
  const oldest = await listVersions(tx, secret, count + labelled.size)
  return oldest.filter(({ versionId }) => !labelled.has(versionId)).slice(0, count)
}

/** Removes versions without labels that are older than a day, oldest first, until no more are left than the quota. */
export const pruneVersionsRunner =
  ({ clock }: { clock: Clock }): WorkRunner =>
  async ({ scope, key: arn, payload }) =>
  async (tx) => {
    const { name } = payload as { name: string }
    const secret = await tx.in(secrets).get(scope, name)
    if (secret?.arn !== arn) return
    const nowMs = clock.nowMs()
    const { pruneAtMs: _, ...rest } = secret
    let left: Secret = rest
    for (const version of await unlabelled(tx, secret, secret.versionCount - quotas.versions)) {
      if (version.createdAtMs + keptMs > nowMs) break
      left = await removeVersion(tx, left, version.versionId)
      for (const record of versionDeleted(left, version.versionId, nowMs)) tx.record(record)
    }
    await putSecret(tx, await prunedInTime(tx, left, nowMs))
  }
