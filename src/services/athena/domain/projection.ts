import { dayMs, hourMs, minuteMs, secondMs } from '../../../core/durations.ts'
import { SqlError } from '../../../kit/sql-queries/sql-error.ts'

// Partition projection: https://docs.aws.amazon.com/athena/latest/ug/partition-projection-supported-types.html

/** How the values of a partition column follow from the table's properties. */
export type Projection =
  | { kind: 'enum'; values: readonly string[] }
  | { kind: 'integer'; from: bigint; to: bigint; step: bigint; digits: number }
  | { kind: 'date'; from: string; to: string; format: string; step: number; unit: DateUnit }
  | { kind: 'injected' }

type DateUnit = 'YEARS' | 'MONTHS' | 'WEEKS' | 'DAYS' | 'HOURS' | 'MINUTES' | 'SECONDS'

/** How many values a column may have. */
export const mostValues = 200_000

const invalid = (message: string) => new SqlError('HIVE_INVALID_METADATA', message)

export const isProjected = (properties: Readonly<Record<string, string>>): boolean =>
  properties['projection.enabled']?.toLowerCase() === 'true'

/** @throws SqlError HIVE_INVALID_METADATA. */
export function projectionOf(properties: Readonly<Record<string, string>>, column: string): Projection {
  const of = (name: string) => properties[`projection.${column}.${name}`]
  const needed = (name: string): string => {
    const value = of(name)
    if (value === undefined) throw invalid(`Missing configuration for projection.${column}.${name}`)
    return value
  }
  switch (needed('type').toLowerCase()) {
    case 'enum':
      return {
        kind: 'enum',
        values: needed('values')
          .split(',')
          .map((value) => value.trim()),
      }
    case 'injected':
      return { kind: 'injected' }
    case 'integer': {
      const [from, to] = needed('range')
        .split(',')
        .map((value) => value.trim())
      if (!/^-?\d+$/.test(from ?? '') || !/^-?\d+$/.test(to ?? ''))
        throw invalid(`Invalid range of projection.${column}`)
      const step = BigInt(Math.max(1, Number(of('interval') ?? 1) || 1))
      return {
        kind: 'integer',
        from: BigInt(from ?? 0),
        to: BigInt(to ?? 0),
        step,
        digits: Number(of('digits') ?? 0) || 0,
      }
    }
    case 'date': {
      const format = needed('format')
      const [from = '', to = ''] = needed('range')
        .split(',')
        .map((value) => value.trim())
      const unit = (of('interval.unit') ?? smallestUnit(format)).toUpperCase()
      if (!(unit in unitMs) && unit !== 'MONTHS' && unit !== 'YEARS') throw invalid(`Invalid interval unit ${unit}`)
      const step = Math.max(1, Number(of('interval') ?? 1) || 1)
      return { kind: 'date', from, to, format, step, unit: unit as DateUnit }
    }
    default:
      throw invalid(`Unknown type of projection.${column}`)
  }
}

const smallestUnit = (format: string): DateUnit => {
  if (/s/.test(format)) return 'SECONDS'
  if (/m/.test(format)) return 'MINUTES'
  if (/[Hh]/.test(format)) return 'HOURS'
  if (/d/.test(format)) return 'DAYS'
  return /M/.test(format) ? 'MONTHS' : 'YEARS'
}

/**
 * The values of a column.
 * @param equal - those that a statement allows, where it names them.
 * @throws SqlError for an injected column whose values are not named, and for too many values.
 */
export function projectedValues(
  column: string,
  projection: Projection,
  equal: readonly string[] | undefined,
  nowMs: number,
): string[] {
  switch (projection.kind) {
    case 'enum':
      return [...projection.values]
    case 'injected':
      if (equal) return [...equal]
      throw new SqlError(
        'CONSTRAINT_VIOLATION',
        `For the injected projected partition column ${column}, the WHERE clause must contain only static equality conditions, and at least one such condition must be present.`,
      )
    case 'integer':
      return integerValues(column, projection, equal)
    case 'date':
      return dateValues(column, projection, nowMs)
  }
}

function integerValues(
  column: string,
  { from, to, step, digits }: Extract<Projection, { kind: 'integer' }>,
  equal: readonly string[] | undefined,
): string[] {
  const print = (value: bigint) => String(value).padStart(digits, '0')
  if (equal?.every((value) => /^-?\d+$/.test(value))) {
    return equal
      .map(BigInt)
      .filter((value) => value >= from && value <= to && (value - from) % step === 0n)
      .map(print)
  }
  if ((to - from) / step >= BigInt(mostValues)) throw tooMany(column)
  const values: string[] = []
  for (let value = from; value <= to; value += step) values.push(print(value))
  return values
}

const tooMany = (column: string) =>
  new SqlError(
    'CONSTRAINT_VIOLATION',
    `The projected partition column ${column} has too many values: name fewer of them.`,
  )

const unitMs: Readonly<Record<string, number>> = {
  ...{ WEEKS: 7 * dayMs, DAYS: dayMs, HOURS: hourMs, MINUTES: minuteMs, SECONDS: secondMs },
}

function dateValues(column: string, projection: Extract<Projection, { kind: 'date' }>, nowMs: number): string[] {
  const { format, step, unit } = projection
  const fromMs = readBound(projection.from, format, nowMs)
  const toMs = readBound(projection.to, format, nowMs)
  const values: string[] = []
  for (let index = 0, atMs = fromMs; atMs <= toMs; atMs = stepped(fromMs, ++index * step, unit)) {
    if (values.length >= mostValues) throw tooMany(column)
    values.push(printDate(new Date(atMs), format))
  }
  // Several steps may print alike, where the format is coarser.
  return [...new Set(values)]
}

function stepped(fromMs: number, count: number, unit: DateUnit): number {
  const ms = unitMs[unit]
  if (ms !== undefined) return fromMs + count * ms
  const date = new Date(fromMs)
  return date.setUTCMonth(date.getUTCMonth() + count * (unit === 'YEARS' ? 12 : 1))
}

/** `NOW`, `NOW-3YEARS`, `NOW+1MONTH`, or a date in the format. */
function readBound(text: string, format: string, nowMs: number): number {
  const [relative, sign, count, unit] = /^NOW(?:\s*([+-])\s*(\d+)\s*([A-Z]+?)S?)?$/i.exec(text) ?? []
  if (relative !== undefined) {
    if (!unit) return nowMs
    const amount = Number(count) * (sign === '-' ? -1 : 1)
    return stepped(nowMs, amount, `${unit.toUpperCase()}S` as DateUnit)
  }
  return readDate(text, format)
}

/** Java's DateTimeFormatter, as far as dates of partitions need it. */
const part = /'([^']*)'|y+|M+|d+|H+|m+|s+/g

function printDate(date: Date, format: string): string {
  const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
  return format.replace(part, (code, quoted: string | undefined) => {
    if (quoted !== undefined) return quoted
    const pad = (value: number) => String(value).padStart(code.length, '0')
    switch (code[0]) {
      case 'y':
        return code.length === 2 ? String(date.getUTCFullYear()).slice(2) : pad(date.getUTCFullYear())
      case 'M':
        return code.length === 3 ? (months[date.getUTCMonth()] ?? '') : pad(date.getUTCMonth() + 1)
      case 'd':
        return pad(date.getUTCDate())
      case 'H':
        return pad(date.getUTCHours())
      case 'm':
        return pad(date.getUTCMinutes())
      default:
        return pad(date.getUTCSeconds())
    }
  })
}

/** @throws SqlError HIVE_INVALID_METADATA - the text is not in the format. */
function readDate(text: string, format: string): number {
  const codes: string[] = []
  const literal = (other: string) => other.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&')
  let source = ''
  let at = 0
  for (const found of format.matchAll(part)) {
    source += literal(format.slice(at, found.index))
    at = found.index + found[0].length
    if (found[1] !== undefined) source += literal(found[1])
    else {
      codes.push(found[0])
      source += found[0] === 'MMM' ? '([A-Za-z]{3})' : `(\\d{${found[0].length === 1 ? '1,2' : found[0].length}})`
    }
  }
  const values = new RegExp(`^${source}${literal(format.slice(at))}$`).exec(text)
  if (!values) throw invalid(`The projected date '${text}' is not in the format '${format}'`)
  const of = (letter: string, otherwise: number) => {
    const index = codes.findIndex((code) => code[0] === letter)
    const value = index < 0 ? undefined : values[index + 1]
    if (value === undefined) return otherwise
    if (letter === 'y' && value.length === 2) return 2000 + Number(value)
    return codes[index] === 'MMM'
      ? 'janfebmaraprmayjunjulaugsepoctnovdec'.indexOf(value.toLowerCase()) / 3 + 1
      : Number(value)
  }
  return Date.UTC(of('y', 1970), of('M', 1) - 1, of('d', 1), of('H', 0), of('m', 0), of('s', 0))
}

/** Returns where the files of a partition are: the table's template with its values, or folders below its location. */
export function projectedLocation(
  template: string | undefined,
  tableLocation: string,
  names: readonly string[],
  values: readonly string[],
): string {
  if (template !== undefined) {
    return template.replace(
      /\$\{([^}]+)\}/g,
      (found, name: string) => values[names.indexOf(name.toLowerCase())] ?? found,
    )
  }
  const folders = names.map((name, index) => `${name}=${values[index]}`)
  return `${tableLocation.replace(/\/$/, '')}/${folders.join('/')}/`
}
