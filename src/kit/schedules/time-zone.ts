import { BoundedMap } from '../../core/bounded-map.ts'
import { dayMs } from '../../core/durations.ts'

// Callers choose the names, in any case; there are some six hundred.
const formats = new BoundedMap<string, Intl.DateTimeFormat>(100)

function formatOf(timeZone: string): Intl.DateTimeFormat {
  const known = formats.get(timeZone)
  if (known) return known
  const format = new Intl.DateTimeFormat('en-US', {
    ...{ timeZone, calendar: 'gregory', hourCycle: 'h23' },
    ...{ year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric', second: 'numeric' },
  })
  formats.set(timeZone, format)
  return format
}

/** Returns whether a text is the name of a time zone: `Europe/Dublin`. An offset such as `+02:00` is not. */
export function isTimeZone(text: string): boolean {
  if (!/^[A-Za-z]/.test(text)) return false
  try {
    formatOf(text)
    return true
  } catch (error) {
    if (error instanceof RangeError) return false
    throw error
  }
}

/**
 * The time that clocks of a zone show, as `Date.UTC` counts it.
 * @param timeZone - a name that `isTimeZone` accepts.
 */
export function localMsOf(timeMs: number, timeZone: string): number {
  if (timeZone === 'UTC') return timeMs
  const shown = { year: 0, month: 0, day: 0, hour: 0, minute: 0, second: 0 }
  for (const { type, value } of formatOf(timeZone).formatToParts(timeMs)) {
    if (type in shown) shown[type as keyof typeof shown] = Number(value)
  }
  const { year, month, day, hour, minute, second } = shown
  return Date.UTC(year, month - 1, day, hour, minute, second) + (timeMs - Math.floor(timeMs / 1000) * 1000)
}

/**
 * Returns when clocks of a zone show a local time; the first of two times where they show it twice.
 * @returns undefined where they skip it.
 */
export function instantOf(localMs: number, timeZone: string): number | undefined {
  if (timeZone === 'UTC') return localMs
  // The offsets before and after any change near that time. The larger one gives the earlier time.
  const offsets = [-dayMs, dayMs].map((away) => {
    const nearMs = localMs + away
    return localMsOf(nearMs, timeZone) - nearMs
  })
  return offsets
    .map((offset) => localMs - offset)
    .sort((a, b) => a - b)
    .find((timeMs) => localMsOf(timeMs, timeZone) === localMs)
}
