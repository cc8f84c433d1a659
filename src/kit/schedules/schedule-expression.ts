import { dayMs, hourMs, minuteMs } from '../../core/durations.ts'
import { type CronExpression, cronFields, nextCronTime, parseCron } from './cron-expression.ts'
import { instantOf } from './time-zone.ts'

/** A schedule, as AWS's schedule expressions give it. */
export type Schedule =
  | { every: 'rate'; rate: Rate }
  | { every: 'calendar'; cron: CronExpression }
  /** Once. `localMs`: the local time, as `Date.UTC` counts it. */
  | { every: 'once'; localMs: number }

export interface Rate {
  count: number
  unit: 'minute' | 'hour' | 'day'
}

/**
 * Reads `rate(…)`, `cron(…)` or `at(…)`.
 * @returns undefined for other text; services word the refusal, and refuse the kinds that they do not take.
 * @see https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
 */
export function parseSchedule(text: string): Schedule | undefined {
  const [, kind, content = ''] = /^(rate|cron|at)\((.*)\)$/.exec(text) ?? []
  if (kind === 'rate') {
    const rate = parseRate(content)
    return rate && { every: 'rate', rate }
  }
  if (kind === 'cron') {
    const fields = cronFields(content)
    const cron = fields && parseCron(fields)
    return cron && { every: 'calendar', cron }
  }
  const localMs = kind === 'at' ? parseLocalTime(content) : undefined
  return localMs === undefined ? undefined : { every: 'once', localMs }
}

/**
 * Reads `5 minutes`: a whole number from 1 on and a unit, which is singular for 1 and plural for all others.
 * @param options.anyNumber - takes `1 days` and `2 day`, too, as Secrets Manager does.
 */
export function parseRate(content: string, { anyNumber = false } = {}): Rate | undefined {
  const [, digits, unit, plural = ''] = /^([1-9]\d{0,8}) (minute|hour|day)(s?)$/.exec(content) ?? []
  if (digits === undefined) return undefined
  const count = Number(digits)
  if (!anyNumber && (count === 1) !== (plural === '')) return undefined
  return { count, unit: unit as Rate['unit'] }
}

const unitMs = { minute: minuteMs, hour: hourMs, day: dayMs }

/** Days are 24 hours long, whatever clocks do. */
export const periodMs = ({ count, unit }: Rate): number => count * unitMs[unit]

/** Reads `yyyy-mm-ddThh:mm:ss`. @returns undefined for a time that no calendar has. */
function parseLocalTime(content: string): number | undefined {
  if (!/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}$/.test(content)) return undefined
  const localMs = Date.parse(`${content}Z`)
  // 30 February is read as 2 March, and 24:00 as the next day.
  return Number.isNaN(localMs) || new Date(localMs).toISOString() !== `${content}.000Z` ? undefined : localMs
}

export interface NextRunOptions {
  /** IANA name, in which `cron` and `at` are read; default UTC. */
  timeZone?: string
  /** From which a rate counts: the start date, or when the schedule was made. */
  startMs: number
}

/**
 * The first run of a schedule after a time.
 * @returns undefined when there is none: it ran once, its years are over, or clocks skip its only time.
 */
export function nextRun(
  schedule: Schedule,
  afterMs: number,
  { timeZone, startMs }: NextRunOptions,
): number | undefined {
  switch (schedule.every) {
    case 'rate': {
      const period = periodMs(schedule.rate)
      return startMs > afterMs ? startMs : startMs + (Math.floor((afterMs - startMs) / period) + 1) * period
    }
    case 'calendar':
      return nextCronTime(schedule.cron, Math.max(afterMs, startMs - 1), timeZone)
    case 'once': {
      const timeMs = instantOf(schedule.localMs, timeZone ?? 'UTC')
      return timeMs !== undefined && timeMs > afterMs ? timeMs : undefined
    }
  }
}
