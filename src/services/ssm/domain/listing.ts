import type { ListSource } from '../../../kit/bounded-list.ts'
import { fitsText, type ParameterFilter, subtreePrefix, types } from './filters.ts'

/** Rows in ascending order of their qualified name, those after one first; fewer than asked for only at the end. */
export type Source<T> = (afterName: string, limit: number) => Promise<readonly T[]>

/** A source as lists are read, with what filters say of each row; a place is a qualified name. */
export const listSource = <T extends { qualified: string }>(
  source: Source<T>,
  fits: ((row: T) => boolean) | undefined,
  rowsReadForOne = 1,
): ListSource<T> => ({
  read: async (afterName = '', limit) => (await source(afterName, limit)).map((row) => ({ place: row.qualified, row })),
  ...(fits && { fits }),
  rowsReadForOne,
})

/** The part of a list that can hold rows which fit the filters: some names, prefixes of names, or paths. */
export type SearchScope =
  | { kind: 'names'; names: readonly string[] }
  | { kind: 'prefixes'; prefixes: readonly string[] }
  | { kind: 'parents'; paths: readonly string[] }

/** Returns the narrowest search scope that holds every row which fits the filters. */
export function searchScopeOf(filters: readonly ParameterFilter[]): SearchScope {
  const find = finder(filters)
  const named = find('Name', 'Equals')
  if (named) return { kind: 'names', names: named.values }
  const parents = find('Path', 'OneLevel')
  if (parents) return { kind: 'parents', paths: parents.values }
  const subtrees = find('Path', 'Recursive')
  if (subtrees) return { kind: 'prefixes', prefixes: subtrees.values.map(subtreePrefix) }
  const begun = find('Name', 'BeginsWith')
  if (begun) return { kind: 'prefixes', prefixes: begun.values }
  return { kind: 'prefixes', prefixes: ['/'] }
}

/** Values of an index, under which parameters stand in order of name. */
export interface IndexValues {
  index: 'label' | 'tag' | 'keyId' | 'tier' | 'type'
  values: readonly string[]
}

/** Returns what leaves the fewest rows, as far as that can be known; every row that fits stands under one of the values. */
export function indexValuesOf(filters: readonly ParameterFilter[]): IndexValues | undefined {
  const find = finder(filters)
  const labelled = find('Label', 'Equals')
  if (labelled) return { index: 'label', values: labelled.values }
  const tagged = find('tag', 'Equals')
  if (tagged?.tagKey !== undefined) return { index: 'tag', values: tagIndexValues(tagged.tagKey, tagged.values) }
  const encrypted = find('KeyId', 'Equals')
  if (encrypted) return { index: 'keyId', values: encrypted.values }
  const tier = find('Tier', 'Equals')
  if (tier && !tier.values.includes('Standard')) return { index: 'tier', values: tier.values }
  const tagBegun = find('tag', 'BeginsWith')
  if (tagBegun?.tagKey !== undefined) return { index: 'tag', values: tagIndexValues(tagBegun.tagKey, []) }
  if (find('KeyId', 'BeginsWith')) return { index: 'type', values: ['SecureString'] }
  const ofType = filters.find(({ key }) => key === 'Type')
  return ofType && { index: 'type', values: types.filter((type) => fitsText(ofType, type)) }
}

const finder = (filters: readonly ParameterFilter[]) => (key: ParameterFilter['key'], option: string) =>
  filters.find((filter) => filter.key === key && filter.option === option)

/** Returns what the index of tags holds for a key, and for a key with a value. */
export const tagIndexValue = (...parts: readonly string[]): string => JSON.stringify(parts)

/** Filters may ask for what is longer than any tag. */
const longestTagPart = 256

function tagIndexValues(key: string, values: readonly string[]): string[] {
  const tags = values.length === 0 ? [[key]] : values.map((value) => [key, value])
  return tags.filter((tag) => tag.every((part) => part.length <= longestTagPart)).map((tag) => tagIndexValue(...tag))
}

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
