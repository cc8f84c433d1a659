import { anyText, literalParts, oneCharacter, textPattern } from '../../../kit/text-pattern.ts'
import { unsupportedExpression } from './errors.ts'

/** A partition column, as the table declares it. */
export interface PartitionKey {
  name: string
  type: string
}

/** Whether the values of a partition meet an expression. */
export type PartitionFilter = (values: readonly string[]) => boolean

interface Token {
  kind: 'name' | 'text' | 'number' | 'sign'
  text: string
}

const pattern =
  /\s*(?:'((?:[^']|'')*)'|"((?:[^"]|"")*)"|`([^`]*)`|(-?\d+(?:\.\d+)?)|([A-Za-z_][\w$]*)|(<>|!=|<=|>=|[=<>(),])|(\S))/gy

/**
 * Compiles the expression of GetPartitions: comparisons, IN, BETWEEN, LIKE, IS NULL, AND, OR, NOT over partition columns.
 * @throws ServiceError InvalidInputException.
 * @see https://docs.aws.amazon.com/glue/latest/webapi/API_GetPartitions.html
 */
export function partitionFilter(expression: string, keys: readonly PartitionKey[]): PartitionFilter {
  return new ExpressionReader(expression, keys).filter()
}

class ExpressionReader {
  readonly #expression: string
  readonly #keys: readonly PartitionKey[]
  readonly #tokens: Token[] = []
  #at = 0
  #depth = 0

  constructor(expression: string, keys: readonly PartitionKey[]) {
    this.#expression = expression
    this.#keys = keys
    for (const [, text, quoted, back, number, name, sign, other] of expression.matchAll(pattern)) {
      if (other !== undefined) throw this.#refusal()
      if (text !== undefined) this.#tokens.push({ kind: 'text', text: text.replaceAll("''", "'") })
      else if (quoted !== undefined) this.#tokens.push({ kind: 'text', text: quoted.replaceAll('""', '"') })
      else if (number !== undefined) this.#tokens.push({ kind: 'number', text: number })
      else if (sign !== undefined) this.#tokens.push({ kind: 'sign', text: sign })
      else this.#tokens.push({ kind: 'name', text: back ?? name ?? '' })
    }
  }

  filter(): PartitionFilter {
    const filter = this.#either()
    if (this.#at < this.#tokens.length) throw this.#refusal()
    return filter
  }

  #refusal = () => unsupportedExpression(this.#expression)

  #either(): PartitionFilter {
    if (++this.#depth > 100) throw this.#refusal()
    let left = this.#both()
    while (this.#skip('or')) {
      const [one, other] = [left, this.#both()]
      left = (values) => one(values) || other(values)
    }
    this.#depth--
    return left
  }

  #both(): PartitionFilter {
    let left = this.#one()
    while (this.#skip('and')) {
      const [one, other] = [left, this.#one()]
      left = (values) => one(values) && other(values)
    }
    return left
  }

  #one(): PartitionFilter {
    if (this.#skip('not')) {
      const inner = this.#one()
      return (values) => !inner(values)
    }
    if (this.#skip('(')) {
      const inner = this.#either()
      this.#expect(')')
      return inner
    }
    return this.#condition()
  }

  #condition(): PartitionFilter {
    const name = this.#next()
    const index = this.#keys.findIndex((key) => key.name === name.text.toLowerCase())
    const key = this.#keys[index]
    if (!key || name.kind === 'number' || name.kind === 'sign') throw this.#refusal()
    const compare = /int|float|double|decimal/.test(key.type) ? compareNumbers : compareTexts
    const of = (values: readonly string[]) => values[index] ?? ''
    const isNot = this.#skip('not')
    const turned = (filter: PartitionFilter): PartitionFilter => (isNot ? (values) => !filter(values) : filter)
    if (this.#skip('in')) {
      const options = this.#list()
      return turned((values) => options.some((option) => compare(of(values), option) === 0))
    }
    if (this.#skip('between')) {
      const low = this.#value()
      this.#expect('and')
      const high = this.#value()
      return turned((values) => compare(of(values), low) >= 0 && compare(of(values), high) <= 0)
    }
    if (this.#skip('like')) {
      const like = likePattern(this.#value())
      return turned((values) => like(of(values)))
    }
    if (isNot) throw this.#refusal()
    if (this.#skip('is')) {
      const wantsValue = this.#skip('not')
      this.#expect('null')
      return (values) => (of(values) !== hiveNull) === wantsValue
    }
    const { text: sign } = this.#next()
    const test = comparisons[sign]
    if (!test) throw this.#refusal()
    const value = this.#value()
    return (values) => test(compare(of(values), value))
  }

  #list(): string[] {
    this.#expect('(')
    const values: string[] = []
    do values.push(this.#value())
    while (this.#skip(','))
    this.#expect(')')
    return values
  }

  #value(): string {
    // A literal may have its type before it: DATE '2024-01-01'.
    if (this.#tokens[this.#at]?.kind === 'name' && this.#tokens[this.#at + 1]?.kind === 'text') this.#at++
    const { kind, text } = this.#next()
    if (kind === 'sign') throw this.#refusal()
    return text
  }

  #next(): Token {
    const token = this.#tokens[this.#at++]
    if (!token) throw this.#refusal()
    return token
  }

  #skip(text: string): boolean {
    const token = this.#tokens[this.#at]
    if (token?.text.toLowerCase() !== text || (token.kind !== 'name' && token.kind !== 'sign')) return false
    this.#at++
    return true
  }

  #expect(text: string): void {
    if (!this.#skip(text)) throw this.#refusal()
  }
}

const hiveNull = '__HIVE_DEFAULT_PARTITION__'

const comparisons: Readonly<Record<string, (order: number) => boolean>> = {
  '=': (order) => order === 0,
  '<>': (order) => order !== 0,
  '!=': (order) => order !== 0,
  '<': (order) => order < 0,
  '<=': (order) => order <= 0,
  '>': (order) => order > 0,
  '>=': (order) => order >= 0,
}

const compareNumbers = (one: string, other: string) => Number(one) - Number(other)
const compareTexts = (one: string, other: string) => (one === other ? 0 : one < other ? -1 : 1)

/** `%` stands for any text, `_` for one character. */
const likePattern = (text: string) =>
  textPattern(
    (text.match(/%+|_|[^%_]+/g) ?? []).flatMap((part) => {
      if (part === '_') return oneCharacter
      return part.startsWith('%') ? anyText : literalParts(part)
    }),
  )
