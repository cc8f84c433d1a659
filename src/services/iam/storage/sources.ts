import type { CollectionSpec, Scope } from '../../../core/store.ts'
import { folderOfPrefix } from '../domain/names.ts'
import type { Row, Source } from '../domain/pagination.ts'
import type { Reader } from './collections.ts'

// Where a test passes over documents, they are not read one at a time.
const leastRead = 100

/** A collection as a source of pages, narrowed by an index and a test. */
export function collectionSource<T>(
  reader: Reader,
  spec: CollectionSpec<T>,
  scope: Scope,
  { index, test }: { index?: { name: string; value: string }; test?: (document: T) => boolean } = {},
): Source<T> {
  return {
    name: spec.name,
    async read(afterId, limit) {
      const rows: Row<T>[] = []
      let place = afterId
      while (rows.length < limit) {
        const step = test ? Math.max(limit - rows.length, leastRead) : limit - rows.length
        const stored = await reader.in(spec).list(scope, { index, afterId: place, limit: step })
        const matching = test ? stored.filter(({ document }) => test(document)) : stored
        rows.push(...matching.slice(0, limit - rows.length).map(({ id, document }) => ({ id, row: document })))
        if (stored.length < step) break
        place = stored.at(-1)?.id
      }
      return rows
    },
  }
}

/** Narrows to a PathPrefix: the index finds its folder, a test the rest when the prefix ends within a folder's name. */
export function underPath(prefix: string) {
  const folder = folderOfPrefix(prefix)
  return {
    index: folder === undefined ? undefined : { name: 'path', value: folder },
    test: prefix.endsWith('/') ? undefined : ({ path }: { path: string }) => path.startsWith(prefix),
  }
}
