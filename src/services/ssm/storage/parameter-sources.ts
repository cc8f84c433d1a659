import type { CollectionSpec, Scope } from '../../../core/store.ts'
import { disjoint, type IndexValues, merged, type SearchScope, type Source } from '../domain/listing.ts'
import type { Reader } from './collections.ts'

/** Parameters kept under their qualified names; the index `parent` holds the path above. */
interface Place<T> {
  reader: Reader
  spec: CollectionSpec<T>
  scope: Scope
}

/**
 * Lists the parameters of a collection, in a scope, within a search scope.
 * @param narrowed - leaves those that stand under one of its values; within names or paths all are read.
 */
export function parameterSource<T extends { qualified: string }>(
  place: Place<T>,
  searchScope: SearchScope,
  narrowed?: IndexValues,
): Source<T> {
  switch (searchScope.kind) {
    case 'names':
      return byNames(place, searchScope.names)
    case 'parents':
      return merged([...new Set(searchScope.paths)].map((path) => inOrder(place, { name: 'parent', value: path })))
    case 'prefixes': {
      const within = (index: Index) =>
        inTurn(disjoint(searchScope.prefixes).map((prefix) => inOrder(place, index, prefix)))
      if (!narrowed) return within(undefined)
      return merged([...new Set(narrowed.values)].map((value) => within({ name: narrowed.index, value })))
    }
  }
}

/** Returns how many rows such a source reads for one that it gives. */
export function rowsReadForOne(searchScope: SearchScope, narrowed: IndexValues | undefined): number {
  if (searchScope.kind === 'parents') return searchScope.paths.length
  return Math.max(1, searchScope.kind === 'prefixes' ? (narrowed?.values.length ?? 1) : 1)
}

type Index = { name: string; value: string } | undefined

const byNames =
  <T>({ reader, spec, scope }: Place<T>, names: readonly string[]): Source<T> =>
  async (afterName, limit) => {
    const rest = [...new Set(names)].filter((name) => name > afterName).sort()
    const found = await Promise.all(rest.map((name) => reader.in(spec).get(scope, name)))
    return found.filter((parameter) => parameter !== undefined).slice(0, limit)
  }

/** What begins with a prefix, the prefix itself included, or all. */
const inOrder =
  <T>({ reader, spec, scope }: Place<T>, index: Index, idPrefix?: string): Source<T> =>
  async (afterName, limit) => {
    const stored = await reader.in(spec).list(scope, { index, idPrefix, afterId: afterName, limit })
    return stored.map(({ document }) => document)
  }

/** Sources whose rows follow one another. */
const inTurn =
  <T>(sources: readonly Source<T>[]): Source<T> =>
  async (afterName, limit) => {
    const rows: T[] = []
    for (const source of sources) {
      if (rows.length >= limit) break
      rows.push(...(await source(afterName, limit - rows.length)))
    }
    return rows
  }
