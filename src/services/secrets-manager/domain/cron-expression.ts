/** A rotation schedule by days and hours; all times are UTC. */
export interface CronSchedule {
  /** In ascending order. */
  hours: readonly number[]
  isDay(day: CalendarDay): boolean
}

export interface CalendarDay {
  /** 1–12 */
  month: number
  /** 1–31 */
  day: number
  lastDay: number
  /** 1 is Sunday. */
  weekday: number
}

/**
 * Reads the fields of `cron(0 H DoM Mon DoW *)`.
 * @returns undefined for text that Secrets Manager does not take: other minutes than 0, years, both or neither of the two
 *   days given.
 * @see https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_schedule.html
 */
export function parseCron(fields: string): CronSchedule | undefined {
  const [minutes, hourText, dayText, monthText, weekdayText, year, ...more] = fields.trim().split(/\s+/)
  if (minutes !== '0' || year !== '*' || more.length > 0) return undefined
  if (hourText === undefined || dayText === undefined || monthText === undefined || weekdayText === undefined) {
    return undefined
  }
  if ((dayText === '?') === (weekdayText === '?')) return undefined
  const hours = numbersIn(hourText, { from: 0, to: 23 })
  const months = numbersIn(monthText, { from: 1, to: 12, names: monthNames })
  const isDay = weekdayText === '?' ? dayOfMonth(dayText) : dayOfWeek(weekdayText)
  if (!hours || !months || !isDay) return undefined
  return { hours: [...hours].sort((a, b) => a - b), isDay: (day) => months.has(day.month) && isDay(day) }
}

const monthNames = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC']
const weekdayNames = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT']

interface FieldRange {
  from: number
  to: number
  /** Words for the values, the first for `from`. */
  names?: readonly string[]
}

const weekdays: FieldRange = { from: 1, to: 7, names: weekdayNames }

/** `5`, `1-5`, `1,15`, `2/10`, `/8`, `*` and lists of them. @returns undefined when one is out of range. */
function numbersIn(text: string, range: FieldRange): Set<number> | undefined {
  const numbers = new Set<number>()
  for (const part of text.split(',')) {
    const found = partIn(part, range)
    if (!found) return undefined
    for (let value = found.first; value <= found.last; value += found.step) numbers.add(value)
  }
  return numbers
}

function partIn(part: string, range: FieldRange): { first: number; last: number; step: number } | undefined {
  const match = /^(\*|[A-Z0-9]*)(?:-([A-Z0-9]+))?(?:\/(\d+))?$/.exec(part)
  if (!match) return undefined
  const [, start = '', end, stepText] = match
  const step = stepText === undefined ? 1 : Number(stepText)
  const everything = start === '*' || (start === '' && stepText !== undefined && end === undefined)
  const first = everything ? range.from : numberOf(start, range)
  if (first === undefined || step < 1 || (start === '*' && end !== undefined)) return undefined
  // A step goes on to the end of the range, a number alone is itself.
  const open = everything || (stepText !== undefined && end === undefined)
  const last = open ? range.to : end === undefined ? first : numberOf(end, range)
  return last === undefined || last < first ? undefined : { first, last, step }
}

function numberOf(text: string, { from, to, names = [] }: FieldRange): number | undefined {
  const named = names.indexOf(text)
  if (named >= 0) return from + named
  const value = /^\d{1,2}$/.test(text) ? Number(text) : Number.NaN
  return value >= from && value <= to ? value : undefined
}

type DayRule = CronSchedule['isDay']

/** Days, `L` for the last one, and `SUNL` for the last Sunday. */
function dayOfMonth(text: string): DayRule | undefined {
  if (text === 'L') return ({ day, lastDay }) => day === lastDay
  const days = numbersIn(text, { from: 1, to: 31 })
  return days ? ({ day }) => days.has(day) : lastWeekday(text)
}

/** Days of the week, `L` for Saturday, `SUNL` for the last Sunday of the month, `MON#2` for the second Monday. */
function dayOfWeek(text: string): DayRule | undefined {
  if (text === 'L') return ({ weekday }) => weekday === weekdays.to
  const nth = /^([A-Z0-9]+)#([1-5])$/.exec(text)
  if (nth) {
    const wanted = numberOf(nth[1] ?? '', weekdays)
    const place = Number(nth[2])
    return wanted === undefined ? undefined : ({ weekday, day }) => weekday === wanted && Math.ceil(day / 7) === place
  }
  const days = numbersIn(text, weekdays)
  return days ? ({ weekday }) => days.has(weekday) : lastWeekday(text)
}

function lastWeekday(text: string): DayRule | undefined {
  const match = /^([A-Z0-9]+)L$/.exec(text)
  const wanted = match ? numberOf(match[1] ?? '', weekdays) : undefined
  return wanted === undefined ? undefined : ({ weekday, day, lastDay }) => weekday === wanted && day + 7 > lastDay
}
