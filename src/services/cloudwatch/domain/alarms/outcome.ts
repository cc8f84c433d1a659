import { secondMs } from '../../../../core/durations.ts'
import type { Comparison, MissingData, StateValue } from './alarm.ts'
import { Double, doubleText, writeJson, zonedTime } from './java-numbers.ts'

/** A data point of an alarm's evaluation range. */
export interface AlarmPoint {
  /** Epoch seconds: where its period begins. */
  at: number
  value: number
  sampleCount?: number
}

export interface Evaluated {
  /** The periods of the evaluation range, the oldest first; undefined where there are no data. */
  range: readonly (AlarmPoint | undefined)[]
  evaluationPeriods: number
  datapointsToAlarm: number
  comparison: Comparison
  threshold: number
  treatMissingData: MissingData
  /** Percentiles of fewer values change nothing. */
  leastSamples?: number
  /** For the reason's data. */
  statistic: string | undefined
  periodSeconds: number
  unit: string | undefined
  nowMs: number
}

export interface Outcome {
  value: StateValue
  reason: string
  reasonData: string
}

/** Returns how many periods are read for so many that are evaluated: more, because some may have no data. */
export const rangePeriods = (evaluationPeriods: number): number => evaluationPeriods + 2

/**
 * Decides over the state of an alarm.
 * @returns undefined where the alarm stays as it is.
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
 */
export function outcomeOf(evaluated: Evaluated): Outcome | undefined {
  const { range, evaluationPeriods, datapointsToAlarm, comparison, threshold, treatMissingData } = evaluated
  const real = range.filter((point) => point !== undefined)
  const points = real.slice(-evaluationPeriods)
  const { leastSamples = 0 } = evaluated
  if (points.some(({ sampleCount = Number.POSITIVE_INFINITY }) => sampleCount < leastSamples)) return undefined
  const breaches = comparisons[comparison]
  const breaching = points.filter(({ value }) => breaches(value, threshold))
  const filled = Math.max(evaluationPeriods - points.length, 0)
  const facts: Facts = { evaluated, points, breaching, filled }
  if (filled === 0 || breaching.length >= datapointsToAlarm)
    return decided(facts, breaching.length >= datapointsToAlarm)
  if (treatMissingData === 'breaching') return decided(facts, breaching.length + filled >= datapointsToAlarm)
  if (treatMissingData === 'notBreaching') return decided(facts, false)
  if (points.length === 0) return treatMissingData === 'ignore' ? undefined : insufficient(facts)
  if (breaching.length < points.length) return decided(facts, false)
  // All there is breaches, and there is too little of it: it counts once it is as old as that many data points.
  if (treatMissingData === 'ignore') return undefined
  const age = range.length - range.findIndex((point) => point !== undefined)
  return decided(facts, age >= datapointsToAlarm)
}

const comparisons: Readonly<Record<Comparison, (value: number, threshold: number) => boolean>> = {
  GreaterThanOrEqualToThreshold: (value, threshold) => value >= threshold,
  GreaterThanThreshold: (value, threshold) => value > threshold,
  LessThanThreshold: (value, threshold) => value < threshold,
  LessThanOrEqualToThreshold: (value, threshold) => value <= threshold,
}

const comparisonWords: Readonly<Record<Comparison, string>> = {
  GreaterThanOrEqualToThreshold: 'greater than or equal to',
  GreaterThanThreshold: 'greater than',
  LessThanThreshold: 'less than',
  LessThanOrEqualToThreshold: 'less than or equal to',
}

interface Facts {
  evaluated: Evaluated
  /** What was evaluated, the oldest first. */
  points: readonly AlarmPoint[]
  breaching: readonly AlarmPoint[]
  /** How many periods had no data. */
  filled: number
}

const decided = (facts: Facts, isAlarm: boolean): Outcome => ({
  value: isAlarm ? 'ALARM' : 'OK',
  reason: `Threshold Crossed: ${reasonOf(facts, isAlarm)}.`,
  reasonData: dataOf(facts),
})

function insufficient(facts: Facts): Outcome {
  const { evaluationPeriods } = facts.evaluated
  const unknown = evaluationPeriods === 1 ? '1 datapoint was' : `${evaluationPeriods} datapoints were`
  return { value: 'INSUFFICIENT_DATA', reason: `Insufficient Data: ${unknown} unknown.`, reasonData: dataOf(facts) }
}

function reasonOf({ evaluated, points, breaching, filled }: Facts, isAlarm: boolean): string {
  const { evaluationPeriods, datapointsToAlarm, comparison, threshold } = evaluated
  const missing = missingWords(evaluated, filled)
  const periods = evaluationPeriods === 1 ? '1 period' : `${evaluationPeriods} periods`
  if (points.length === 0) return `no datapoints were received for ${periods}${missing}`
  const shown = isAlarm ? breaching : points.filter((point) => !breaching.includes(point))
  if (shown.length === 0) {
    const received = points.length === 1 ? '1 datapoint was' : `${points.length} datapoints were`
    return `${received} received for ${periods}${missing}`
  }
  const verb = shown.length === 1 ? 'was' : 'were'
  const compared = `${verb} ${isAlarm ? '' : 'not '}${comparisonWords[comparison]} the threshold (${doubleText(threshold)})`
  const listed = `[${shown.toReversed().slice(0, mostListed).map(pointText).join(', ')}]`
  const counted = `${shown.length} out of the last ${evaluationPeriods} datapoints`
  const least = isAlarm ? datapointsToAlarm : evaluationPeriods - datapointsToAlarm + 1
  const change = isAlarm ? 'OK -> ALARM' : 'ALARM -> OK'
  const minimum = ` (minimum ${least} ${least === 1 ? 'datapoint' : 'datapoints'} for ${change} transition)`
  if (shown.length < mostListed) return `${counted} ${listed} ${compared}${missing}${minimum}`
  const crossed = isAlarm ? 'crossed' : 'did not cross'
  return `${counted} ${compared}${missing}. The most recent datapoints which ${crossed} the threshold: ${listed}${minimum}`
}

/** A reason lists so many data points at most. */
const mostListed = 5

function missingWords({ treatMissingData }: Evaluated, filled: number): string {
  const treated = { breaching: 'Breaching', notBreaching: 'NonBreaching', missing: undefined, ignore: undefined }[
    treatMissingData
  ]
  if (filled === 0 || treated === undefined) return ''
  return ` and ${filled} missing ${filled === 1 ? 'datapoint was' : 'datapoints were'} treated as [${treated}]`
}

/** `5.0 (14/11/23 22:13:00)` */
function pointText({ value, at }: AlarmPoint): string {
  const [date = '', time = ''] = new Date(at * secondMs).toISOString().split('T')
  const [year = '', month, day] = date.split('-')
  return `${doubleText(value)} (${day}/${month}/${year.slice(2)} ${time.slice(0, 8)})`
}

function dataOf({ evaluated, points }: Facts): string {
  const { nowMs, statistic, periodSeconds, unit, threshold } = evaluated
  const [oldest] = points
  return writeJson({
    version: '1.0',
    queryDate: zonedTime(nowMs),
    startDate: oldest && zonedTime(oldest.at * secondMs),
    unit,
    statistic,
    period: periodSeconds,
    recentDatapoints: points.map(({ value }) => new Double(value)),
    threshold: new Double(threshold),
    evaluatedDatapoints: points.toReversed().map(({ at, value, sampleCount }) => ({
      timestamp: zonedTime(at * secondMs),
      sampleCount: sampleCount === undefined ? undefined : new Double(sampleCount),
      value: new Double(value),
    })),
  })
}
