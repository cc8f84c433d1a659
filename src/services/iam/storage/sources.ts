import type { CollectionSpec, Scope } from '../../../core/store.ts'
import { folderOfPrefix } from '../domain/names.ts'
import type { Row, Source } from '../domain/pagination.ts'
import type { Reader } from './collections.ts'

/** A collection as a source of pages, narrowed by an index and a test. */
export function collectionSource<T>(
  reader: Reader,
  spec: CollectionSpec<T>,
  scope: Scope,
  narrow: {
    index?: { name: string; value: string }
    test?: (document: T, id: string) => boolean | Promise<boolean>
  } = {},
): Source<T> {
  return {
    name: spec.name,
    async read(afterId, limit) {
      const rows: Row<T>[] = []
      let place = afterId
      while (rows.length < limit) {
        const step = limit - rows.length
        const stored = await reader.in(spec).list(scope, { index: narrow.index, afterId: place, limit: step })
        for (const { id, document } of stored) {
          if (!narrow.test || (await narrow.test(document, id))) rows.push({ id, row: document })
        }
        if (stored.length < step) break
        place = stored.at(-1)?.id
      }
      return rows
    },
  }
}

/** Narrows to a PathPrefix: the index finds its folder, the test what a folder alone does not tell. */
export function underPath<T extends { path: string }>(prefix: string) {
  const folder = folderOfPrefix(prefix)
  return {
    index: folder === undefined ? undefined : { name: 'path', value: folder },
    test: ({ path }: T) => path.startsWith(prefix),
  }
}
