import { MathError } from './expression.ts'
import { fill } from './fill.ts'
import type { PointBudget } from './point-budget.ts'
import {
  inOrder,
  listOf,
  type MathValue,
  mapped,
  mapValue,
  type Series,
  scalar,
  scalarIn,
  seriesIn,
  single,
} from './values.ts'

/** What functions know of the request beside their arguments. */
export interface MathRange {
  /** Epoch seconds: the beginning of the first period, and the end of the range. */
  start: number
  end: number
  /** The shortest period of the request's metrics. */
  periodSeconds: number
  budget: PointBudget
}

export type MathFunction = (values: readonly MathValue[], range: MathRange) => MathValue

const needs = (values: readonly MathValue[], name: string, least: number, most = least) => {
  if (values.length < least || values.length > most) {
    const wanted = least === most ? `${least}` : `${least} to ${most}`
    throw new MathError(`${name} takes ${wanted} argument${most === 1 ? '' : 's'}, and has ${values.length}.`)
  }
}

/** Changes each value by itself. */
const each =
  (name: string, change: (value: number, at?: number) => number): MathFunction =>
  (values) => {
    needs(values, name, 1)
    return mapValue(values[0] as MathValue, name, change)
  }

/** Makes one number of a series, and one series of several. @param reduce - never gets an empty list. */
const reduced =
  (name: string, reduce: (values: readonly number[]) => number): MathFunction =>
  (values) => {
    needs(values, name, 1)
    const [given] = values
    if (given?.kind === 'scalar') return scalar(reduce([given.value]))
    if (given?.kind === 'series') {
      const all = [...given.series.points.values()]
      // A series without data has no number; it stays a series without data.
      return all.length === 0 ? single(given.series) : scalar(reduce(all))
    }
    return single(acrossSeries(seriesIn(given, name), name, reduce))
  }

/** At each time, one value of those that the series have then. */
function acrossSeries(all: readonly Series[], name: string, reduce: (values: readonly number[]) => number): Series {
  const byTime = new Map<number, number[]>()
  for (const { points } of all) {
    for (const [at, value] of points) {
      const known = byTime.get(at)
      if (known) known.push(value)
      else byTime.set(at, [value])
    }
  }
  const points = inOrder([...byTime].map(([at, values]) => [at, reduce(values)] as const))
  const periodSeconds = all.reduce((longest, series) => Math.max(longest, series.periodSeconds), 1)
  return { id: '', label: name, periodSeconds, points }
}

/** Compares each point of a series with the one before it. */
const stepwise =
  (name: string, step: (change: number, seconds: number) => number): MathFunction =>
  (values) => {
    needs(values, name, 1)
    return onEach(values[0], name, (series) => {
      let before: readonly [at: number, value: number] | undefined
      return mapped(series, (value, at) => {
        const result = before && step(value - before[1], at - before[0])
        before = [at, value]
        return result
      })
    })
  }

export function onEach(value: MathValue | undefined, name: string, change: (series: Series) => Series): MathValue {
  if (value?.kind === 'series') return single(change(value.series))
  return listOf(seriesIn(value, name).map(change))
}

/** A calendar part of each point's time, in UTC. */
const part =
  (name: string, read: (date: Date) => number): MathFunction =>
  (values) => {
    needs(values, name, 1)
    return onEach(values[0], name, (series) => mapped(series, (_value, at) => read(new Date(at * 1000))))
  }

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0)
const average = (values: readonly number[]) => sum(values) / values.length
const least = (values: readonly number[]) => values.reduce((low, value) => Math.min(low, value))
const greatest = (values: readonly number[]) => values.reduce((high, value) => Math.max(high, value))

function standardDeviation(values: readonly number[]): number {
  const mean = average(values)
  return Math.sqrt(average(values.map((value) => (value - mean) ** 2)))
}

const reducers = { AVG: average, MAX: greatest, MIN: least, SUM: sum }

function runningSum(values: readonly MathValue[]): MathValue {
  needs(values, 'RUNNING_SUM', 1)
  return onEach(values[0], 'RUNNING_SUM', (series) => {
    let total = 0
    return mapped(series, (value) => {
      total += value
      return total
    })
  })
}

/** `SORT(list, SUM, DESC, 3)` */
function sort(values: readonly MathValue[]): MathValue {
  needs(values, 'SORT', 3, 4)
  const [list, by, order, limit] = values
  const reduce =
    by?.kind === 'text' && Object.hasOwn(reducers, by.value) ? reducers[by.value as keyof typeof reducers] : undefined
  if (!reduce) throw new MathError('SORT needs one of AVG, MAX, MIN and SUM as its second argument.')
  if (order?.kind !== 'text' || !['ASC', 'DESC'].includes(order.value)) {
    throw new MathError('SORT needs ASC or DESC as its third argument.')
  }
  const weights = seriesIn(list, 'SORT').map((series) => {
    const all = [...series.points.values()]
    return { series, weight: all.length === 0 ? undefined : reduce(all) }
  })
  const sign = order.value === 'ASC' ? 1 : -1
  // Series without data come last either way.
  weights.sort((a, b) => {
    if (a.weight === undefined || b.weight === undefined)
      return Number(a.weight === undefined) - Number(b.weight === undefined)
    return sign * (a.weight - b.weight)
  })
  const most = limit === undefined ? weights.length : scalarIn(limit, 'SORT')
  return listOf(weights.slice(0, most).map(({ series }) => series))
}

/** `SLICE(list, 0, 3)` is the first three; `SLICE(list, 2)` the third alone. */
function slice(values: readonly MathValue[]): MathValue {
  needs(values, 'SLICE', 2, 3)
  const list = seriesIn(values[0], 'SLICE')
  const start = scalarIn(values[1], 'SLICE')
  const end = values[2] === undefined ? undefined : scalarIn(values[2], 'SLICE')
  if (end !== undefined) return listOf(list.slice(start, end))
  const one = list[start]
  if (!one) throw new MathError('SLICE names a time series that the list does not have.')
  return single(one)
}

/** First or last of a list of series. */
const place =
  (name: string, index: number): MathFunction =>
  (values) => {
    needs(values, name, 1)
    const [given] = values
    if (given?.kind === 'list') {
      const one = given.series.at(index)
      if (!one) throw new MathError(`${name} was given a list without time series.`)
      return single(one)
    }
    const all = [...(seriesIn(given, name)[0]?.points.values() ?? [])]
    const value = all.at(index)
    return value === undefined ? (given as MathValue) : scalar(value)
  }

function period(values: readonly MathValue[]): MathValue {
  needs(values, 'PERIOD', 1)
  const [series] = seriesIn(values[0], 'PERIOD')
  if (!series) throw new MathError('PERIOD was given a list without time series.')
  return scalar(series.periodSeconds)
}

/** A number as a series: in each period of the range. */
function timeSeries(values: readonly MathValue[], { periodSeconds, ...range }: MathRange): MathValue {
  needs(values, 'TIME_SERIES', 1)
  const value = scalarIn(values[0], 'TIME_SERIES')
  return fill(single({ id: '', label: 'TIME_SERIES', periodSeconds, points: new Map() }), scalar(value), range)
}

/**
 * The functions of metric math, by name.
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html#metric-math-syntax-functions-list
 */
export const mathFunctions: Readonly<Record<string, MathFunction>> = {
  ABS: each('ABS', Math.abs),
  CEIL: each('CEIL', Math.ceil),
  FLOOR: each('FLOOR', Math.floor),
  LOG: each('LOG', Math.log),
  LOG10: each('LOG10', Math.log10),
  AVG: reduced('AVG', average),
  MAX: reduced('MAX', greatest),
  MIN: reduced('MIN', least),
  SUM: reduced('SUM', sum),
  STDDEV: reduced('STDDEV', standardDeviation),
  DATAPOINT_COUNT: reduced('DATAPOINT_COUNT', (values) => values.length),
  METRIC_COUNT(values) {
    needs(values, 'METRIC_COUNT', 1)
    return scalar(seriesIn(values[0], 'METRIC_COUNT').length)
  },
  DIFF: stepwise('DIFF', (change) => change),
  DIFF_TIME: stepwise('DIFF_TIME', (_change, seconds) => seconds),
  RATE: stepwise('RATE', (change, seconds) => change / seconds),
  RUNNING_SUM: runningSum,
  EPOCH: part('EPOCH', (date) => date.getTime() / 1000),
  MINUTE: part('MINUTE', (date) => date.getUTCMinutes()),
  HOUR: part('HOUR', (date) => date.getUTCHours()),
  // Monday is 1 and Sunday is 7.
  DAY: part('DAY', (date) => date.getUTCDay() || 7),
  DATE: part('DATE', (date) => date.getUTCDate()),
  MONTH: part('MONTH', (date) => date.getUTCMonth() + 1),
  YEAR: part('YEAR', (date) => date.getUTCFullYear()),
  PERIOD: period,
  FIRST: place('FIRST', 0),
  LAST: place('LAST', -1),
  SLICE: slice,
  SORT: sort,
  TIME_SERIES: timeSeries,
  FILL(values, range) {
    needs(values, 'FILL', 2)
    return fill(values[0] as MathValue, values[1] as MathValue, range)
  },
  REMOVE_EMPTY(values) {
    needs(values, 'REMOVE_EMPTY', 1)
    return listOf(seriesIn(values[0], 'REMOVE_EMPTY').filter(({ points }) => points.size > 0))
  },
}

/** Functions of AWS that read what is not kept here. */
export const unsupportedFunctions: ReadonlySet<string> = new Set([
  ...['ANOMALY_DETECTION_BAND', 'DB_PERF_INSIGHTS', 'INSIGHT_RULE_METRIC', 'LAMBDA', 'SEARCH', 'SERVICE_QUOTA'],
])
