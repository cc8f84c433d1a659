import { minuteMs } from '../core/durations.ts'
/**
 * Reads a date of a policy or a request: the W3C forms of ISO 8601 (`2026`, `2026-03`, `2026-03-01`,
 * `2026-03-01T12:00Z`, `2026-03-01T12:00:00.5+01:00`) or seconds since 1970.
 * @returns milliseconds since 1970; undefined for anything else.
 * @see https://www.w3.org/TR/NOTE-datetime
 */
export function readDate(text: string): number | undefined {
  const parts = w3cDate.exec(text)
  if (!parts) return epochSeconds.test(text) ? Number(text) * 1000 : undefined
  const [, year = '', month = '01', day = '01', hour = '00', minute = '00', second = '00', fraction = '', zone] = parts
  const timeMs = Date.UTC(+year, +month - 1, +day, +hour, +minute, +second)
  const isReal = new Date(timeMs).toISOString().startsWith(`${year}-${month}-${day}T${hour}:${minute}:${second}`)
  const zoneMs = zoneOffsetMs(zone)
  if (!isReal || zoneMs === undefined) return undefined
  return timeMs + Number(`0${fraction}`) * 1000 - zoneMs
}

const w3cDate =
  /^([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2})(?:T([0-9]{2}):([0-9]{2})(?::([0-9]{2})(\.[0-9]{1,9})?)?(Z|[+-][0-9]{2}:[0-9]{2}))?)?)?$/
const epochSeconds = /^-?[0-9]{1,12}$/

function zoneOffsetMs(zone = 'Z'): number | undefined {
  if (zone === 'Z') return 0
  const hours = Number(zone.slice(1, 3))
  const minutes = Number(zone.slice(4))
  if (hours > 23 || minutes > 59) return undefined
  return (zone.startsWith('-') ? -1 : 1) * (hours * 60 + minutes) * minuteMs
}
