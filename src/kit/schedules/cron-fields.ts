/** The values that a field of a cron expression may hold. */
export interface FieldRange {
  from: number
  to: number
  /** Words for the values, the first for `from`. */
  names?: readonly string[]
}

export const minuteField: FieldRange = { from: 0, to: 59 }
export const hourField: FieldRange = { from: 0, to: 23 }
export const dayField: FieldRange = { from: 1, to: 31 }
export const monthField: FieldRange = {
  ...{ from: 1, to: 12 },
  names: ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'],
}
/** 1 is Sunday. */
export const weekdayField: FieldRange = { from: 1, to: 7, names: ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'] }
export const yearField: FieldRange = { from: 1970, to: 2199 }

/**
 * The values that a field names: `*`, `5`, `MON`, `1-5`, `2/10`, `/8`, `1-20/5` and lists of them.
 * @returns in ascending order; undefined when a part has another form, or is out of range.
 */
export function valuesIn(text: string, range: FieldRange): readonly number[] | undefined {
  const values = new Set<number>()
  for (const part of text.split(',')) {
    const found = partIn(part, range)
    if (!found) return undefined
    for (let value = found.first; value <= found.last; value += found.step) values.add(value)
  }
  return [...values].sort((a, b) => a - b)
}

function partIn(part: string, range: FieldRange): { first: number; last: number; step: number } | undefined {
  const match = /^(\*|[A-Z0-9]*)(?:-([A-Z0-9]+))?(?:\/(\d+))?$/.exec(part)
  if (!match) return undefined
  const [, start = '', end, stepText] = match
  const step = stepText === undefined ? 1 : Number(stepText)
  const everything = start === '*' || (start === '' && stepText !== undefined && end === undefined)
  const first = everything ? range.from : valueIn(start, range)
  if (first === undefined || step < 1 || (start === '*' && end !== undefined)) return undefined
  // A step goes on to the end of the range, a number alone is itself.
  const open = everything || (stepText !== undefined && end === undefined)
  const last = open ? range.to : end === undefined ? first : valueIn(end, range)
  return last === undefined || last < first ? undefined : { first, last, step }
}

/** The value of a number or a name; undefined for other text. */
export function valueIn(text: string, { from, to, names = [] }: FieldRange): number | undefined {
  const named = names.indexOf(text)
  if (named >= 0) return from + named
  const value = /^\d{1,4}$/.test(text) && text.length <= String(to).length ? Number(text) : Number.NaN
  return value >= from && value <= to ? value : undefined
}
