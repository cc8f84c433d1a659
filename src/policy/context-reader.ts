import type { RequestContext } from '../core/operation.ts'

/** The values of one key, and whether the key may have several. */
export interface ContextEntry {
  values: readonly string[]
  multivalued: boolean
}

/** The condition keys of one request, found without regard to case. */
export class ContextReader {
  readonly #context: () => RequestContext
  #entries: Map<string, ContextEntry> | undefined

  /** @param context - asked for once, if at all: most requests are decided by statements without conditions. */
  constructor(context: () => RequestContext) {
    this.#context = context
  }

  /** @param key - in lower case. A key without values is the same as no key. */
  entry(key: string): ContextEntry | undefined {
    this.#entries ??= entriesOf(this.#context())
    return this.#entries.get(key)
  }

  /** What a policy variable stands for: single-valued keys only. */
  single(key: string): string | undefined {
    const entry = this.entry(key)
    return entry?.multivalued ? undefined : entry?.values[0]
  }
}

function entriesOf(context: RequestContext): Map<string, ContextEntry> {
  const entries = new Map<string, ContextEntry>()
  for (const [key, value] of Object.entries(context)) {
    const multivalued = typeof value !== 'string'
    const values = multivalued ? value : [value]
    if (values.length === 0) continue
    const name = key.toLowerCase()
    const before = entries.get(name)
    // Keys that differ in case alone (tags of some services may) are one key with several values, in whatever order they came.
    entries.set(name, before ? { values: [...before.values, ...values], multivalued: true } : { values, multivalued })
  }
  return entries
}
