import type { CollectionSpec, Scope } from '../../../core/store.ts'
import { folderOfPrefix } from '../domain/names.ts'
import type { Source } from '../domain/pagination.ts'
import type { Reader } from './collections.ts'

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
      const stored = await reader.in(spec).list(scope, { index, afterId, limit })
      return stored.map(({ id, document }) => ({ place: id, row: document }))
    },
    ...(test && { fits: test }),
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
