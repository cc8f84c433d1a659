import type { PatternReader } from './pattern-reader.ts'

/** The way to a value in a JSON document: names of members, places in arrays, and `*` for all of an array. */
export interface Selector {
  /** As it was written: `$.a.b[0]`. */
  text: string
  steps: readonly (string | number | typeof everyItem)[]
}

const everyItem = Symbol('*')
const memberName = /[\p{L}\p{N}_-]+/uy
const digits = /\d+/y

/** @throws ServiceError InvalidParameterException. */
export function readSelector(reader: PatternReader): Selector {
  const begin = reader.at
  reader.expect('$')
  const steps: Selector['steps'][number][] = []
  for (;;) {
    if (reader.take('.')) {
      if (reader.next === '[') continue
      const name = reader.run(memberName)
      if (name === '') throw reader.unexpected()
      steps.push(name)
    } else if (reader.take('[')) steps.push(readBracket(reader))
    else break
  }
  if (steps.length === 0) throw reader.unexpected()
  return { text: reader.text.slice(begin, reader.at), steps }
}

function readBracket(reader: PatternReader): Selector['steps'][number] {
  const step = readIndex(reader)
  reader.expect(']')
  return step
}

function readIndex(reader: PatternReader): Selector['steps'][number] {
  if (reader.take('*')) return everyItem
  for (const mark of [`'`, '"']) if (reader.take(mark)) return reader.upTo(mark, false)
  const index = reader.run(digits)
  if (index === '') throw reader.unexpected()
  return Number(index)
}

/** The values that a selector leads to: one, or several through `[*]`. */
export function select(document: unknown, { steps }: Selector): unknown[] {
  let found: unknown[] = [document]
  for (const step of steps) {
    found = found.flatMap((value): unknown[] => {
      if (typeof value !== 'object' || value === null) return []
      if (step === everyItem) return Array.isArray(value) ? value : []
      if (typeof step === 'number') return Array.isArray(value) && step < value.length ? [value[step]] : []
      return !Array.isArray(value) && Object.hasOwn(value, step) ? [(value as Record<string, unknown>)[step]] : []
    })
  }
  return found
}
