import { invalidPattern, type PatternReader } from './pattern-reader.ts'
import { RegularExpression } from './regular-expression.ts'

/** A value that JSON and space-delimited patterns compare with. */
export type Operand =
  | { kind: 'number'; value: number; text: string }
  | { kind: 'text'; value: string; hasWildcards: boolean }
  | { kind: 'expression'; value: RegularExpression }

export type Operator = '=' | '!=' | '<' | '<=' | '>' | '>='

const operators: readonly Operator[] = ['!=', '<=', '>=', '=', '<', '>']

const bare = /[\p{L}\p{N}_\-.*/@#$:+~]+/uy
const number = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/

export function readOperator(reader: PatternReader): Operator {
  const operator = operators.find((one) => reader.take(one))
  if (!operator) throw reader.unexpected()
  return operator
}

/** @throws ServiceError InvalidParameterException. */
export function readOperand(reader: PatternReader, operator: Operator): Operand {
  const operand = readAny(reader)
  if (operator !== '=' && operator !== '!=' && operand.kind !== 'number') {
    throw invalidPattern(`${operator} compares numbers.`)
  }
  return operand
}

function readAny(reader: PatternReader): Operand {
  if (reader.take('"')) {
    const value = reader.upTo('"', false)
    return { kind: 'text', value, hasWildcards: value.includes('*') }
  }
  if (reader.take('%')) return { kind: 'expression', value: new RegularExpression(reader.upTo('%', true)) }
  const value = reader.run(bare)
  if (value === '') throw reader.unexpected()
  if (number.test(value)) return { kind: 'number', value: Number(value), text: value }
  return { kind: 'text', value, hasWildcards: value.includes('*') }
}

/** Compares a text or number of an event. */
export function compares(found: string | number, operator: Operator, operand: Operand): boolean {
  if (operator === '=') return equals(found, operand)
  if (operator === '!=') return !equals(found, operand)
  if (operand.kind !== 'number') return false
  const value = typeof found === 'number' ? found : number.test(found) ? Number(found) : Number.NaN
  if (operator === '<') return value < operand.value
  if (operator === '<=') return value <= operand.value
  if (operator === '>') return value > operand.value
  return value >= operand.value
}

function equals(found: string | number, operand: Operand): boolean {
  if (operand.kind === 'expression') return operand.value.test(String(found))
  if (operand.kind === 'text') {
    return operand.hasWildcards ? fitsWildcards(operand.value, String(found)) : operand.value === String(found)
  }
  if (typeof found === 'number') return found === operand.value
  return found === operand.text || (number.test(found) && Number(found) === operand.value)
}

/** Returns whether a whole text fits a pattern in which `*` stands for any characters. */
export function fitsWildcards(pattern: string, text: string): boolean {
  const [first = '', ...rest] = pattern.split('*')
  const last = rest.pop()
  if (last === undefined) return text === first
  if (!text.startsWith(first)) return false
  let at = first.length
  for (const part of rest) {
    const found = text.indexOf(part, at)
    if (found < 0) return false
    at = found + part.length
  }
  return text.length - last.length >= at && text.endsWith(last)
}
