import type { Traits } from './schema.ts'

/** The forms in which times are written: ISO 8601, the date of HTTP's headers, seconds since 1970. */
export type TimeFormat = NonNullable<Traits['timestampFormat']>

/** Writes a time as text. Seconds have fractions where there are any. */
export const writeTime: Record<TimeFormat, (value: unknown) => string> = {
  iso8601: (value) => (value as Date).toISOString().replace('.000Z', 'Z'),
  rfc822: (value) => (value as Date).toUTCString(),
  unixTimestamp: (value) => String((value as Date).getTime() / 1000),
}

/** Reads a time; an invalid Date for text that is none. ISO 8601 and HTTP's dates are taken for one another. */
export function readTime(text: string, format: TimeFormat): Date {
  if (format === 'unixTimestamp')
    return seconds.test(text) ? new Date(Math.round(Number(text) * 1000)) : new Date(Number.NaN)
  return new Date(text)
}

const seconds = /^-?\d{1,13}(\.\d{1,9})?$/
