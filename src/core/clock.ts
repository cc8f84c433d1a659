/** The one source of time. Handlers ask it; nothing in the product calls `Date.now()` but this file and what verifies signatures. */
export interface Clock {
  nowMs(): number
  now(): Date
  /** Calls back whenever the clock was moved, in development mode. @returns what ends that. */
  onMoved(listener: () => void): () => void
}

// Far enough for any rehearsal, and within what dates and four-digit years can say.
const latestMs = Date.parse('9000-01-01T00:00:00Z')

/** Returns true for a time that a clock may be set to: between 1970 and the year 9000. False for NaN, too. */
export const isClockTime = (timeMs: number): boolean => timeMs >= 0 && timeMs <= latestMs

/** A clock that runs with the wall clock from a point that can be moved. Only development mode hands one out. */
export class MovableClock implements Clock {
  #offsetMs = 0
  readonly #listeners = new Set<() => void>()

  nowMs(): number {
    return Date.now() + this.#offsetMs
  }

  now(): Date {
    return new Date(this.nowMs())
  }

  set(timeMs: number): void {
    this.#offsetMs = timeMs - Date.now()
    for (const listener of this.#listeners) listener()
  }

  onMoved(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Back to a time, or to the time of day. */
  reset(start?: Date): void {
    this.#offsetMs = start ? start.getTime() - Date.now() : 0
  }
}
