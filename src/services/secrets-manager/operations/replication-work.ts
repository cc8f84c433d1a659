import type { Clock } from '../../../core/clock.ts'
import type { WorkRunner } from '../../../core/scheduler.ts'
import { ServiceError } from '../../../core/service-error.ts'
import type { ServiceCalls } from '../../../core/services/service-calls.ts'
import type { DueWork, Scope, Store, Transaction } from '../../../core/store.ts'
import { withReplicaStatus } from '../domain/replication.ts'
import type { Replica, Secret, SecretVersion } from '../domain/secret.ts'
import { arnInRegion } from '../domain/secret-identifier.ts'
import { versionsOf } from '../domain/staging-labels.ts'
import { type Reader, scopeOf, secrets } from '../storage/collections.ts'
import { addSecret, addVersion, findSecret, getVersion, putSecret, putVersion } from '../storage/secret-store.ts'
import { purge } from './delete-secret.ts'

import { secretEvent } from './service-events.ts'
import { decryptVersion, encryptFor, type Kms } from './value-keys.ts'
import { prunedInTime } from './version-pruning.ts'

/**
 * Copies a secret to one of its regions. What is written there is encrypted under that region's key, so that values are
 * read and encrypted anew, with the permissions of the caller who asked for the replica. No others are available when a
 * rotation or another user has changed the secret, and Secrets Manager has none of its own.
 */

interface ReplicationDependencies {
  clock: Clock
  store: Pick<Store, 'in'>
  calls: ServiceCalls
}

export const replicateRunner =
  (dependencies: ReplicationDependencies): WorkRunner =>
  async (work) => {
    const { clock, store } = dependencies
    const found = await replicaOf(store, work)
    if (!found) return async () => {}
    const copied = await copies(dependencies, found.primary, found.replica)
    return (tx) => settle(tx, work, copied, clock.nowMs())
  }

interface Replication {
  primary: Secret
  replica: Replica
}

async function replicaOf(reader: Reader, { scope, payload }: DueWork): Promise<Replication | undefined> {
  const { name, uid, region } = payload as { name: string; uid: string; region: string }
  const primary = await reader.in(secrets).get(scope, name)
  const replica = primary?.replicas.find((candidate) => candidate.region === region)
  return primary?.uid === uid && replica ? { primary, replica } : undefined
}

const placeOf = (primary: Secret, { region }: Replica): Scope => ({ ...scopeOf(primary), region })

/** What stands under the name in the region: the replica, another secret, or nothing. */
async function secretThere(reader: Reader, primary: Secret, replica: Replica) {
  const there = await findSecret(reader, placeOf(primary, replica), { by: 'name', name: primary.name })
  const isOurs = there?.primaryRegion === primary.region && there.arn === arnInRegion(primary.arn, replica.region)
  return { ours: isOurs ? there : undefined, other: isOurs ? undefined : there }
}

type Copied = { versions: readonly Omit<SecretVersion, 'secretUid'>[] } | { failure: string }

/** The labelled versions that the region does not have yet, under its key. */
async function copies({ store, calls }: ReplicationDependencies, primary: Secret, replica: Replica): Promise<Copied> {
  const { ours, other } = await secretThere(store, primary, replica)
  if (other && !replica.overwrite) {
    return { failure: `Replication failed: Secret name ${primary.name} already exists in region ${replica.region}.` }
  }
  const target = { ...placeOf(primary, replica), arn: arnInRegion(primary.arn, replica.region), ...keyPart(replica) }
  const copied: Omit<SecretVersion, 'secretUid'>[] = []
  try {
    for (const versionId of Object.keys(versionsOf(primary.stages))) {
      const version = await getVersion(store, primary, versionId)
      const there = ours && (await getVersion(store, ours, versionId))
      if (!version || (there && there.copyOf === version.value?.nonce && there.kmsKeyId === replica.kmsKeyId)) continue
      const { createdAtMs, value } = version
      const plain = value && (await decryptVersion(kmsIn(calls, replica, primary.region), primary, version, value))
      const encrypted = plain && (await encryptFor(kmsIn(calls, replica, replica.region), target, versionId, plain))
      copied.push({ versionId, createdAtMs, ...keyPart(replica), value: encrypted, copyOf: value?.nonce })
    }
    return { versions: copied }
  } catch (error) {
    if (!(error instanceof ServiceError) || error.status >= 500) throw error
    return { failure: `Replication failed: ${error.message}` }
  }
}

const keyPart = ({ kmsKeyId }: Replica) => (kmsKeyId === undefined ? {} : { kmsKeyId })

const kmsIn =
  (calls: ServiceCalls, { authority }: Replica, region: string): Kms =>
  (operation, input) =>
    calls.invoke({
      caller: authority,
      calledVia: ['secretsmanager.amazonaws.com'],
      region,
      service: 'kms',
      operation,
      input,
    })

/** Had the primary changed meanwhile, the work would have been scheduled anew, and this would not run. */
async function settle(tx: Transaction, work: DueWork, copied: Copied, nowMs: number): Promise<void> {
  const found = await replicaOf(tx, work)
  if (!found) return
  const { primary, replica } = found
  if ('failure' in copied) {
    tx.record(secretEvent(primary, 'ReplicationFailed', nowMs, { errorMessage: copied.failure }))
    const status = { status: 'Failed', statusMessage: copied.failure } as const
    await putSecret(tx, withReplicaStatus(primary, replica.region, status))
    return
  }
  const { ours, other } = await secretThere(tx, primary, replica)
  if (other) await purge(tx, other, nowMs)
  const base = ours ?? newReplica(primary, replica)
  if (!ours) await addSecret(tx, base)
  await putSecret(
    tx,
    await prunedInTime(tx, await withCopies(tx, inStep(base, primary, replica), copied.versions), nowMs),
  )
  tx.record(secretEvent(primary, 'ReplicationSucceeded', nowMs))
  await putSecret(tx, withReplicaStatus(primary, replica.region, { status: 'InSync', overwrite: false }))
}

const newReplica = (primary: Secret, replica: Replica): Secret => ({
  ...placeOf(primary, replica),
  name: primary.name,
  arn: arnInRegion(primary.arn, replica.region),
  uid: crypto.randomUUID(),
  createdAtMs: primary.createdAtMs,
  changedAtMs: primary.changedAtMs,
  description: '',
  stages: {},
  versionCount: 0,
  primaryRegion: primary.region,
  replicas: [],
})

/** What a replica shares with its primary, and the key that it has of its own. */
function inStep({ tags: _, policy: __, kmsKeyId: ___, ...there }: Secret, primary: Secret, replica: Replica): Secret {
  const { description, tags, policy, stages, changedAtMs, owningService } = primary
  return {
    ...there,
    ...keyPart(replica),
    description,
    ...(tags && { tags }),
    ...(policy && { policy }),
    ...(owningService && { owningService }),
    stages,
    changedAtMs,
  }
}

async function withCopies(
  tx: Transaction,
  secret: Secret,
  copied: readonly Omit<SecretVersion, 'secretUid'>[],
): Promise<Secret> {
  let filled = secret
  for (const copy of copied) {
    const version = { ...copy, secretUid: secret.uid }
    const known = await getVersion(tx, filled, copy.versionId)
    if (known) await putVersion(tx, filled, { ...version, accessedDayMs: known.accessedDayMs })
    else filled = await addVersion(tx, filled, version)
  }
  return filled
}
