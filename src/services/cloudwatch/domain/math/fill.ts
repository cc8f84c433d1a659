import { MathError } from './expression.ts'
import type { PointBudget } from './point-budget.ts'
import { listOf, type MathValue, type Series, seriesIn, single } from './values.ts'

/** As many points as one answer may have. */
const mostPoints = 100_800

export interface FillRange {
  start: number
  end: number
  budget: PointBudget
}

/** Fills the gaps of series: with a number, or by `REPEAT` or `LINEAR` from the points around them. */
export function fill(value: MathValue, filling: MathValue, range: FillRange): MathValue {
  const filled = seriesIn(value, 'FILL').map((series, place) => filledSeries(series, fillerOf(filling, place), range))
  const [only] = filled
  return value.kind === 'series' && only ? single(only) : listOf(filled)
}

/** Gives a value at a time; the points before and behind it are given where there are any. */
type Filler = (at: number, before: Point | undefined, after: Point | undefined) => number | undefined
type Point = readonly [at: number, value: number]

function fillerOf(filling: MathValue, place: number): Filler {
  if (filling.kind === 'scalar') return () => filling.value
  if (filling.kind === 'text' && filling.value === 'REPEAT') return (_at, before) => before?.[1]
  if (filling.kind === 'text' && filling.value === 'LINEAR') {
    return (at, before, after) =>
      before && after && before[1] + ((after[1] - before[1]) * (at - before[0])) / (after[0] - before[0])
  }
  if (filling.kind === 'text') throw new MathError('FILL needs a number, REPEAT, LINEAR or a time series.')
  const other = filling.kind === 'series' ? filling.series : filling.series[place]
  return (at) => other?.points.get(at)
}

function filledSeries(series: Series, filler: Filler, { start, end, budget }: FillRange): Series {
  const { periodSeconds } = series
  if ((end - start) / periodSeconds > mostPoints) {
    throw new MathError(`FILL would make more than ${mostPoints} data points: use a longer period or a shorter range.`)
  }
  budget.take((end - start) / periodSeconds)
  const known: readonly Point[] = [...series.points]
  const points = new Map<number, number>()
  let next = 0
  // Where the periods of the series begin: below a minute, the range may begin elsewhere.
  const phase = (known[0]?.[0] ?? start) % periodSeconds
  const first = start + ((phase - (start % periodSeconds) + periodSeconds) % periodSeconds)
  for (let at = first; at < end; at += periodSeconds) {
    while ((known[next]?.[0] ?? Number.POSITIVE_INFINITY) < at) next++
    const value = series.points.get(at) ?? filler(at, known[next - 1], known[next])
    if (value !== undefined) points.set(at, value)
  }
  return { ...series, points }
}
