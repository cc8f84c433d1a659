/** The time at which a request claims to be signed. */
export interface SigningDate {
  timeMs: number
  /** `YYYYMMDDTHHMMSSZ`, as the string to sign has it. */
  basic: string
}

/**
 * Reads a signing date: ISO 8601 basic format, as X-Amz-Date has it, or the format of HTTP's Date header, which some
 * signers send in its place.
 *
 * @returns undefined for anything else, and for dates that no calendar has.
 */
export function parseSigningDate(text: string): SigningDate | undefined {
  if (text !== last.text) last = { text, date: readDate(text) }
  return last.date
}

/** Requests that come together were mostly signed in the same second. */
let last: { text: string; date: SigningDate | undefined } = { text: '', date: undefined }

function readDate(text: string): SigningDate | undefined {
  const basic = basicFormat.exec(text)
  if (basic) {
    const [, year, month, day, ...time] = basic
    const timeMs = utc(Number(year), Number(month), Number(day), time)
    return timeMs === undefined ? undefined : { timeMs, basic: text }
  }
  const http = httpFormat.exec(text)
  if (!http) return undefined
  const [, day, monthName = '', year, ...time] = http
  const timeMs = utc(Number(year), months.indexOf(monthName) + 1, Number(day), time)
  return timeMs === undefined ? undefined : { timeMs, basic: formatBasic(timeMs) }
}

/** The time in ISO 8601 basic format, whole seconds. */
export const formatBasic = (timeMs: number): string => new Date(timeMs).toISOString().replace(/[:-]|\.\d{3}/g, '')

/** The time in ISO 8601 extended format, whole seconds, as S3's error elements have it. */
export const formatExtended = (timeMs: number): string => new Date(timeMs).toISOString().replace(/\.\d{3}/, '')

const basicFormat = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/
const httpFormat = /^[A-Z][a-z]{2}, (\d\d) ([A-Z][a-z]{2}) (\d{4}) (\d\d):(\d\d):(\d\d) (?:GMT|UTC|[+-]0000)$/
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

function utc(year: number, month: number, day: number, time: readonly string[]): number | undefined {
  const [hour = 0, minute = 0, second = 0] = time.map(Number)
  const onCalendar = year >= 1970 && month >= 1 && month <= 12 && day >= 1 && (day <= 28 || day <= daysIn(year, month))
  if (!onCalendar || hour > 23 || minute > 59 || second > 59) return undefined
  return Date.UTC(year, month - 1, day, hour, minute, second)
}

const daysIn = (year: number, month: number) => new Date(Date.UTC(year, month, 0)).getUTCDate()
