import type { Scope, Transaction } from '../../../core/store.ts'
import { counters } from '../../../kit/counters.ts'
import { codeStorageExceeded, unreservedTooLow } from '../domain/errors.ts'
import { type FunctionVersion, type LambdaFunction, latest } from '../domain/function.ts'
import { quotas } from '../domain/quotas.ts'
import { type CodeStore, referToCode } from './code-store.ts'
import {
  aliases,
  functions,
  listOf,
  policies,
  policyId,
  type Reader,
  totals,
  totalsId,
  versionId,
  versions,
} from './collections.ts'

export const scopeOf = ({ accountId, region }: Scope): Scope => ({ accountId, region })

export const putFunction = (tx: Transaction, changed: LambdaFunction): Promise<void> =>
  tx.in(functions).put(scopeOf(changed.latest), changed.latest.functionName, changed)

export const putVersion = (tx: Transaction, version: FunctionVersion): Promise<void> =>
  tx.in(versions).put(scopeOf(version), versionId(version.functionName, version.version), version)

const counts = counters({
  collection: totals,
  none: { codeBytes: 0, functions: 0, reservedConcurrency: 0 },
  quotas: { codeBytes: { most: quotas.codeStorageBytes, exceeded: codeStorageExceeded } },
})

/** Returns what all functions of an account and region take up. */
export const totalsOf = (reader: Reader, scope: Scope) => counts.read(reader, scope, totalsId)

export const countFunction = (tx: Transaction, scope: Scope, by: 1 | -1) =>
  counts.change(tx, scope, totalsId, { functions: by })

/** A version takes its code: it is kept for as long as a version has it. @throws ServiceError CodeStorageExceededException. */
export async function holdCode(tx: Transaction, { code, ...version }: FunctionVersion): Promise<void> {
  await counts.change(tx, version, totalsId, { codeBytes: code.bytes })
  await referToCode(tx, scopeOf(version), code.codeId)
}

export async function dropCode(
  tx: Transaction,
  codes: CodeStore,
  { code, ...version }: FunctionVersion,
): Promise<void> {
  await counts.change(tx, version, totalsId, { codeBytes: -code.bytes })
  await codes.release(tx, scopeOf(version), code.codeId)
}

/**
 * Sets aside concurrency for a function, in place of what it had; 0 stops it, undefined shares the account's again.
 * @throws ServiceError InvalidParameterValueException when too little would be left for the others.
 */
export async function reserve(
  tx: Transaction,
  found: LambdaFunction,
  reservedConcurrency: number | undefined,
  accountConcurrency: number,
): Promise<void> {
  const by = (reservedConcurrency ?? 0) - (found.reservedConcurrency ?? 0)
  const after = await counts.change(tx, found.latest, totalsId, { reservedConcurrency: by })
  if (by > 0 && accountConcurrency - after.reservedConcurrency < quotas.minUnreservedConcurrency)
    throw unreservedTooLow()
  await putFunction(tx, { ...found, reservedConcurrency })
}

const page = 100

/** Removes a function with all that is its own: versions, code, aliases, policies. */
export async function removeFunction(tx: Transaction, codes: CodeStore, found: LambdaFunction): Promise<void> {
  const { functionName } = found.latest
  const scope = scopeOf(found.latest)
  await dropCode(tx, codes, found.latest)
  for (let rows = await firstOf(tx, versions, scope, functionName); rows.length > 0; ) {
    for (const { id, document } of rows) {
      await dropCode(tx, codes, document)
      await tx.in(versions).delete(scope, id)
    }
    rows = await firstOf(tx, versions, scope, functionName)
  }
  for (let rows = await firstOf(tx, aliases, scope, functionName); rows.length > 0; ) {
    for (const { id } of rows) await tx.in(aliases).delete(scope, id)
    rows = await firstOf(tx, aliases, scope, functionName)
  }
  await tx.in(policies).delete(scope, policyId(functionName, undefined))
  for (let rows = await firstOf(tx, policies, scope, functionName); rows.length > 0; ) {
    for (const { id } of rows) await tx.in(policies).delete(scope, id)
    rows = await firstOf(tx, policies, scope, functionName)
  }
  await tx.in(functions).delete(scope, functionName)
  await counts.change(tx, scope, totalsId, { functions: -1, reservedConcurrency: -(found.reservedConcurrency ?? 0) })
}

function firstOf<T>(tx: Transaction, spec: Parameters<typeof tx.in<T>>[0], scope: Scope, functionName: string) {
  return listOf(tx.in(spec), scope, functionName, { limit: page })
}

/** Removes a published version, with its policy. */
export async function removeVersion(tx: Transaction, codes: CodeStore, version: FunctionVersion): Promise<void> {
  const scope = scopeOf(version)
  if (version.version === latest) throw new Error('$LATEST goes with its function')
  await dropCode(tx, codes, version)
  await tx.in(policies).delete(scope, policyId(version.functionName, version.version))
  await tx.in(versions).delete(scope, versionId(version.functionName, version.version))
}
