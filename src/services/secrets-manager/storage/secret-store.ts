import type { Awaitable } from '../../../core/awaitable.ts'
import { hourMs } from '../../../core/durations.ts'
import type { Scope, Transaction } from '../../../core/store.ts'
import { counters } from '../../../kit/counters.ts'
import { secretExists, secretNotFound, tooManySecrets, tooManyVersions } from '../domain/errors.ts'
import { quotas } from '../domain/quotas.ts'
import type { Secret, SecretVersion } from '../domain/secret.ts'
import { nameWithoutSuffix, type SecretReference } from '../domain/secret-identifier.ts'
import { checkVersionId } from '../domain/secret-value.ts'
import {
  ageOf,
  type Reader,
  scopeOf,
  secretCountId,
  secretCounts,
  secrets,
  versionKey,
  versions,
} from './collections.ts'

/** Finds a secret by name, by ARN, or by an ARN without its suffix. */
export async function findSecret(
  reader: Reader,
  scope: Scope,
  reference: SecretReference,
): Promise<Secret | undefined> {
  const inScope = scopeOf(scope)
  if (reference.by === 'name') return reader.in(secrets).get(inScope, reference.name)
  const { resource } = reference
  const name = nameWithoutSuffix(resource)
  // What looks like a suffix is taken for one, so that a name that ends in one is not found without its own.
  if (name === undefined) return reader.in(secrets).get(inScope, resource)
  const secret = await reader.in(secrets).get(inScope, name)
  return secret?.arn.endsWith(`:secret:${resource}`) ? secret : undefined
}

/** Reads a secret anew, as inside the transaction that changes it. @throws ServiceError ResourceNotFoundException. */
export async function rereadSecret(tx: Reader, { uid, name, ...place }: Secret): Promise<Secret> {
  const secret = await tx.in(secrets).get(scopeOf(place), name)
  if (secret?.uid !== uid) throw secretNotFound()
  return secret
}

export const putSecret = (tx: Transaction, secret: Secret): Promise<void> =>
  tx.in(secrets).put(scopeOf(secret), secret.name, secret)

/** @throws ServiceError ResourceExistsException, LimitExceededException. */
export async function addSecret(tx: Transaction, secret: Secret): Promise<void> {
  if (await tx.in(secrets).get(scopeOf(secret), secret.name)) throw secretExists(secret.name)
  await counts.change(tx, secret, secretCountId, { secrets: 1 })
  await putSecret(tx, secret)
  await scheduleCount(tx, secret)
}

/** The kind of due work that publishes how many secrets there are, every hour. */
export const countSecretsWork = 'secretsmanager.count-secrets'

function scheduleCount(tx: Transaction, { accountId, region, createdAtMs }: Secret): Promise<void> {
  const dueAtMs = (Math.floor(createdAtMs / hourMs) + 1) * hourMs
  const scope = { accountId, region }
  return tx.schedule({ kind: countSecretsWork, key: `${accountId} ${region}`, dueAtMs, scope, payload: null })
}

const counts = counters({
  collection: secretCounts,
  none: { secrets: 0 },
  quotas: { secrets: { most: quotas.secrets, exceeded: tooManySecrets } },
})

export const getVersion = (reader: Reader, secret: Secret, versionId: string): Awaitable<SecretVersion | undefined> =>
  reader.in(versions).get(scopeOf(secret), versionKey(secret.uid, versionId))

export const putVersion = (tx: Transaction, secret: Secret, version: SecretVersion): Promise<void> =>
  tx.in(versions).put(scopeOf(secret), versionKey(secret.uid, version.versionId), version)

/** @returns the secret with one version more, not yet put. @throws ServiceError LimitExceededException, InvalidParameterException. */
export async function addVersion(tx: Transaction, secret: Secret, version: SecretVersion): Promise<Secret> {
  checkVersionId(version.versionId)
  if (secret.versionCount >= quotas.versionsAtMost) throw tooManyVersions()
  await putVersion(tx, secret, version)
  return { ...secret, versionCount: secret.versionCount + 1 }
}

/** @returns the secret without the version, not yet put. */
export async function removeVersion(tx: Transaction, secret: Secret, versionId: string): Promise<Secret> {
  const removed = await tx.in(versions).delete(scopeOf(secret), versionKey(secret.uid, versionId))
  return removed ? { ...secret, versionCount: secret.versionCount - 1 } : secret
}

/** Versions of a secret, oldest first. @param after - the last one of the page before. */
export async function listVersions(
  reader: Reader,
  secret: Secret,
  limit: number,
  after?: Pick<SecretVersion, 'versionId' | 'createdAtMs'>,
): Promise<SecretVersion[]> {
  const behind = after
    ? { value: ageOf({ ...after, secretUid: secret.uid }), id: versionKey(secret.uid, after.versionId) }
    : { value: `${secret.uid}/`, id: '' }
  const found = await reader.in(versions).listOrdered(scopeOf(secret), { index: 'age', after: behind, limit })
  return found.map(({ document }) => document).filter(({ secretUid }) => secretUid === secret.uid)
}

/** Removes a secret with all its versions. @returns the versions that it had. */
export async function removeSecret(tx: Transaction, secret: Secret): Promise<SecretVersion[]> {
  const removed = await listVersions(tx, secret, quotas.versionsAtMost)
  for (const { versionId } of removed) await tx.in(versions).delete(scopeOf(secret), versionKey(secret.uid, versionId))
  await tx.in(secrets).delete(scopeOf(secret), secret.name)
  await counts.change(tx, secret, secretCountId, { secrets: -1 })
  return removed
}
