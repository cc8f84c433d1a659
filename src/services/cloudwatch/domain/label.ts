import { minuteMs, secondMs } from '../../../core/durations.ts'
import type { Scope } from '../../../core/store.ts'
import { validationError } from './errors.ts'
import type { CheckedQuery } from './queries.ts'

/** What the dynamic values of a label are made of. */
export interface LabelFacts {
  scope: Scope
  query: CheckedQuery
  /** The label that the result has without one of its own. */
  label: string
  /** In order of time. */
  points: readonly (readonly [at: number, value: number])[]
  /** `+0130`; UTC where it is absent. */
  timezone: string | undefined
}

const mostValues = 6

/**
 * Puts the values of a result into its label: `Highest: ${MAX} at ${MAX_TIME}`.
 * @throws ServiceError ValidationException - a value that there is not, or more than six.
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/graph-dynamic-labels.html
 */
export function filledLabel(label: string, facts: LabelFacts): string {
  let count = 0
  return label.replaceAll(/\$\{([^}]*)\}/g, (_whole, name: string) => {
    if (++count > mostValues) throw validationError(`A label can have ${mostValues} dynamic values at most.`)
    const value = textOf(name.trim(), facts)
    if (value === undefined) throw validationError(`The value \${${name}} is not supported in a label.`)
    return value
  })
}

/** Checks the time zone of a request's labels. @throws ServiceError ValidationException. */
export function checkTimezone(timezone: string | undefined): void {
  if (timezone === undefined || /^[+-]([01]\d|2[0-3])[0-5]\d$/.test(timezone)) return
  throw validationError('The parameter LabelOptions.Timezone must be an offset such as +0130.')
}

type Point = readonly [at: number, value: number]

/** The text for a value; undefined where there is no such value. One of a result without data is `--`. */
function textOf(name: string, facts: LabelFacts): string | undefined {
  const [, property] = /^PROP\('([^']+)'\)$/.exec(name) ?? []
  if (property !== undefined) return propertyOf(property, facts)
  if (name === 'LABEL') return facts.label
  const { points } = facts
  if (name === 'DATAPOINT_COUNT') return String(points.length)
  const [, of = name, isTime] = /^(.*?)(_TIME)?$/.exec(name) ?? []
  if (of === 'AVG' || of === 'SUM') {
    if (isTime) return undefined
    const sum = points.reduce((total, [, value]) => total + value, 0)
    return points.length === 0 ? none : numberText(of === 'SUM' ? sum : sum / points.length)
  }
  const shown = (point: Point | undefined) =>
    point === undefined ? none : isTime ? timeText(point[0], facts.timezone) : numberText(point[1])
  if (Object.hasOwn(picks, of)) return shown(picks[of as keyof typeof picks](points))
  const [, from, to, range] = /^(MIN|FIRST)_(MAX|LAST)(_TIME)?_RANGE$/.exec(name) ?? []
  if (from === undefined || to === undefined || (from === 'MIN') !== (to === 'MAX')) return undefined
  return [from, to].map((end) => textOf(`${end}${range ?? ''}`, facts)).join(' - ')
}

const none = '--'

const picks = {
  FIRST: (points: readonly Point[]) => points[0],
  LAST: (points: readonly Point[]) => points.at(-1),
  MAX: (points: readonly Point[]) => pick(points, (value, best) => value > best),
  MIN: (points: readonly Point[]) => pick(points, (value, best) => value < best),
}

function pick(points: readonly Point[], isBetter: (value: number, best: number) => boolean): Point | undefined {
  let best: Point | undefined
  for (const point of points) if (!best || isBetter(point[1], best[1])) best = point
  return best
}

function propertyOf(property: string, { scope, query }: LabelFacts): string | undefined {
  if (property === 'AccountId') return scope.accountId
  if (property === 'Region') return scope.region
  if (query.kind !== 'metric') return undefined
  const { metric, periodSeconds, stat } = query
  const known: Readonly<Record<string, string>> = {
    ...{ MetricName: metric.name, Namespace: metric.namespace, Period: String(periodSeconds), Stat: stat },
  }
  if (Object.hasOwn(known, property)) return known[property]
  const [, dimension] = /^Dim\.(.+)$/.exec(property) ?? []
  if (dimension === undefined) return undefined
  return metric.dimensions.find(({ Name }) => Name === dimension)?.Value ?? none
}

/** At most three places behind the point. */
const numberText = (value: number): string => String(Number(value.toFixed(3)))

/** `2026-03-01 12:00:00 UTC`, or with the offset that was asked for. */
function timeText(at: number, timezone: string | undefined): string {
  const sign = timezone?.startsWith('-') ? -1 : 1
  const [hours, minutes] = [Number(timezone?.slice(1, 3) ?? 0), Number(timezone?.slice(3) ?? 0)]
  const shifted = new Date(at * secondMs + sign * (hours * 60 + minutes) * minuteMs)
  return `${shifted.toISOString().slice(0, 19).replace('T', ' ')} ${timezone ?? 'UTC'}`
}
