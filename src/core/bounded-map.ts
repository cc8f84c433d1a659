interface Entry<K, V> {
  key: K
  value: V
  weight: number
  /** Used longer ago than this one. */
  older: Entry<K, V> | undefined
  newer: Entry<K, V> | undefined
}

/**
 * A map of bounded size, for what can be made again: when it is full, it forgets what was used longest ago. Keys may be
 * texts that callers make up.
 *
 * The order of use is a list beside the map. A Map that is put in order by deleting and setting its keys keeps what was deleted
 * in its chains for a while, so that a key in constant use takes thousands of steps to find.
 */
export class BoundedMap<K, V> {
  readonly #limit: number
  readonly #weightOf: (key: K) => number
  readonly #entries = new Map<K, Entry<K, V>>()
  #oldest: Entry<K, V> | undefined
  #newest: Entry<K, V> | undefined
  #weight = 0

  /**
   * @param limit - how much is kept, in the unit of `weightOf`.
   * @param weightOf - the weight of an entry, which depends on its key alone; 1 by default, so that the limit counts entries.
   */
  constructor(limit: number, weightOf: (key: K) => number = one) {
    this.#limit = limit
    this.#weightOf = weightOf
  }

  get size(): number {
    return this.#entries.size
  }

  /** Counts as a use. */
  get(key: K): V | undefined {
    const entry = this.#entries.get(key)
    if (entry) this.#use(entry)
    return entry?.value
  }

  /** Adds or replaces, and forgets what no longer fits; an entry heavier than the limit is itself not kept. */
  set(key: K, value: V): void {
    const known = this.#entries.get(key)
    if (known) {
      known.value = value
      this.#use(known)
      return
    }
    const entry = { key, value, weight: this.#weightOf(key), older: undefined, newer: undefined }
    this.#entries.set(key, entry)
    this.#append(entry)
    this.#weight += entry.weight
    while (this.#weight > this.#limit && this.#oldest) this.delete(this.#oldest.key)
  }

  delete(key: K): void {
    const entry = this.#entries.get(key)
    if (!entry) return
    this.#entries.delete(key)
    this.#unlink(entry)
    this.#weight -= entry.weight
  }

  #use(entry: Entry<K, V>): void {
    if (entry === this.#newest) return
    this.#unlink(entry)
    this.#append(entry)
  }

  #append(entry: Entry<K, V>): void {
    entry.older = this.#newest
    if (this.#newest) this.#newest.newer = entry
    else this.#oldest = entry
    this.#newest = entry
  }

  #unlink(entry: Entry<K, V>): void {
    const { older, newer } = entry
    if (older) older.newer = newer
    else this.#oldest = newer
    if (newer) newer.older = older
    else this.#newest = older
    entry.older = undefined
    entry.newer = undefined
  }
}

const one = () => 1
