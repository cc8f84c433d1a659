import type { RequestContext } from '../core/operation.ts'
import { RequestText } from './request-text.ts'

/** The values of one key, and whether the key may have several. */
export interface ContextEntry {
  values: readonly RequestText[]
  multivalued: boolean
}

/** The condition keys of one request, found without regard to case. */
export class ContextReader {
  readonly #context: () => RequestContext
  #entries: Map<string, ContextEntry> | undefined
  #made: Map<(context: ContextReader) => unknown, unknown> | undefined

  /** @param context - asked for once, if at all: most requests are decided by statements without conditions. */
  constructor(context: () => RequestContext) {
    this.#context = context
  }

  /** @param key - in lower case. A key without values is the same as no key. */
  entry(key: string): ContextEntry | undefined {
    this.#entries ??= entriesOf(this.#context())
    return this.#entries.get(key)
  }

  /** Returns what a policy variable stands for: single-valued keys only. */
  single(key: string): RequestText | undefined {
    const entry = this.entry(key)
    return entry?.multivalued ? undefined : entry?.values[0]
  }

  /** Returns what `make` makes of this context, made when it is first asked for: a pattern with its variables filled. */
  once<T>(make: (context: ContextReader) => T): T {
    this.#made ??= new Map()
    const known = this.#made.get(make)
    if (known !== undefined) return known as T
    const made = make(this)
    this.#made.set(make, made)
    return made
  }
}

function entriesOf(context: RequestContext): Map<string, ContextEntry> {
  const entries = new Map<string, { values: RequestText[]; multivalued: boolean }>()
  for (const [key, value] of Object.entries(context)) {
    const multivalued = typeof value !== 'string'
    const values = multivalued ? value : [value]
    if (values.length === 0) continue
    const name = key.toLowerCase()
    const before = entries.get(name)
    const entry = before ?? { values: [], multivalued }
    // Keys that differ in case alone (tags of some services may) are one key with several values, in whatever order they came.
    if (before) entry.multivalued = true
    else entries.set(name, entry)
    for (const each of values) entry.values.push(new RequestText(each))
  }
  return entries
}
