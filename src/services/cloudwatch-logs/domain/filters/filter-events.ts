import { gzipSync } from 'node:zlib'
import { minuteMs } from '../../../../core/durations.ts'
import type { FilterPattern } from '../patterns/compiled-pattern.ts'
import type { MetricTransformation } from './filter.ts'

/** An event on its way into a group. */
export interface IncomingEvent {
  id: string
  timeMs: number
  message: string
}

/** Values of one metric in one minute, and how often each came. */
export interface MetricPoints {
  namespace: string
  name: string
  dimensions: readonly { name: string; value: string }[]
  unit?: string
  atMs: number
  values: readonly number[]
  counts: readonly number[]
}

/** As many values as one datum may have. */
const mostValues = 150

/** Returns what a metric filter makes of events: points by minute. Values that are not numbers make none. */
export function metricPoints(
  pattern: FilterPattern,
  transformation: MetricTransformation,
  events: readonly IncomingEvent[],
): MetricPoints[] {
  const series = new Map<string, { at: Omit<MetricPoints, 'values' | 'counts'>; values: Map<number, number> }>()
  const { metricNamespace: namespace, metricName: name, unit, defaultValue } = transformation
  const add = (timeMs: number, value: number, dimensions: MetricPoints['dimensions']) => {
    const atMs = timeMs - (timeMs % minuteMs)
    const key = JSON.stringify([atMs, dimensions])
    const known = series.get(key)
    const { values } = known ?? { values: new Map<number, number>() }
    values.set(value, (values.get(value) ?? 0) + 1)
    if (!known) series.set(key, { at: { namespace, name, dimensions, ...(unit && { unit }), atMs }, values })
  }
  const unmatched = new Set<number>()
  for (const { timeMs, message } of events) {
    if (!pattern.matches(message)) {
      unmatched.add(timeMs - (timeMs % minuteMs))
      continue
    }
    const value = metricValueOf(pattern, transformation, message)
    const dimensions = dimensionsOf(pattern, transformation, message)
    if (value !== undefined && dimensions) add(timeMs, value, dimensions)
  }
  if (defaultValue !== undefined) {
    const matched = new Set([...series.values()].map(({ at }) => at.atMs))
    for (const minute of unmatched) if (!matched.has(minute)) add(minute, defaultValue, [])
  }
  return [...series.values()].flatMap(({ at, values }) =>
    chunks([...values], mostValues).map((part) => pointsOf(at, part)),
  )
}

const pointsOf = (at: Omit<MetricPoints, 'values' | 'counts'>, part: readonly (readonly [number, number])[]) => ({
  ...at,
  values: part.map(([value]) => value),
  counts: part.map(([, count]) => count),
})

function metricValueOf(
  pattern: FilterPattern,
  { metricValue }: MetricTransformation,
  message: string,
): number | undefined {
  const text = metricValue.startsWith('$') ? pattern.valueOf(message, metricValue) : metricValue
  const value = text === undefined || text.trim() === '' ? Number.NaN : Number(text)
  return Number.isFinite(value) ? value : undefined
}

/** The dimensions of an event; undefined where it lacks one of their fields. */
function dimensionsOf(
  pattern: FilterPattern,
  { dimensions = {} }: MetricTransformation,
  message: string,
): MetricPoints['dimensions'] | undefined {
  const found: { name: string; value: string }[] = []
  for (const [name, field] of Object.entries(dimensions)) {
    const value = pattern.valueOf(message, field)
    if (value === undefined || value === '') return undefined
    found.push({ name, value })
  }
  return found
}

const chunks = <T>(items: readonly T[], size: number): T[][] =>
  Array.from({ length: Math.ceil(items.length / size) }, (_, n) => items.slice(n * size, (n + 1) * size))

/** Where events of a subscription come from. */
export interface SubscriptionSource {
  owner: string
  logGroup: string
  logStream: string
  filterName: string
}

/** What a function can take at a time, with base64 and what stands around it. */
const mostPayloadBytes = 600_000

/**
 * Returns what a subscription sends of events: JSON with base64 of gzip of a message, as functions get it. Several where one would be
 * too large.
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html
 */
export function subscriptionPayloads(source: SubscriptionSource, events: readonly IncomingEvent[]): string[] {
  if (events.length === 0) return []
  const data = gzipSync(messageOf(source, events), { level: 1 }).toString('base64')
  if (data.length <= mostPayloadBytes || events.length === 1) return [JSON.stringify({ awslogs: { data } })]
  const middle = events.length >> 1
  return [events.slice(0, middle), events.slice(middle)].flatMap((half) => subscriptionPayloads(source, half))
}

const messageOf = (
  { owner, logGroup, logStream, filterName }: SubscriptionSource,
  events: readonly IncomingEvent[],
): string =>
  JSON.stringify({
    messageType: 'DATA_MESSAGE',
    ...{ owner, logGroup, logStream },
    subscriptionFilters: [filterName],
    logEvents: events.map(({ id, timeMs, message }) => ({ id, timestamp: timeMs, message })),
  })

/** Returns the message by which a destination is tried out. */
export function controlPayload(nowMs: number): string {
  const message = 'CWL CONTROL MESSAGE: Checking health of destination Lambda.'
  const content = {
    messageType: 'CONTROL_MESSAGE',
    ...{ owner: 'CloudwatchLogs', logGroup: '', logStream: '', subscriptionFilters: [] },
    logEvents: [{ id: '', timestamp: nowMs, message }],
  }
  return JSON.stringify({ awslogs: { data: gzipSync(JSON.stringify(content)).toString('base64') } })
}
