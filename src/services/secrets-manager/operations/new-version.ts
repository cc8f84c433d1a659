import type { Transaction } from '../../../core/store.ts'
import type { EncryptedValue, Secret, SecretVersion } from '../domain/secret.ts'
import { attachLabels, current } from '../domain/staging-labels.ts'
import { addVersion, getVersion, putVersion } from '../storage/secret-store.ts'
import { VersionAppeared } from './existing-version.ts'
import { renewedManually } from './rotation-state.ts'
import { prunedInTime } from './version-pruning.ts'

export interface NewVersion {
  versionId: string
  value: EncryptedValue
  /** The key that encrypted it, as the secret named it. */
  kmsKeyId: string | undefined
  labels: readonly string[]
}

/**
 * Gives a secret a version, or the value to the version of a rotation that waits for it, and moves labels to it.
 * @param labels - AWSCURRENT comes to the first version of a secret in any case, but not to one that a rotation has
 *   registered: that becomes current when its function says so.
 * @returns the secret, not yet put.
 * @throws ServiceError LimitExceededException; VersionAppeared.
 */
export async function withVersion(
  tx: Transaction,
  secret: Secret,
  { versionId, value, kmsKeyId, labels }: NewVersion,
  nowMs: number,
): Promise<Secret> {
  const existing = await getVersion(tx, secret, versionId)
  if (existing?.value) throw new VersionAppeared()
  const createdAtMs = existing?.createdAtMs ?? nowMs
  const version: SecretVersion = { secretUid: secret.uid, versionId, createdAtMs, kmsKeyId, value }
  if (existing) await putVersion(tx, secret, version)
  const added = existing ? secret : await addVersion(tx, secret, version)
  const isFirst = !existing && secret.stages[current] === undefined
  const moved = [...labels, ...(isFirst ? [current] : [])]
  const labelled = { ...added, stages: attachLabels(added.stages, moved, versionId) }
  const renewed =
    labelled.stages[current] === secret.stages[current] ? labelled : await renewedManually(tx, labelled, nowMs)
  return prunedInTime(tx, renewed, nowMs)
}
