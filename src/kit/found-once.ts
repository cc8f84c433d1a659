import type { Awaitable } from '../core/awaitable.ts'

/**
 * The resources of one kind that one call is about. Each is looked up once, so that the resource that was authorised is the
 * one that the handler uses, whatever changes in between. A service makes one with the context of each call. Transactions
 * do not use it: they read again what their change depends on.
 */
export class FoundOnce<Found> {
  readonly #found = new Map<string, Awaitable<Found>>()

  /**
   * Finds what a name stands for: at once when the call has found it before, or the look-up gives it at once.
   * @param name - tells what the call is about apart.
   * @param lookUp - what it throws, or rejects with, is not kept. Absence is kept: it is a value of `Found`.
   */
  find(name: string, lookUp: () => Awaitable<Found>): Awaitable<Found> {
    const known = this.#found.get(name)
    // `has` alone says that something was found to be absent.
    if (known !== undefined || this.#found.has(name)) return known as Awaitable<Found>
    const looked = lookUp()
    const kept = looked instanceof Promise ? this.#settled(name, looked) : looked
    this.#found.set(name, kept)
    return kept
  }

  /** Returns what was found under a name before; undefined while it is looked up. */
  known(name: string): Found | undefined {
    const known = this.#found.get(name)
    return known instanceof Promise ? undefined : known
  }

  async #settled(name: string, looking: Promise<Found>): Promise<Found> {
    try {
      const found = await looking
      this.#found.set(name, found)
      return found
    } catch (error) {
      this.#found.delete(name)
      throw error
    }
  }
}
