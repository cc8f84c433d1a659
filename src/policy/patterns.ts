import type { Steps } from '../core/turns.ts'
import type { ContextReader } from './context-reader.ts'
import type { RequestText } from './request-text.ts'
import type { Matcher } from './wildcard.ts'
import { comparisonCost, indexCost, type WorkMeter, workAtATime } from './work.ts'

/** Alternatives that one value of a request is compared with. Each is compiled when it is first compared: a policy has thousands. */
export class Patterns {
  readonly #texts: readonly string[]
  readonly #compile: (text: string) => Matcher
  readonly #compiled: (Matcher | undefined)[]
  readonly #meanLength: number

  constructor(texts: readonly string[], compile: (text: string) => Matcher) {
    this.#texts = texts
    this.#compile = compile
    this.#compiled = texts.map(() => undefined)
    this.#meanLength = texts.reduce((sum, { length }) => sum + length, 0) / texts.length
  }

  /** Returns whether one of them fits, found without a pause; undefined if that could take too long. A generator costs more than this. */
  fitAtOnce(value: RequestText, context: ContextReader, meter: WorkMeter): boolean | undefined {
    const { length } = this.#texts
    if (length === 0) return false
    const work = indexCost(value.text.length) + length * comparisonCost(value.text.length, this.#meanLength)
    return work <= workAtATime && meter.affords(work) ? this.#oneFits(value, context, 0, length) : undefined
  }

  /** Whether one of them fits. */
  *fit(value: RequestText, context: ContextReader, meter: WorkMeter): Steps<boolean> {
    if (meter.spend(indexCost(value.text.length))) yield
    const cost = comparisonCost(value.text.length, this.#meanLength)
    const atATime = Math.max(1, Math.floor(workAtATime / cost))
    for (let from = 0; from < this.#texts.length; from += atATime) {
      const to = Math.min(from + atATime, this.#texts.length)
      if (meter.spend(cost * (to - from))) yield
      if (this.#oneFits(value, context, from, to)) return true
    }
    return false
  }

  /** A loop of its own: a generator runs it half as fast. */
  #oneFits(value: RequestText, context: ContextReader, from: number, to: number): boolean {
    for (let index = from; index < to; index++) {
      if (this.#at(index)(value, context)) return true
    }
    return false
  }

  #at(index: number): Matcher {
    const known = this.#compiled[index]
    if (known) return known
    const compiled = this.#compile(this.#texts[index] ?? '')
    this.#compiled[index] = compiled
    return compiled
  }
}
