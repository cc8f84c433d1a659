/**
 * A map of bounded size, for what can be made again: when it is full, it forgets what was used longest ago. Keys may be
 * texts that callers make up.
 *
 * Below half of its limit nothing will be forgotten soon: reading then leaves the order alone, which costs no more than a Map.
 */
export class BoundedMap<K, V> {
  readonly #limit: number
  readonly #weightOf: (key: K) => number
  /** From half of the limit on, the one used longest ago first. */
  readonly #entries = new Map<K, V>()
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
    const value = this.#entries.get(key)
    if (value !== undefined && this.#weight * 2 > this.#limit) this.#touch(key, value)
    return value
  }

  /** Adds or replaces, and forgets what no longer fits; an entry heavier than the limit is itself not kept. */
  set(key: K, value: V): void {
    if (this.#entries.has(key)) {
      this.#touch(key, value)
      return
    }
    this.#entries.set(key, value)
    this.#weight += this.#weightOf(key)
    for (const [oldest] of this.#entries) {
      if (this.#weight <= this.#limit) return
      this.delete(oldest)
    }
  }

  delete(key: K): void {
    if (this.#entries.delete(key)) this.#weight -= this.#weightOf(key)
  }

  #touch(key: K, value: V): void {
    this.#entries.delete(key)
    this.#entries.set(key, value)
  }
}

const one = () => 1
