/** A point in time: a number in arithmetic, and a date in results. */
export class Instant {
  readonly ms: number

  constructor(ms: number) {
    this.ms = ms
  }
}

/** A value of a query. Lists and maps come from JSON. */
export type Value = string | number | boolean | null | undefined | Instant | readonly Value[] | ValueMap

export interface ValueMap {
  readonly [name: string]: Value
}

export const isMap = (value: Value): value is ValueMap =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Instant)

const number = /^\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?\s*$/

/** Reads a value as a number; undefined for what is none. */
export function toNumber(value: Value): number | undefined {
  if (typeof value === 'number') return value
  if (value instanceof Instant) return value.ms
  if (typeof value === 'string' && number.test(value)) return Number(value)
  return undefined
}

/** Writes a value as results show it; undefined for what is not there. */
export function toText(value: Value): string | undefined {
  if (value === undefined || value === null) return undefined
  if (typeof value === 'string') return value
  if (value instanceof Instant) return dateText(value.ms)
  return typeof value === 'object' ? JSON.stringify(plain(value)) : String(value)
}

/** `2026-03-01 12:00:00.000`, in UTC. */
const dateText = (ms: number): string =>
  Math.abs(ms) <= 8.64e15 ? new Date(ms).toISOString().replace('T', ' ').replace('Z', '') : String(ms)

const plain = (value: Value): unknown => {
  if (value instanceof Instant) return dateText(value.ms)
  if (Array.isArray(value)) return value.map(plain)
  if (isMap(value)) return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, plain(inner)]))
  return value
}

/** Orders values: what is not there first, numbers by size, all else as text. */
export function compareValues(one: Value, other: Value): number {
  const [a, b] = [toNumber(one), toNumber(other)]
  if (a !== undefined && b !== undefined) return a - b
  const [left, right] = [toText(one), toText(other)]
  if (left === undefined || right === undefined) return Number(left !== undefined) - Number(right !== undefined)
  return left < right ? -1 : left > right ? 1 : 0
}

export function equalValues(one: Value, other: Value): boolean {
  const [a, b] = [toNumber(one), toNumber(other)]
  if (a !== undefined && b !== undefined) return a === b
  const text = toText(one)
  return text !== undefined && text === toText(other)
}

export const isTrue = (value: Value): boolean => value === true || value === 'true' || (toNumber(value) ?? 0) !== 0
