import type { Awaitable } from '../../../core/awaitable.ts'
import type { Scope, Transaction } from '../../../core/store.ts'
import { counters } from '../../../kit/counters.ts'
import { factsOf, type StoredParameter, type StoredTier, type StoredVersion } from '../domain/parameter.ts'
import type { ParameterCounts } from '../domain/tiers.ts'
import { counts, countsId, parameters, type Reader, scopeOf, versionId, versions } from './collections.ts'

/** @param qualified - the parameter's qualified name. */
export const findParameter = (
  reader: Reader,
  scope: Scope,
  qualified: string,
): Awaitable<StoredParameter | undefined> => reader.in(parameters).get(scopeOf(scope), qualified)

/** A version of a parameter with its value; undefined when it is not kept. */
export const findVersion = (
  reader: Reader,
  parameter: StoredParameter,
  version: number,
): Awaitable<StoredVersion | undefined> =>
  reader.in(versions).get(scopeOf(parameter), versionId(parameter.qualified, version))

/** The kept versions from one on, oldest first. */
export async function listVersions(
  reader: Reader,
  parameter: StoredParameter,
  fromVersion: number,
  limit: number,
): Promise<StoredVersion[]> {
  const { oldestVersion, version } = parameter
  const first = Math.max(fromVersion, oldestVersion)
  const numbers = Array.from({ length: Math.max(Math.min(limit, version - first + 1), 0) }, (_, index) => first + index)
  const found = await Promise.all(numbers.map((number) => findVersion(reader, parameter, number)))
  return found.filter((stored) => stored !== undefined)
}

/** Writes what changed of a parameter besides its value. */
export const putParameter = (tx: Transaction, parameter: StoredParameter): Promise<void> =>
  tx.in(parameters).put(scopeOf(parameter), parameter.qualified, parameter)

/**
 * Writes a new version, and removes the versions that are no longer kept.
 * @param before - the parameter as it was; absent for a new one.
 */
export async function addVersion(
  tx: Transaction,
  parameter: StoredParameter,
  value: string,
  before: StoredParameter | undefined,
): Promise<void> {
  const scope = scopeOf(parameter)
  const { qualified, version, oldestVersion } = parameter
  await putParameter(tx, parameter)
  await tx.in(versions).put(scope, versionId(qualified, version), { ...factsOf(parameter), value })
  for (let gone = before?.oldestVersion ?? oldestVersion; gone < oldestVersion; gone++) {
    await tx.in(versions).delete(scope, versionId(qualified, gone))
  }
  await recount(tx, scope, before?.tier, parameter.tier)
}

/** Writes the facts of the latest version where they stand beside its value too. */
export async function putLatestFacts(tx: Transaction, parameter: StoredParameter): Promise<void> {
  const latest = await findVersion(tx, parameter, parameter.version)
  if (!latest) throw new Error(`${parameter.qualified} has lost its latest version`)
  await putParameter(tx, parameter)
  const id = versionId(parameter.qualified, parameter.version)
  await tx.in(versions).put(scopeOf(parameter), id, { ...factsOf(parameter), value: latest.value })
}

/** Removes a parameter with all its versions. */
export async function removeParameter(tx: Transaction, parameter: StoredParameter): Promise<void> {
  const scope = scopeOf(parameter)
  const { qualified, oldestVersion, version, tier } = parameter
  for (let number = oldestVersion; number <= version; number++) {
    await tx.in(versions).delete(scope, versionId(qualified, number))
  }
  await tx.in(parameters).delete(scope, qualified)
  await recount(tx, scope, tier, undefined)
}

// The choice of the tier checks the quotas: intelligent tiering takes the other tier when one is full.
const tiers = counters({ collection: counts, none: { Standard: 0, Advanced: 0 } })

export const countParameters = (reader: Reader, scope: Scope): Promise<ParameterCounts> =>
  tiers.read(reader, scope, countsId)

async function recount(tx: Transaction, scope: Scope, from: StoredTier | undefined, to: StoredTier | undefined) {
  if (from === to) return
  await tiers.change(tx, scope, countsId, { ...(from && { [from]: -1 }), ...(to && { [to]: 1 }) })
}
