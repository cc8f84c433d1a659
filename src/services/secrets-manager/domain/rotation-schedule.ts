import { dayMs, hourMs, secondMs } from '../../../core/durations.ts'
import {
  type CronExpression,
  calendarDay,
  cronFields,
  nextCronTime,
  parseCron,
} from '../../../kit/schedules/cron-expression.ts'
import { parseRate } from '../../../kit/schedules/schedule-expression.ts'
import { scheduleGivenTwice, scheduleInvalid } from './errors.ts'
import { dayOf, type RotationRules, type RotationWindow } from './secret.ts'

/** A secret rotates as often as every four hours. */
const leastHours = 4

/** When a secret rotates. */
type Schedule =
  /** Counted from the last rotation or manual change. */
  | { every: 'days'; days: number; durationHours: number }
  /** Counted from midnight of the day on which the rules were given. */
  | { every: 'hours'; hours: number; durationHours: number }
  | { every: 'calendar'; cron: CronExpression; durationHours: number | undefined }

/**
 * Accepts the rules of a request.
 * @throws ServiceError InvalidParameterException - two kinds of rule, an expression that is none or too frequent, a window
 *   that reaches into the next window or the next day.
 */
export function checkRules(rules: RotationRules): void {
  const { automaticallyAfterDays, scheduleExpression, duration } = rules
  if (automaticallyAfterDays !== undefined && scheduleExpression !== undefined) throw scheduleGivenTwice()
  const schedule = scheduleOf(rules)
  if (schedule) checkSchedule(schedule)
  else if (duration !== undefined) throw scheduleInvalid('Duration needs a rotation schedule.')
}

/**
 * The next window of a schedule.
 * @param times.renewedAtMs - the last rotation or manual change.
 * @param times.rulesSetAtMs - when the rules were given.
 * @returns undefined without rules.
 */
export function nextWindow(
  rules: RotationRules | undefined,
  times: { nowMs: number; renewedAtMs: number; rulesSetAtMs: number },
): RotationWindow | undefined {
  const schedule = rules && scheduleOf(rules)
  if (!schedule) return undefined
  const startMs = nextStart(schedule, times)
  const durationMs = hoursOf(schedule) * hourMs
  // The latest moment of a day is its last second.
  const endMs = Math.min(startMs + durationMs, dayOf(startMs) + dayMs - secondMs)
  return { startMs, endMs }
}

/** Returns how many days a schedule expression comes to, as it is shown after a rotation. */
export const daysUntil = ({ startMs }: RotationWindow, nowMs: number): number =>
  Math.max(1, Math.ceil((startMs - dayOf(nowMs)) / dayMs))

function nextStart(
  schedule: Schedule,
  { nowMs, renewedAtMs, rulesSetAtMs }: { nowMs: number; renewedAtMs: number; rulesSetAtMs: number },
): number {
  switch (schedule.every) {
    case 'days':
      return Math.max(dayOf(renewedAtMs) + schedule.days * dayMs, dayOf(nowMs) + dayMs)
    case 'hours': {
      const gridMs = dayOf(rulesSetAtMs)
      const stepMs = schedule.hours * hourMs
      return gridMs + (Math.floor((nowMs - gridMs) / stepMs) + 1) * stepMs
    }
    case 'calendar': {
      const startMs = nextCronTime(schedule.cron, nowMs)
      if (startMs === undefined) throw neverComes()
      return startMs
    }
  }
}

/** @throws ServiceError InvalidParameterException - an expression or duration that is none. */
function scheduleOf({ automaticallyAfterDays, scheduleExpression, duration }: RotationRules): Schedule | undefined {
  const given = duration === undefined ? undefined : durationIn(duration)
  // Where there is an expression, the number of days is only shown.
  if (scheduleExpression === undefined) {
    if (automaticallyAfterDays === undefined) return undefined
    return { every: 'days', days: automaticallyAfterDays, durationHours: given ?? 24 }
  }
  const [, kind, content = ''] = /^(rate|cron)\((.*)\)$/.exec(scheduleExpression) ?? []
  if (kind === 'cron') {
    const cron = parseRotationCron(content)
    if (cron) return { every: 'calendar', cron, durationHours: given }
  }
  const rate = kind === 'rate' ? parseRate(content, { anyNumber: true }) : undefined
  if (rate && rate.count <= mostOfRate) {
    if (rate.unit === 'day') return { every: 'days', days: rate.count, durationHours: given ?? 24 }
    if (rate.unit === 'hour') return { every: 'hours', hours: rate.count, durationHours: given ?? 1 }
  }
  throw scheduleInvalid(`${scheduleExpression} is not a schedule expression of Secrets Manager.`)
}

/** AWS names no number for days or hours. */
const mostOfRate = 9999

/**
 * Reads the fields of `cron(0 H DoM Mon DoW *)`: a full hour, in every year, without `W`. `SUNL`, the last Sunday of the month,
 * may stand among the days of the month, too.
 * @see https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_schedule.html
 */
function parseRotationCron(content: string): CronExpression | undefined {
  const fields = cronFields(content)
  if (!fields) return undefined
  const [minutes, hours, dayOfMonth, month, dayOfWeek, year] = fields
  if (minutes !== '0' || year !== '*' || dayOfMonth.endsWith('W')) return undefined
  const isLastWeekday = dayOfWeek === '?' && /^[A-Z0-9]+L$/.test(dayOfMonth)
  return parseCron(isLastWeekday ? [minutes, hours, '?', month, dayOfMonth, year] : fields)
}

function durationIn(duration: string): number {
  const hours = /^([1-9]\d?)h$/.exec(duration)?.[1]
  if (hours === undefined) throw scheduleInvalid(`${duration} is not a duration such as 3h.`)
  return Number(hours)
}

/** Without a duration, the window of an hourly schedule is an hour, and that of any other goes on to the end of the day. */
function hoursOf(schedule: Schedule): number {
  if (schedule.durationHours !== undefined) return schedule.durationHours
  return schedule.every === 'calendar' && schedule.cron.hours.length > 1 ? 1 : 24
}

function checkSchedule(schedule: Schedule): void {
  const { every, durationHours } = schedule
  if (every === 'days') {
    if (durationHours > 24) throw windowTooLong()
  } else if (every === 'hours') {
    if (schedule.hours < leastHours) throw tooFrequent()
    if (durationHours > schedule.hours) throw windowTooLong()
  } else {
    checkCalendar(schedule.cron, durationHours)
  }
}

function checkCalendar(cron: CronExpression, durationHours = 0): void {
  const { hours, isDay } = cron
  const anyTimeMs = Date.UTC(2023, 11, 31, 23)
  if (nextCronTime(cron, anyTimeMs) === undefined) throw neverComes()
  const latest = hours.at(-1) ?? 0
  if (latest + durationHours > 24) throw windowTooLong()
  const gaps = hours.slice(1).map((hour, index) => hour - (hours[index] ?? 0))
  const overnight = 24 - latest + (hours[0] ?? 0)
  const isDaily = Array.from({ length: 400 }, (_, index) => anyTimeMs + index * dayMs).some(
    (timeMs) => isDay(calendarDay(timeMs)) && isDay(calendarDay(timeMs + dayMs)),
  )
  for (const gap of isDaily ? [...gaps, overnight] : gaps) {
    if (gap < leastHours) throw tooFrequent()
    if (durationHours > gap) throw windowTooLong()
  }
}

const neverComes = () => scheduleInvalid('The schedule expression names a day that never comes.')
const tooFrequent = () => scheduleInvalid(`A secret rotates at most every ${leastHours} hours.`)
const windowTooLong = () =>
  scheduleInvalid('The rotation window must not extend into the next rotation window or the next UTC day.')
