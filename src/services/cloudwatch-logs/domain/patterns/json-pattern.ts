import { compares, type Operand, type Operator, readOperand, readOperator } from './comparison.ts'
import type { FilterPattern } from './compiled-pattern.ts'
import { type Conditions, each, hold, readConditions } from './conditions.ts'
import { readSelector, type Selector, select } from './json-selector.ts'
import { PatternReader } from './pattern-reader.ts'

type Condition = { selector: Selector } & (
  | { test: 'compare'; operator: Operator; operand: Operand }
  | { test: 'is'; value: null | boolean }
  | { test: 'exists'; wanted: boolean }
)

/** Compiles `{ $.a = "x" && … }`. @throws ServiceError InvalidParameterException. */
export function jsonPattern(text: string): FilterPattern {
  const reader = new PatternReader(text)
  reader.skipSpace()
  reader.expect('{')
  const conditions = readConditions(reader, () => readCondition(reader))
  reader.skipSpace()
  reader.expect('}')
  reader.skipSpace()
  if (!reader.isAtEnd) throw reader.unexpected()
  const matches = (document: unknown) => hold(conditions, (condition) => holds(condition, document))
  return {
    literals: literalsOf(conditions),
    expressions: each(conditions).filter((one) => one.test === 'compare' && one.operand.kind === 'expression').length,
    matches(message) {
      const document = parsed(message)
      return document !== undefined && matches(document)
    },
    extract(message) {
      const document = parsed(message)
      if (document === undefined || !matches(document)) return undefined
      return Object.fromEntries(each(conditions).flatMap(({ selector }) => entriesOf(document, selector)))
    },
    valueOf(message, name) {
      const document = parsed(message)
      const selector = selectorOf(name)
      const [value] = document === undefined || !selector ? [] : select(document, selector)
      return textOf(value)
    },
  }
}

/** The selector of a metric's value or dimension; undefined for text that is none. */
function selectorOf(text: string): Selector | undefined {
  const reader = new PatternReader(text)
  try {
    const selector = readSelector(reader)
    return reader.isAtEnd ? selector : undefined
  } catch {
    // Not a selector: the refusal of a pattern is of no use here.
    return undefined
  }
}

const entriesOf = (document: unknown, selector: Selector): [string, string][] => {
  const [value] = select(document, selector)
  const text = textOf(value)
  return text === undefined ? [] : [[selector.text, text]]
}

function textOf(value: unknown): string | undefined {
  if (value === undefined) return undefined
  if (typeof value === 'string') return value
  try {
    return JSON.stringify(value)
  } catch {
    // It goes deeper than the stack takes.
    return undefined
  }
}

/** A document; messages that are not JSON objects or arrays match nothing. */
function parsed(message: string): unknown {
  const first = message.trimStart().charAt(0)
  if (first !== '{' && first !== '[') return undefined
  try {
    return JSON.parse(message)
  } catch {
    return undefined
  }
}

const space = /\s+/y

function readCondition(reader: PatternReader): Condition {
  reader.skipSpace()
  const selector = readSelector(reader)
  reader.skipSpace()
  const word = reader.run(/[A-Za-z]+/y).toUpperCase()
  if (word === 'IS') {
    reader.run(space)
    const value = reader.run(/[A-Za-z]+/y).toUpperCase()
    if (value === 'NULL') return { selector, test: 'is', value: null }
    if (value === 'TRUE' || value === 'FALSE') return { selector, test: 'is', value: value === 'TRUE' }
    reader.at -= value.length
    throw reader.unexpected()
  }
  if (word === 'EXISTS') return { selector, test: 'exists', wanted: true }
  if (word === 'NOT') {
    reader.run(space)
    const exists = reader.run(/[A-Za-z]+/y)
    if (exists.toUpperCase() === 'EXISTS') return { selector, test: 'exists', wanted: false }
    reader.at -= exists.length
    throw reader.unexpected()
  }
  reader.at -= word.length
  const operator = readOperator(reader)
  reader.skipSpace()
  return { selector, test: 'compare', operator, operand: readOperand(reader, operator) }
}

function holds(condition: Condition, document: unknown): boolean {
  const found = select(document, condition.selector)
  switch (condition.test) {
    case 'exists':
      return found.length > 0 === condition.wanted
    case 'is':
      return found.some((value) => value === condition.value)
    case 'compare':
      return found.some((value) => {
        const scalar = typeof value === 'boolean' ? String(value) : value
        if (typeof scalar !== 'string' && typeof scalar !== 'number') return false
        return compares(scalar, condition.operator, condition.operand)
      })
  }
}

/**
 * Texts of which every message that matches holds one, so that others need not be parsed. Undefined where there are none. Only
 * of characters that JSON has no second spelling for, but for `\u`.
 */
function literalsOf(conditions: Conditions<Condition>): readonly string[] | undefined {
  if (conditions.kind === 'one') {
    const { condition } = conditions
    if (condition.test !== 'compare' || condition.operator !== '=' || condition.operand.kind !== 'text')
      return undefined
    const [longest = ''] = condition.operand.value.split('*').sort((one, other) => other.length - one.length)
    // Numbers have other spellings.
    return /^[\w .:@-]{3,}$/.test(longest) && /[a-df-z]/i.test(longest) ? [longest] : undefined
  }
  const all = conditions.all.map(literalsOf)
  if (conditions.kind === 'or') return all.every((one) => one !== undefined) ? all.flat() : undefined
  return all.find((one) => one !== undefined)
}
