import type { CollectionSpec, Scope } from '../../../core/store.ts'
import { type Approach, disjoint, justBefore, merged, type Source } from '../domain/listing.ts'
import { type Reader, tagIndexValue } from './collections.ts'

/** Parameters kept under their qualified names; the index `parent` tells the path above, `tag` what tags there are. */
interface Place<T> {
  reader: Reader
  spec: CollectionSpec<T>
  scope: Scope
}

/** The parameters of a collection, in a scope, on an approach. */
export function parameterSource<T extends { qualified: string }>(place: Place<T>, approach: Approach): Source<T> {
  switch (approach.kind) {
    case 'names':
      return byNames(place, approach.names)
    case 'prefixes':
      return inTurn(disjoint(approach.prefixes).map((prefix) => range(place, prefix)))
    case 'parents':
      return merged([...new Set(approach.paths)].map((path) => byIndex(place, 'parent', path)))
    case 'tags':
      return merged(approach.tags.filter(canBeTag).map((tag) => byIndex(place, 'tag', tagIndexValue(...tag))))
  }
}

/** Filters may ask for values that are longer than those of any tag. */
const canBeTag = (tag: readonly string[]) => tag.every((part) => part.length <= 256)

const byNames =
  <T>({ reader, spec, scope }: Place<T>, names: readonly string[]): Source<T> =>
  async (afterName, limit) => {
    const rest = [...new Set(names)].filter((name) => name > afterName).sort()
    const found = await Promise.all(rest.map((name) => reader.in(spec).get(scope, name)))
    return found.filter((parameter) => parameter !== undefined).slice(0, limit)
  }

const byIndex =
  <T>({ reader, spec, scope }: Place<T>, name: string, value: string): Source<T> =>
  async (afterName, limit) => {
    const afterId = afterName || undefined
    const stored = await reader.in(spec).list(scope, { index: { name, value }, afterId, limit })
    return stored.map(({ document }) => document)
  }

/** What begins with a prefix, the prefix itself included: names are sorted, so it stands together. */
const range =
  <T>({ reader, spec, scope }: Place<T>, prefix: string): Source<T> =>
  async (afterName, limit) => {
    if (!/^[\w./-]+$/.test(prefix)) return []
    const [, afterId = afterName] = [afterName, justBefore(prefix)].sort()
    const stored = await reader.in(spec).list(scope, { afterId, limit })
    const beyond = stored.findIndex(({ id }) => !id.startsWith(prefix))
    return (beyond < 0 ? stored : stored.slice(0, beyond)).map(({ document }) => document)
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
