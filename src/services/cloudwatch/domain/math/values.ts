import { MathError } from './expression.ts'

/** A time series: values by the epoch second at which their period begins, in order of time. */
export interface Series {
  /** The id of the query that it comes from, or what a list of series calls it. */
  id: string
  label: string
  periodSeconds: number
  points: ReadonlyMap<number, number>
}

/** What an expression evaluates to. */
export type MathValue =
  | { kind: 'scalar'; value: number }
  | { kind: 'series'; series: Series }
  | { kind: 'list'; series: readonly Series[] }
  | { kind: 'text'; value: string }

export const scalar = (value: number): MathValue => ({ kind: 'scalar', value })
export const single = (series: Series): MathValue => ({ kind: 'series', series })
export const listOf = (series: readonly Series[]): MathValue => ({ kind: 'list', series })

/** Puts points in order of time. */
export const inOrder = (points: Iterable<readonly [number, number]>): Map<number, number> =>
  new Map([...points].sort(([a], [b]) => a - b))

/** A series with each value changed; a result that is not a number leaves its point out. */
export function mapped(series: Series, change: (value: number, at: number) => number | undefined): Series {
  const points = new Map<number, number>()
  for (const [at, value] of series.points) {
    const result = change(value, at)
    if (result !== undefined && Number.isFinite(result)) points.set(at, result)
  }
  return { ...series, points }
}

/** Applies an operation to one value: to a number, to a series, or to each series of a list. */
export function mapValue(value: MathValue, name: string, change: (value: number, at?: number) => number): MathValue {
  if (value.kind === 'scalar') return scalar(finite(change(value.value), name))
  if (value.kind === 'series') return single(mapped(value.series, change))
  if (value.kind === 'list') return listOf(value.series.map((series) => mapped(series, change)))
  throw new MathError(`${name} cannot be applied to a text.`)
}

/** Applies an operation to two values. Of two series, points that both have; a list with each of its series. */
export function combine(
  left: MathValue,
  right: MathValue,
  name: string,
  operation: (left: number, right: number) => number,
): MathValue {
  if (left.kind === 'text' || right.kind === 'text') throw new MathError(`${name} cannot be applied to a text.`)
  if (left.kind === 'list' && right.kind === 'list') {
    throw new MathError(`${name} cannot be applied to two lists of time series.`)
  }
  if (left.kind === 'scalar' && right.kind === 'scalar') return scalar(finite(operation(left.value, right.value), name))
  if (left.kind === 'list') return listOf(left.series.map((series) => combined(single(series), right, operation)))
  if (right.kind === 'list') return listOf(right.series.map((series) => combined(left, single(series), operation)))
  return single(combined(left, right, operation))
}

type One = Extract<MathValue, { kind: 'scalar' | 'series' }>

function combined(left: MathValue, right: MathValue, operation: (left: number, right: number) => number): Series {
  if (left.kind === 'series' && right.kind === 'series') {
    const other = right.series.points
    const both = mapped(left.series, (value, at) => {
      const second = other.get(at)
      return second === undefined ? undefined : operation(value, second)
    })
    return { ...both, periodSeconds: Math.max(left.series.periodSeconds, right.series.periodSeconds) }
  }
  const [one, two] = [left as One, right as One]
  if (one.kind === 'series')
    return mapped(one.series, (value) => operation(value, two.kind === 'scalar' ? two.value : 0))
  if (two.kind === 'series')
    return mapped(two.series, (value) => operation(one.kind === 'scalar' ? one.value : 0, value))
  throw new MathError('A time series is needed.')
}

function finite(value: number, name: string): number {
  if (!Number.isFinite(value)) throw new MathError(`The result of ${name} is not a number.`)
  return value
}

/** @throws MathError - it is something else. */
export function seriesIn(value: MathValue | undefined, name: string): readonly Series[] {
  if (value?.kind === 'series') return [value.series]
  if (value?.kind === 'list') return value.series
  throw new MathError(`${name} needs a time series.`)
}

export function scalarIn(value: MathValue | undefined, name: string): number {
  if (value?.kind === 'scalar') return value.value
  throw new MathError(`${name} needs a number.`)
}
