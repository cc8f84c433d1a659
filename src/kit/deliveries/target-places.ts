/** Requests to one address. */
interface Target {
  /** How many are under way, and how many of these are slow. */
  underWay: number
  slow: number
  /** How long the last one took. */
  tookMs: number
  /** Those that wait for a place. */
  waiting: Set<() => void>
  /** On the machine's clock: when the next of those may begin that found no place. */
  turnMs: number
}

/** The places of requests to addresses outside: so many at a time for each address. */
export class TargetPlaces {
  readonly #most: number
  readonly #targets = new Map<string, Target>()

  constructor(most: number) {
    this.#most = most
  }

  /** Takes a place, or waits for one for a time; not where all are held by slow requests. @returns whether it was taken. */
  async take(arn: string, patienceMs: number): Promise<boolean> {
    const target = this.#of(arn)
    if (target.underWay >= this.#most && target.slow < this.#most) await waitFor(target.waiting, patienceMs)
    if (target.underWay >= this.#most) return false
    target.underWay++
    return true
  }

  /** Notes that a request is slow. */
  noteSlow(arn: string): void {
    this.#of(arn).slow++
  }

  /** Gives a place back. */
  giveBack(arn: string, { tookMs, isSlow }: { tookMs: number; isSlow: boolean }): void {
    const target = this.#of(arn)
    target.underWay--
    if (isSlow) target.slow--
    target.tookMs = tookMs
    const [next] = target.waiting
    if (next) next()
    else if (target.underWay === 0) this.#targets.delete(arn)
  }

  /**
   * Gives a delivery that found no place a turn: one after the other, at the pace of the address.
   * @param leastMs - how long a slow request takes at least.
   * @returns in how many milliseconds it may be made.
   */
  turnInMs(arn: string, leastMs: number): number {
    const target = this.#of(arn)
    const nowMs = performance.now()
    const turnMs = Math.max(target.turnMs, nowMs) + Math.max(target.tookMs, leastMs) / this.#most
    target.turnMs = turnMs
    return Math.ceil(turnMs - nowMs)
  }

  #of(arn: string): Target {
    let target = this.#targets.get(arn)
    if (!target) {
      target = { underWay: 0, slow: 0, tookMs: 0, waiting: new Set(), turnMs: 0 }
      this.#targets.set(arn, target)
    }
    return target
  }
}

async function waitFor(waiting: Set<() => void>, ms: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const end = () => {
    waiting.delete(end)
    resolve()
  }
  waiting.add(end)
  const timer = setTimeout(end, ms)
  await promise
  clearTimeout(timer)
}
