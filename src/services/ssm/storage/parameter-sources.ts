import type { Scope } from '../../../core/store.ts'
import { type Approach, disjoint, merged, type Source } from '../domain/listing.ts'
import type { StoredParameter } from '../domain/parameter.ts'
import { parameters, type Reader, scopeOf, tagIndexValue } from './collections.ts'
import { findParameter } from './parameter-store.ts'

/** The parameters of an account in a region, on an approach. */
export function parameterSource(
  reader: Reader,
  { accountId, region }: Scope,
  approach: Approach,
): Source<StoredParameter> {
  const scope = scopeOf({ accountId, region })
  switch (approach.kind) {
    case 'names':
      return byNames(reader, scope, approach.names)
    case 'prefixes':
      return inTurn(disjoint(approach.prefixes).map((prefix) => range(reader, scope, prefix)))
    case 'parents':
      return merged([...new Set(approach.paths)].map((path) => byIndex(reader, scope, 'parent', path)))
    case 'tags':
      return merged(approach.tags.filter(canBeTag).map((tag) => byIndex(reader, scope, 'tag', tagIndexValue(...tag))))
  }
}

/** Filters may ask for values that are longer than those of any tag. */
const canBeTag = (tag: readonly string[]) => tag.every((part) => part.length <= 256)

const byNames =
  (reader: Reader, scope: Scope, names: readonly string[]): Source<StoredParameter> =>
  async (afterName, limit) => {
    const rest = [...new Set(names)].filter((name) => name > afterName).sort()
    const found = await Promise.all(rest.map((name) => findParameter(reader, scope, name)))
    return found.filter((parameter) => parameter !== undefined).slice(0, limit)
  }

const byIndex =
  (reader: Reader, scope: Scope, name: string, value: string): Source<StoredParameter> =>
  async (afterName, limit) => {
    const afterId = afterName || undefined
    const stored = await reader.in(parameters).list(scope, { index: { name, value }, afterId, limit })
    return stored.map(({ document }) => document)
  }

/** What begins with a prefix, the prefix itself included: names are sorted, so it stands together. */
const range =
  (reader: Reader, scope: Scope, prefix: string): Source<StoredParameter> =>
  async (afterName, limit) => {
    if (!/^[\w./-]+$/.test(prefix)) return []
    const [, afterId = afterName] = [afterName, justBefore(prefix)].sort()
    const stored = await reader.in(parameters).list(scope, { afterId, limit })
    const beyond = stored.findIndex(({ id }) => !id.startsWith(prefix))
    return (beyond < 0 ? stored : stored.slice(0, beyond)).map(({ document }) => document)
  }

/** Sorts before a prefix and after every name that does: `~` follows all characters of names. */
const justBefore = (prefix: string): string =>
  `${prefix.slice(0, -1)}${String.fromCharCode(prefix.charCodeAt(prefix.length - 1) - 1)}~`

/** Sources whose rows follow one another. */
const inTurn =
  (sources: readonly Source<StoredParameter>[]): Source<StoredParameter> =>
  async (afterName, limit) => {
    const rows: StoredParameter[] = []
    for (const source of sources) {
      if (rows.length >= limit) break
      rows.push(...(await source(afterName, limit - rows.length)))
    }
    return rows
  }
