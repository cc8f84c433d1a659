import type { Alternative, EventPattern, PatternField } from './compile-pattern.ts'
import { eachValue, fitsAlternative } from './match.ts'
import type { Leaf } from './pattern-text.ts'

/** An alternative of one of the patterns, with what that pattern was added for. */
interface Entry<T> {
  owner: T
  alternative: Alternative
}

/** The entries that demand one of certain values at a path. */
interface IndexedPath<T> {
  path: readonly string[]
  byValue: Map<Leaf, Entry<T>[]>
}

/**
 * Many patterns, to be compared with one event. Each is looked up by the values that it demands of one field: the field that the
 * fewest others are looked up by, so that an event is compared with few patterns. What demands no exact value is always compared.
 */
export class PatternIndex<T> {
  readonly #paths = new Map<string, IndexedPath<T>>()
  readonly #others: Entry<T>[] = []
  #size = 0

  constructor(patterns: Iterable<readonly [T, EventPattern]> = []) {
    for (const [owner, pattern] of patterns) this.add(owner, pattern)
  }

  /** How many patterns there are. */
  get size(): number {
    return this.#size
  }

  add(owner: T, pattern: EventPattern): void {
    this.#size += 1
    for (const alternative of pattern.alternatives) {
      const entry = { owner, alternative }
      const field = this.#rarest(alternative.fields)
      if (!field) {
        this.#others.push(entry)
        continue
      }
      const key = JSON.stringify(field.path)
      const indexed = this.#paths.get(key) ?? { path: field.path, byValue: new Map() }
      this.#paths.set(key, indexed)
      for (const value of field.test.exact) {
        const entries = indexed.byValue.get(value)
        if (entries) entries.push(entry)
        else indexed.byValue.set(value, [entry])
      }
    }
  }

  /** Returns the owners of the patterns that an event fits, each once, in no order. */
  match(event: unknown): T[] {
    const found = new Set<T>()
    const compare = ({ owner, alternative }: Entry<T>) => {
      if (!found.has(owner) && fitsAlternative(alternative, event)) found.add(owner)
    }
    for (const { path, byValue } of this.#paths.values()) {
      const looked = new Set<readonly Entry<T>[]>()
      eachValue(event, path, 0, (value) => {
        const entries = byValue.get(value)
        // An array may hold one value many times.
        if (!entries || looked.has(entries)) return
        looked.add(entries)
        entries.forEach(compare)
      })
    }
    this.#others.forEach(compare)
    return [...found]
  }

  #rarest(fields: readonly PatternField[]): PatternField | undefined {
    const costs = fields.filter(demandsExactValue).map((field) => ({ field, cost: this.#cost(field) }))
    // Of fields that cost the same, the deepest: `detail.eventName` tells more events apart than `source`.
    costs.sort((a, b) => a.cost - b.cost || b.field.path.length - a.field.path.length)
    return costs[0]?.field
  }

  /** Returns how many patterns are compared for an event that has one of the values. A further path costs each event a look. */
  #cost({ path, test }: PatternField): number {
    const indexed = this.#paths.get(JSON.stringify(path))
    if (!indexed) return 1
    return Math.max(...[...test.exact].map((value) => indexed.byValue.get(value)?.length ?? 0))
  }
}

const demandsExactValue = ({ test }: PatternField) => !test.absent && test.tests.length === 0
