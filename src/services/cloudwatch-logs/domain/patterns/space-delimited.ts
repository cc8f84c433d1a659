import { compares, type Operand, type Operator, readOperand, readOperator } from './comparison.ts'
import type { FilterPattern } from './compiled-pattern.ts'
import { type Conditions, each, hold, readConditions } from './conditions.ts'
import { invalidPattern, PatternReader } from './pattern-reader.ts'

interface Condition {
  name: string
  /** Absent for a field that is only named. */
  comparison?: { operator: Operator; operand: Operand }
}

interface Field {
  name: string
  conditions: Conditions<Condition>
}

/** Compiles `[ip, …, status = 4*, size]`. @throws ServiceError InvalidParameterException. */
export function spaceDelimitedPattern(text: string): FilterPattern {
  const reader = new PatternReader(text)
  reader.skipSpace()
  reader.expect('[')
  const { before, after } = readFields(reader)
  reader.skipSpace()
  if (!reader.isAtEnd) throw reader.unexpected()
  const fields = [...before, ...(after ?? [])]
  const conditions = fields.flatMap((field) => each(field.conditions))

  const read = (message: string): Map<string, string> | undefined => {
    const words = wordsOf(message)
    const fits = after ? words.length >= fields.length : words.length === fields.length
    if (!fits) return undefined
    const values = [...words.slice(0, before.length), ...(after?.length ? words.slice(-after.length) : [])]
    const isMatch = fields.every((field, n) => fieldFits(field, values[n] ?? ''))
    return isMatch ? new Map(fields.map(({ name }, n) => [`$${name}`, values[n] ?? ''])) : undefined
  }
  return {
    literals: undefined,
    expressions: conditions.filter(({ comparison }) => comparison?.operand.kind === 'expression').length,
    matches: (message) => read(message) !== undefined,
    extract: (message) => {
      const found = read(message)
      return found && Object.fromEntries(found)
    },
    valueOf: (message, name) => read(message)?.get(name),
  }
}

function readFields(reader: PatternReader): { before: Field[]; after: Field[] | undefined } {
  const before: Field[] = []
  let after: Field[] | undefined
  do {
    reader.skipSpace()
    if (reader.take('...')) {
      if (after) throw invalidPattern('it has more than one ellipsis.')
      after = []
    } else (after ?? before).push(readField(reader))
    reader.skipSpace()
  } while (reader.take(','))
  reader.expect(']')
  const names = [...before, ...(after ?? [])].map(({ name }) => name)
  if (new Set(names).size < names.length) throw invalidPattern('two fields have one name.')
  return { before, after }
}

function readField(reader: PatternReader): Field {
  const conditions = readConditions(reader, () => readCondition(reader))
  const names = new Set(each(conditions).map(({ name }) => name))
  const [name = ''] = names
  if (names.size > 1) throw invalidPattern('the conditions of a field name another one.')
  return { name, conditions }
}

function readCondition(reader: PatternReader): Condition {
  reader.skipSpace()
  const name = reader.run(/[\p{L}\p{N}_-]+/uy)
  if (name === '') throw reader.unexpected()
  reader.skipSpace()
  if (!/[=!<>]/.test(reader.next)) return { name }
  const operator = readOperator(reader)
  reader.skipSpace()
  return { name, comparison: { operator, operand: readOperand(reader, operator) } }
}

const fieldFits = ({ conditions }: Field, value: string): boolean =>
  hold(conditions, ({ comparison }) => !comparison || compares(value, comparison.operator, comparison.operand))

/** The fields of a message: words between spaces; what stands in quotation marks or square brackets is one. */
function wordsOf(message: string): string[] {
  const words: string[] = []
  for (let at = 0; ; ) {
    while (isSpace(message.charCodeAt(at))) at++
    if (at >= message.length) return words
    const close = closing[message.charAt(at)]
    const end = close === undefined ? -1 : message.indexOf(close, at + 1)
    if (end >= 0 && (end + 1 === message.length || isSpace(message.charCodeAt(end + 1)))) {
      words.push(message.slice(at + 1, end))
      at = end + 1
      continue
    }
    let behind = at
    while (behind < message.length && !isSpace(message.charCodeAt(behind))) behind++
    words.push(message.slice(at, behind))
    at = behind
  }
}

const closing: Readonly<Record<string, string>> = { '"': '"', '[': ']' }

const isSpace = (code: number): boolean => code === 32 || (code >= 9 && code <= 13)
