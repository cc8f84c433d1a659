import { MathError } from './expression.ts'
import type { MathValue } from './values.ts'

/** How many points the queries of a request may make, those between their results among them: some 80 MB. */
const mostPoints = 1_500_000

/** What the queries of one request may still make: a short text can ask for a great many points. */
export class PointBudget {
  #left = mostPoints

  /** @throws MathError - there is not so much left. */
  take(points: number): void {
    this.#left -= points
    if (this.#left < 0) {
      throw new MathError(
        `The queries make more than ${mostPoints} data points: use longer periods or a shorter range.`,
      )
    }
  }

  /** @throws MathError */
  takeValue(value: MathValue): void {
    if (value.kind === 'series') this.take(value.series.points.size)
    else if (value.kind === 'list') for (const { points } of value.series) this.take(points.size)
  }
}
