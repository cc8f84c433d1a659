import type { Dimension, MetricDatum, StatisticSet } from '@aws-sdk/client-cloudwatch'
import { dayMs, hourMs } from '../../../core/durations.ts'
import { type Aggregate, aggregateOf, statisticSet } from './aggregate.ts'
import { invalidCombination, invalidValue, missingParameter, mutuallyExclusive, tooMany } from './errors.ts'
import { type MetricDimension, sortedDimensions } from './series.ts'

/** A datum of a request, checked: what the series gets. */
export interface CheckedDatum {
  name: string
  dimensions: readonly MetricDimension[]
  unit: string
  atMs: number
  highResolution: boolean
  aggregate: Aggregate
}

const mostData = 1000
const mostValues = 150
const mostDimensions = 30
const oldestMs = 14 * dayMs

/** How far ahead of their time data may come. */
export const latestDataMs = 2 * hourMs

const largest = 2 ** 360

/** Returns whether a name is one that AWS keeps for its own services. */
export const isReservedNamespace = (namespace: string): boolean => namespace.startsWith('AWS/')

/**
 * Checks the data of a request as AWS does.
 * @param at - `MetricData`, or where else the list stands.
 * @throws ServiceError of the first thing that is wrong; nothing is kept then.
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDatum.html
 */
export function checkMetricData(data: readonly MetricDatum[], nowMs: number, at = 'MetricData'): CheckedDatum[] {
  if (data.length > mostData) throw tooMany(at, mostData)
  return data.map((datum, place) => checkDatum(datum, nowMs, `${at}.member.${place + 1}`))
}

function checkDatum(datum: MetricDatum, nowMs: number, at: string): CheckedDatum {
  const { MetricName: name, Unit: unit = 'None', StorageResolution: storageResolution = 60, Timestamp } = datum
  if (!name) throw missingParameter(`${at}.MetricName`)
  checkAscii(name, `${at}.MetricName`)
  if (storageResolution !== 1 && storageResolution !== 60) {
    throw invalidValue(`The parameter ${at}.StorageResolution must be a value in the set [ 1, 60 ].`)
  }
  const atMs = Timestamp?.getTime() ?? nowMs
  if (atMs < nowMs - oldestMs) {
    throw invalidValue(`The parameter ${at}.Timestamp must specify a time no more than two weeks in the past.`)
  }
  if (atMs > nowMs + latestDataMs) {
    throw invalidValue(`The parameter ${at}.Timestamp must specify a time within two hours of the current time.`)
  }
  const dimensions = checkDimensions(datum.Dimensions, `${at}.Dimensions`)
  return { name, dimensions, unit, atMs, highResolution: storageResolution === 1, aggregate: aggregateIn(datum, at) }
}

/** @throws ServiceError - too many, one without a name or value, letters that are not ASCII, or the same name twice. */
export function checkDimensions(given: readonly Dimension[] = [], at = 'Dimensions'): MetricDimension[] {
  if (given.length > mostDimensions) throw tooMany(at, mostDimensions)
  const names = new Set<string>()
  for (const [place, { Name, Value }] of given.entries()) {
    const member = `${at}.member.${place + 1}`
    if (!Name) throw missingParameter(`${member}.Name`)
    if (!Value) throw missingParameter(`${member}.Value`)
    checkAscii(Name, `${member}.Name`)
    checkAscii(Value, `${member}.Value`)
    if (Name.startsWith(':')) throw invalidValue(`The value ${Name} for parameter ${member}.Name is invalid.`)
    if (names.has(Name)) throw invalidValue(`The parameter ${at} has the dimension ${Name} more than once.`)
    names.add(Name)
  }
  return sortedDimensions(given)
}

function checkAscii(text: string, at: string): void {
  if (/[^\x20-\x7e]/.test(text))
    throw invalidValue(`The value ${text} for parameter ${at} contains non-ASCII characters.`)
  if (text.trim() === '') throw invalidValue(`The parameter ${at} must not be blank.`)
}

function aggregateIn({ Value, Values, Counts, StatisticValues }: MetricDatum, at: string): Aggregate {
  if (Value !== undefined && Values !== undefined) throw mutuallyExclusive(`${at}.Value`, `${at}.Values`)
  if (Value !== undefined && StatisticValues) throw mutuallyExclusive(`${at}.Value`, `${at}.StatisticValues`)
  if (Values !== undefined && StatisticValues) throw mutuallyExclusive(`${at}.Values`, `${at}.StatisticValues`)
  if (Counts !== undefined && Values === undefined) {
    throw invalidCombination(`The parameter ${at}.Counts can be used only together with ${at}.Values.`)
  }
  if (StatisticValues) return setIn(StatisticValues, `${at}.StatisticValues`)
  if (Values !== undefined) return valuesIn(Values, Counts, at)
  if (Value === undefined) {
    throw invalidCombination(
      `At least one of the parameters ${at}.Value, ${at}.Values or ${at}.StatisticValues must be specified.`,
    )
  }
  checkNumber(Value, `${at}.Value`)
  return aggregateOf([Value])
}

function valuesIn(values: readonly number[], counts: readonly number[] | undefined, at: string): Aggregate {
  if (values.length > mostValues) throw tooMany(`${at}.Values`, mostValues)
  if (counts && counts.length !== values.length) {
    throw invalidCombination(`The parameters ${at}.Values and ${at}.Counts must be of the same size.`)
  }
  for (const [place, value] of values.entries()) checkNumber(value, `${at}.Values.member.${place + 1}`)
  for (const [place, count] of counts?.entries() ?? []) {
    const name = `${at}.Counts.member.${place + 1}`
    checkNumber(count, name)
    if (count < 0) throw invalidValue(`The parameter ${name} must be greater than or equal to 0.`)
  }
  const aggregate = aggregateOf(values, counts)
  if (aggregate.count === 0) throw invalidValue(`The parameter ${at}.Values must have a value that is counted.`)
  return aggregate
}

function setIn({ SampleCount = 0, Sum = 0, Minimum = 0, Maximum = 0 }: StatisticSet, at: string): Aggregate {
  for (const [name, value] of Object.entries({ SampleCount, Sum, Minimum, Maximum }))
    checkNumber(value, `${at}.${name}`)
  if (SampleCount <= 0) throw invalidValue(`The parameter ${at}.SampleCount must be greater than 0.`)
  if (Minimum > Maximum) {
    throw invalidValue(`The parameter ${at}.Minimum must be less than or equal to the parameter ${at}.Maximum.`)
  }
  return statisticSet(SampleCount, Sum, Minimum, Maximum)
}

function checkNumber(value: number, at: string): void {
  if (!Number.isFinite(value) || Math.abs(value) > largest) {
    throw invalidValue(`The value ${value} for parameter ${at} is invalid.`)
  }
}
