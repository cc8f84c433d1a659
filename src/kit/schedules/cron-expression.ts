import { dayMs, hourMs, minuteMs } from '../../core/durations.ts'
import {
  dayField,
  hourField,
  minuteField,
  monthField,
  valueIn,
  valuesIn,
  weekdayField,
  yearField,
} from './cron-fields.ts'
import { instantOf, localMsOf } from './time-zone.ts'

/** Times by the calendar, as AWS's `cron(…)` names them. */
export interface CronExpression {
  /** In ascending order, like all others. */
  minutes: readonly number[]
  hours: readonly number[]
  months: readonly number[]
  years: readonly number[]
  /** Returns whether it runs on a day, year and month included. */
  isDay(day: CalendarDay): boolean
}

export interface CalendarDay {
  year: number
  /** 1–12 */
  month: number
  /** 1–31 */
  day: number
  /** Of the month. */
  lastDay: number
  /** 1 is Sunday. */
  weekday: number
}

/** The six fields of a cron expression, as texts. */
export type CronFields = readonly [
  minutes: string,
  hours: string,
  dayOfMonth: string,
  month: string,
  dayOfWeek: string,
  year: string,
]

/** @param content - what stands between the brackets of `cron(…)`. @returns undefined unless there are six fields. */
export function cronFields(content: string): CronFields | undefined {
  const fields = content.trim().split(/\s+/)
  return fields.length === 6 ? (fields as unknown as CronFields) : undefined
}

/**
 * Reads the six fields of a cron expression. One of the two days is `?` and the other is not.
 * @returns undefined for text that is not such an expression.
 * @see https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html#cron-based
 */
export function parseCron(fields: CronFields): CronExpression | undefined {
  const [minuteText, hourText, dayText, monthText, weekdayText, yearText] = fields
  if ((dayText === '?') === (weekdayText === '?')) return undefined
  const minutes = valuesIn(minuteText, minuteField)
  const hours = valuesIn(hourText, hourField)
  const months = valuesIn(monthText, monthField)
  const years = valuesIn(yearText, yearField)
  const fits = weekdayText === '?' ? dayOfMonth(dayText) : dayOfWeek(weekdayText)
  if (!minutes || !hours || !months || !years || !fits) return undefined
  const isDay: DayRule = (day) => fits(day) && months.includes(day.month) && years.includes(day.year)
  return { minutes, hours, months, years, isDay }
}

type DayRule = CronExpression['isDay']

/** Days, `L` for the last one, and `15W` for the weekday of the same month that is nearest to the 15th. */
function dayOfMonth(text: string): DayRule | undefined {
  if (text === 'L') return ({ day, lastDay }) => day === lastDay
  const near = /^(\d{1,2})W$/.exec(text)?.[1]
  if (near !== undefined) {
    const wanted = valueIn(near, dayField)
    return wanted === undefined ? undefined : (day) => day.day === nearestWeekday(wanted, day)
  }
  const days = valuesIn(text, dayField)
  return days && (({ day }) => days.includes(day))
}

/** @returns undefined in a month that does not have the day. */
function nearestWeekday(wanted: number, { day, lastDay, weekday }: CalendarDay): number | undefined {
  if (wanted > lastDay) return undefined
  const weekdayOfWanted = (((weekday - 1 + wanted - day) % 7) + 7) % 7
  if (weekdayOfWanted === sunday) return wanted === lastDay ? wanted - 2 : wanted + 1
  if (weekdayOfWanted === saturday) return wanted === 1 ? 3 : wanted - 1
  return wanted
}

const sunday = 0
const saturday = 6

/** Days of the week, `L` for Saturday, `FRIL` for the last Friday of the month, `MON#2` for the second Monday. */
function dayOfWeek(text: string): DayRule | undefined {
  if (text === 'L') return ({ weekday }) => weekday === weekdayField.to
  const nth = /^([A-Z0-9]+)#([1-5])$/.exec(text)
  if (nth) {
    const wanted = valueIn(nth[1] ?? '', weekdayField)
    const place = Number(nth[2])
    return wanted === undefined ? undefined : ({ weekday, day }) => weekday === wanted && Math.ceil(day / 7) === place
  }
  const days = valuesIn(text, weekdayField)
  if (days) return ({ weekday }) => days.includes(weekday)
  const last = /^([A-Z0-9]+)L$/.exec(text)?.[1]
  const wanted = last === undefined ? undefined : valueIn(last, weekdayField)
  return wanted === undefined ? undefined : ({ weekday, day, lastDay }) => weekday === wanted && day + 7 > lastDay
}

/** @param localMs - as `Date.UTC` counts the time that a clock shows. */
export function calendarDay(localMs: number): CalendarDay {
  const date = new Date(localMs)
  const [year, month] = [date.getUTCFullYear(), date.getUTCMonth()]
  const lastDay = new Date(Date.UTC(year, month + 1, 0)).getUTCDate()
  return { year, month: month + 1, day: date.getUTCDate(), lastDay, weekday: date.getUTCDay() + 1 }
}

/**
 * The first time after another.
 *
 * A local time that clocks skip is left out, and one that they show twice comes once, the first time, as in EventBridge
 * Scheduler.
 * @param timeZone - IANA name.
 * @returns undefined when none is left before the year 2200.
 * @see https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html#daylist-savings-time
 */
export function nextCronTime(cron: CronExpression, afterMs: number, timeZone = 'UTC'): number | undefined {
  // A local time counts as its first showing. What comes later has a later local time, therefore.
  const afterLocalMs = localMsOf(afterMs, timeZone)
  for (const dayStartMs of daysOf(cron, afterLocalMs)) {
    for (const hour of cron.hours) {
      const hourStartMs = dayStartMs + hour * hourMs
      if (hourStartMs + hourMs <= afterLocalMs) continue
      for (const minute of cron.minutes) {
        const localMs = hourStartMs + minute * minuteMs
        if (localMs <= afterLocalMs) continue
        const timeMs = instantOf(localMs, timeZone)
        if (timeMs !== undefined && timeMs > afterMs) return timeMs
      }
    }
  }
  return undefined
}

/** The days of an expression, from that of a time on. Only its months are looked at, so that finding none costs little. */
function* daysOf({ years, months, isDay }: CronExpression, fromMs: number): Generator<number> {
  const fromYear = new Date(fromMs).getUTCFullYear()
  for (const year of years) {
    if (year < fromYear) continue
    for (const month of months) {
      const endMs = Date.UTC(year, month, 1)
      if (endMs <= fromMs) continue
      for (let dayStartMs = Date.UTC(year, month - 1, 1); dayStartMs < endMs; dayStartMs += dayMs) {
        if (dayStartMs + dayMs > fromMs && isDay(calendarDay(dayStartMs))) yield dayStartMs
      }
    }
  }
}
