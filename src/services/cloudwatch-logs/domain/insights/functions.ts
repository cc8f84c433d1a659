import { compareValues, Instant, isMap, toNumber, toText, type Value } from './values.ts'

type QueryFunction = (...values: readonly Value[]) => Value

/** How many values a function takes, and what it does. */
export interface FunctionSpec {
  least: number
  most: number
  call: QueryFunction
}

const text = (change: (text: string) => Value): FunctionSpec => ({
  least: 1,
  most: 1,
  call: (value) => {
    const found = toText(value)
    return found === undefined ? undefined : change(found)
  },
})

const numeric = (change: (value: number) => number): FunctionSpec => ({
  least: 1,
  most: 1,
  call: (value) => {
    const found = toNumber(value)
    return found === undefined ? undefined : change(found)
  },
})

const spec = (least: number, most: number, call: QueryFunction): FunctionSpec => ({ least, most, call })

const floorTo = (value: Value, stepMs: Value): Value => {
  const [ms, step] = [toNumber(value), toNumber(stepMs)]
  return ms === undefined || !step ? undefined : new Instant(Math.floor(ms / step) * step)
}

/** Functions that evaluate row by row, in lower case. */
export const functions: Readonly<Record<string, FunctionSpec>> = {
  strlen: text((value) => [...value].length),
  tolower: text((value) => value.toLowerCase()),
  toupper: text((value) => value.toUpperCase()),
  trim: spec(1, 2, (value, characters) => trimmed(value, characters, true, true)),
  ltrim: spec(1, 2, (value, characters) => trimmed(value, characters, true, false)),
  rtrim: spec(1, 2, (value, characters) => trimmed(value, characters, false, true)),
  isempty: spec(1, 1, (value) => value === undefined || value === null || toText(value) === ''),
  isblank: spec(1, 1, (value) => (toText(value) ?? '').trim() === ''),
  ispresent: spec(1, 1, (value) => value !== undefined && value !== null),
  isnumeric: spec(1, 1, (value) => toNumber(value) !== undefined),
  coalesce: spec(1, 20, (...values) => values.find((value) => value !== undefined && value !== null)),
  concat: spec(1, 20, (...values) => values.map((value) => toText(value) ?? '').join('')),
  strcontains: spec(2, 2, (value, part) => ((toText(value) ?? '').includes(toText(part) ?? '') ? 1 : 0)),
  replace: spec(3, 3, (value, part, by) => toText(value)?.replaceAll(toText(part) ?? '', () => toText(by) ?? '')),
  substr: spec(2, 3, (value, start, length) => {
    const from = toNumber(start) ?? 0
    return toText(value)?.slice(from, length === undefined ? undefined : from + (toNumber(length) ?? 0))
  }),
  abs: numeric(Math.abs),
  ceil: numeric(Math.ceil),
  floor: numeric(Math.floor),
  sqrt: numeric(Math.sqrt),
  log: numeric(Math.log),
  greatest: spec(1, 20, (...values) => extreme(values, 1)),
  least: spec(1, 20, (...values) => extreme(values, -1)),
  frommillis: numeric((ms) => ms),
  tomillis: numeric((ms) => ms),
  datefloor: spec(2, 2, floorTo),
  dateceil: spec(2, 2, (value, step) => {
    const [ms, size] = [toNumber(value), toNumber(step)]
    return ms === undefined || !size ? undefined : new Instant(Math.ceil(ms / size) * size)
  }),
  jsonparse: text((value) => {
    try {
      return JSON.parse(value) as Value
    } catch {
      // What is not JSON has no value.
      return undefined
    }
  }),
  jsonstringify: spec(1, 1, (value) => (isMap(value) || Array.isArray(value) ? toText(value) : JSON.stringify(value))),
}

/** The functions whose result is a point in time. */
export const instants: ReadonlySet<string> = new Set(['frommillis'])

/** Rounds times down for `bin`. */
export const binOf = (value: Value, stepMs: number): Value => floorTo(value, stepMs)

function extreme(values: readonly Value[], direction: 1 | -1): Value {
  const present = values.filter((value) => value !== undefined && value !== null)
  return present.sort((one, other) => compareValues(one, other) * -direction)[0]
}

function trimmed(value: Value, characters: Value, left: boolean, right: boolean): Value {
  const found = toText(value)
  if (found === undefined) return undefined
  const given = characters === undefined ? undefined : new Set(toText(characters))
  const isCut = (character: string) => (given ? given.has(character) : /\s/.test(character))
  let [begin, end] = [0, found.length]
  while (left && begin < end && isCut(found.charAt(begin))) begin++
  while (right && end > begin && isCut(found.charAt(end - 1))) end--
  return found.slice(begin, end)
}
