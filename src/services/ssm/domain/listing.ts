import type { ParameterFilter } from './filters.ts'
import { subtreePrefix } from './filters.ts'

/** Rows in ascending order of their qualified name, those after one first; fewer than asked for only at the end. */
export type Source<T> = (afterName: string, limit: number) => Promise<readonly T[]>

/** How many rows one page may look at, so that a filter that fits little costs no more than one that fits all. */
const maxRowsLookedAt = 1000
const filteredBatch = 100

/**
 * Reads one page. It may hold fewer rows than asked for, even none, and yet not be the last.
 * @param afterName - the last name of the page before; empty for the first page.
 * @returns the rows, and the name to go on after when there may be more.
 */
export async function readPage<T extends { qualified: string }>(
  source: Source<T>,
  fits: ((row: T) => boolean) | undefined,
  afterName: string,
  limit: number,
): Promise<{ rows: T[]; next?: string }> {
  const rows: T[] = []
  const batchSize = fits ? Math.max(filteredBatch, limit + 1) : limit + 1
  let last = afterName
  for (let lookedAt = 0; lookedAt < maxRowsLookedAt; ) {
    const batch = await source(last, batchSize)
    for (const row of batch) {
      if (rows.length === limit) return { rows, next: last }
      last = row.qualified
      if (!fits || fits(row)) rows.push(row)
    }
    if (batch.length < batchSize) return { rows }
    lookedAt += batch.length
  }
  return { rows, next: last }
}

/** Where the rows that filters can fit are found without looking at all others. */
export type Approach =
  | { kind: 'names'; names: readonly string[] }
  | { kind: 'prefixes'; prefixes: readonly string[] }
  | { kind: 'parents'; paths: readonly string[] }
  | { kind: 'tags'; tags: readonly (readonly string[])[] }

/** The narrowest approach that the filters allow; every row that fits is on it. */
export function approachOf(filters: readonly ParameterFilter[]): Approach {
  const find = (key: ParameterFilter['key'], option: string) =>
    filters.find((filter) => filter.key === key && filter.option === option)
  const named = find('Name', 'Equals')
  if (named) return { kind: 'names', names: named.values }
  const parents = find('Path', 'OneLevel')
  if (parents) return { kind: 'parents', paths: parents.values }
  const subtrees = find('Path', 'Recursive')
  if (subtrees) return { kind: 'prefixes', prefixes: subtrees.values.map(subtreePrefix) }
  const begun = find('Name', 'BeginsWith')
  if (begun) return { kind: 'prefixes', prefixes: begun.values }
  const tagged = find('tag', 'Equals')
  if (tagged?.tagKey !== undefined) return { kind: 'tags', tags: tagsOf(tagged.tagKey, tagged.values) }
  return { kind: 'prefixes', prefixes: ['/'] }
}

/** A key, or a key with a value. */
const tagsOf = (key: string, values: readonly string[]): string[][] =>
  values.length === 0 ? [[key]] : values.map((value) => [key, value])

/** Prefixes in order, without those that another one covers. */
export function disjoint(prefixes: readonly string[]): string[] {
  const kept: string[] = []
  for (const prefix of [...new Set(prefixes)].sort()) {
    if (!kept.some((shorter) => prefix.startsWith(shorter))) kept.push(prefix)
  }
  return kept
}

/**
 * One source of several that share rows or do not, in order and without doubles.
 * Each source is asked for as many rows as are wanted: none of the first ones can then be missing.
 */
export const merged =
  <T extends { qualified: string }>(sources: readonly Source<T>[]): Source<T> =>
  async (afterName, limit) => {
    const found = await Promise.all(sources.map((source) => source(afterName, limit)))
    const byName = new Map(found.flat().map((row) => [row.qualified, row]))
    return [...byName.values()].sort((a, b) => (a.qualified < b.qualified ? -1 : 1)).slice(0, limit)
  }

/** Sorts before a prefix and after every name that does: `~` follows all characters of names. */
export const justBefore = (prefix: string): string =>
  `${prefix.slice(0, -1)}${String.fromCharCode(prefix.charCodeAt(prefix.length - 1) - 1)}~`
