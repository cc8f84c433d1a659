import type { Aggregate } from './aggregate.ts'

/** Reads one number from the statistics of a period; undefined where they do not say. */
export type Statistic = (aggregate: Aggregate) => number | undefined

const simple: Readonly<Record<string, Statistic>> = {
  SampleCount: ({ count }) => count,
  Average: ({ sum, count }) => sum / count,
  Sum: ({ sum }) => sum,
  Minimum: ({ min }) => min,
  Maximum: ({ max }) => max,
}

export const isSimpleStatistic = (name: string): boolean => Object.hasOwn(simple, name)

/**
 * Reads the name of a statistic: `Average`, `p99.9`, `tm90`, `TM(10%:90%)`, `PR(:300)`, `IQM`.
 * @returns undefined for what is not one.
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Statistics-definitions.html
 */
export function readStatistic(name: string): Statistic | undefined {
  if (isSimpleStatistic(name)) return simple[name]
  return readExtendedStatistic(name)
}

/** Does what `readStatistic` does, for those alone that ExtendedStatistics takes. */
export function readExtendedStatistic(name: string): Statistic | undefined {
  if (name === 'IQM') return overRange('TM', { percent: true, low: 25, high: 75 })
  const [, short, percent] = shortForm.exec(name) ?? []
  if (short !== undefined) {
    if (Number(percent) > 100) return undefined
    return short === 'p' ? percentile(Number(percent)) : overRange(short, { percent: true, high: Number(percent) })
  }
  const [, long, bounds = ''] = longForm.exec(name) ?? []
  if (long === undefined) return undefined
  const range = readRange(bounds)
  // A percentile rank is asked of values, and what is winsorized is a percentage.
  if (!range || (long === 'PR' && range.percent) || (long === 'WM' && !range.percent)) return undefined
  return overRange(long, range)
}

const shortForm = /^(p|tm|tc|ts|wm)(\d{1,3}(?:\.\d{0,10})?)$/
const longForm = /^(TM|TC|TS|WM|PR)\(([^)]*)\)$/

/** Bounds of a range: percentages of the values, or values. The lower one is left out, the upper one belongs to it. */
interface Range {
  percent: boolean
  low?: number
  high?: number
}

function readRange(bounds: string): Range | undefined {
  const [, low = '', high = ''] = /^([^:]*):([^:]*)$/.exec(bounds) ?? []
  if (low === '' && high === '') return undefined
  const given = [low, high].filter((bound) => bound !== '')
  const percent = given.every((bound) => bound.endsWith('%'))
  if (!percent && given.some((bound) => bound.endsWith('%'))) return undefined
  const numbers = given.map((bound) => (percent ? bound.slice(0, -1) : bound))
  if (!numbers.every((text) => /^\d+(\.\d{0,10})?$/.test(text))) return undefined
  if (percent && numbers.some((text) => Number(text) > 100)) return undefined
  const read = (bound: string) => Number(bound.replace('%', ''))
  const range = { percent, ...(low !== '' && { low: read(low) }), ...(high !== '' && { high: read(high) }) }
  return range.low !== undefined && range.high !== undefined && range.low >= range.high ? undefined : range
}

/** The least value that at least so many percent of all are not above. AWS has none of metrics with negative values. */
function percentile(percent: number): Statistic {
  return ({ values, count, min }) => {
    if (!values || min < 0) return undefined
    return valueAt(sorted(values), Math.max(Math.ceil(rounded((count * percent) / 100)), 1))
  }
}

function overRange(name: string, range: Range): Statistic {
  const kind = name.toUpperCase()
  return ({ values, count }) => {
    if (!values) return undefined
    const all = sorted(values)
    const kept = range.percent ? byRank(all, count, range) : byValue(all, range)
    const keptCount = kept.reduce((sum, [, times]) => sum + times, 0)
    if (kind === 'TC') return keptCount
    if (kind === 'PR') return (100 * keptCount) / count
    const keptSum = kept.reduce((sum, [value, times]) => sum + value * times, 0)
    if (kind === 'TS') return keptSum
    const [lowest] = kept[0] ?? []
    const [highest] = kept.at(-1) ?? []
    if (lowest === undefined || highest === undefined) return undefined
    if (kind === 'TM') return keptSum / keptCount
    const { below } = ranksOf(count, range)
    return (keptSum + lowest * below + highest * (count - below - keptCount)) / count
  }
}

type Counted = readonly (readonly [value: number, times: number])[]

const sorted = (values: ReadonlyMap<number, number>): Counted => [...values].sort(([a], [b]) => a - b)

/** The value at a rank, 1 being that of the least. */
function valueAt(all: Counted, rank: number): number | undefined {
  let passed = 0
  for (const [value, times] of all) {
    passed += times
    if (passed >= rank) return value
  }
  return all.at(-1)?.[0]
}

/** How many values are below a range of percentages, and how many are not above it. */
const ranksOf = (count: number, { low = 0, high = 100 }: Range) => ({
  below: Math.floor(rounded((count * low) / 100)),
  notAbove: Math.ceil(rounded((count * high) / 100)),
})

/** Undoes what binary fractions add: 10 × 0.29 is not above 2.9. */
const rounded = (value: number) => Number(value.toPrecision(12))

function byRank(all: Counted, count: number, range: Range): Counted {
  const { below, notAbove } = ranksOf(count, range)
  const kept: [number, number][] = []
  let passed = 0
  for (const [value, times] of all) {
    const from = Math.max(passed, below)
    passed += times
    const to = Math.min(passed, notAbove)
    if (to > from) kept.push([value, to - from])
  }
  return kept
}

const byValue = (all: Counted, { low = Number.NEGATIVE_INFINITY, high = Number.POSITIVE_INFINITY }: Range): Counted =>
  all.filter(([value]) => value > low && value <= high)
