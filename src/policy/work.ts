/** Estimates of what parts of an evaluation take, in nanoseconds of a slow processor. */
export const cost = {
  /** To look a policy up that was compiled before. */
  policy: 300,
  /** To compile a policy, and to find its statements about an action: for each character. */
  character: 60,
  /** To compare a statement, without its patterns. */
  statement: 700,
  /** To look for a condition key. */
  key: 60,
  /** To compare a value with a pattern, whatever their lengths. */
  comparison: 100,
} as const

/** Returns what to compare a value with a pattern of some length takes at most: see `Occurrences`. */
export const comparisonCost = (valueLength: number, patternLength: number): number =>
  cost.comparison + (valueLength * patternLength) / 16

/** Returns what to look up takes where each character of a long value occurs, which many of its comparisons need. */
export const indexCost = (valueLength: number): number => (valueLength < longValue ? 0 : valueLength * 50)

const longValue = 1024

/** Adds up estimates, so that an evaluation pauses only after a good deal of work: ordinary ones never do. */
export class WorkMeter {
  #left: number = workOfStep

  /** Counts work that is done at once, if it still fits before the next pause. */
  affords(nanoseconds: number): boolean {
    if (this.#left < nanoseconds) return false
    this.#left -= nanoseconds
    return true
  }

  /** @returns whether the steps must pause before they do the work. */
  spend(nanoseconds: number): boolean {
    this.#left -= nanoseconds
    if (this.#left >= 0) return false
    this.#left = workOfStep
    return true
  }
}

/** What ordinary evaluations stay far below: a request with twenty policies of five statements takes half of it. */
const workOfStep = 250_000

/** Comparisons are counted so many together, in nanoseconds. */
export const workAtATime = 50_000
