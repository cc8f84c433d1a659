import { binOf, functions, instants } from './functions.ts'
import type { Evaluate, QueryReader } from './query-reader.ts'
import { compareValues, equalValues, Instant, isTrue, toNumber, toText, type Value } from './values.ts'

/** An expression with the text that it was written as, which names its column. */
export interface Expression {
  text: string
  evaluate: Evaluate
}

/** Brackets and functions inside one another, at most: queries have 10,000 characters. */
const mostDepth = 100

/** Reads expressions of a query. @throws ServiceError MalformedQueryException. */
export class ExpressionReader {
  readonly #reader: QueryReader
  #depth = 0

  constructor(reader: QueryReader) {
    this.#reader = reader
  }

  /** An expression with `and` and `or`. */
  read(): Expression {
    this.#reader.skipBlank()
    const begin = this.#reader.at
    const evaluate = this.#or()
    return { text: this.#reader.text.slice(begin, this.#reader.end), evaluate }
  }

  #deeper(read: () => Evaluate): Evaluate {
    if (++this.#depth > mostDepth) throw this.#reader.malformed('the query is nested too deeply')
    const evaluate = read()
    this.#depth--
    return evaluate
  }

  #or(): Evaluate {
    return this.#deeper(() => this.#alternatives())
  }

  #alternatives(): Evaluate {
    let left = this.#and()
    while (this.#reader.takeWord('or') || this.#reader.take('||')) {
      const [one, other] = [left, this.#and()]
      left = (record) => isTrue(one(record)) || isTrue(other(record))
    }
    return left
  }

  #and(): Evaluate {
    let left = this.#not()
    while (this.#reader.takeWord('and') || this.#reader.take('&&')) {
      const [one, other] = [left, this.#not()]
      left = (record) => isTrue(one(record)) && isTrue(other(record))
    }
    return left
  }

  #not(): Evaluate {
    let negated = false
    while (this.#reader.takeWord('not')) negated = !negated
    const inner = this.#comparison()
    return negated ? (record) => !isTrue(inner(record)) : inner
  }

  #comparison(): Evaluate {
    const left = this.#sum()
    const reader = this.#reader
    if (reader.takeWord('not', 'like')) return negate(this.#like(left))
    if (reader.takeWord('like') || reader.take('=~')) return this.#like(left)
    if (reader.takeWord('not', 'in')) return negate(this.#in(left))
    if (reader.takeWord('in')) return this.#in(left)
    const operator = ['!=', '<=', '>=', '=', '<', '>'].find((sign) => reader.take(sign))
    if (!operator) return left
    const right = this.#sum()
    return comparisons[operator]?.(left, right) ?? left
  }

  #like(left: Evaluate): Evaluate {
    const expression = this.#reader.expression()
    if (expression) return (record) => expression.test(toText(left(record)) ?? '')
    const right = this.#sum()
    return (record) => {
      const [found, part] = [toText(left(record)), toText(right(record))]
      return found !== undefined && part !== undefined && found.includes(part)
    }
  }

  #in(left: Evaluate): Evaluate {
    this.#reader.expect('[')
    const values: Evaluate[] = []
    do values.push(this.#sum())
    while (this.#reader.take(','))
    this.#reader.expect(']')
    return (record) => {
      const found = left(record)
      return values.some((value) => equalValues(found, value(record)))
    }
  }

  #sum(): Evaluate {
    return this.#chain(['+', '-'], () => this.#product())
  }

  #product(): Evaluate {
    return this.#chain(['*', '/', '%'], () => this.#power())
  }

  #chain(signs: readonly string[], operand: () => Evaluate): Evaluate {
    let left = operand()
    for (let sign = this.#sign(signs); sign !== undefined; sign = this.#sign(signs)) {
      const [one, other, calculate] = [left, operand(), calculations[sign]]
      left = arithmetic(one, other, calculate)
    }
    return left
  }

  #sign(signs: readonly string[]): string | undefined {
    return signs.find((sign) => this.#reader.take(sign))
  }

  #power(): Evaluate {
    const base = this.#primary()
    return this.#reader.take('^') ? arithmetic(base, this.#primary(), calculations['^']) : base
  }

  #primary(): Evaluate {
    const reader = this.#reader
    if (reader.take('(')) {
      const inner = this.#or()
      reader.expect(')')
      return inner
    }
    if (reader.take('-')) return this.#deeper(() => arithmetic(() => 0, this.#primary(), calculations['-']))
    const constant = reader.string() ?? reader.duration() ?? reader.number()
    if (constant !== undefined) return () => constant
    const begin = reader.at
    const name = reader.name()
    if (name === undefined) throw reader.unexpected()
    if (reader.text.charAt(begin) !== '`' && reader.take('(')) return this.#call(name.toLowerCase(), begin)
    if (name.toLowerCase() === 'true') return () => true
    if (name.toLowerCase() === 'false') return () => false
    return (record) => record.get(name)
  }

  #call(name: string, begin: number): Evaluate {
    const reader = this.#reader
    const given: Evaluate[] = []
    if (!reader.take(')')) {
      do given.push(this.#or())
      while (reader.take(','))
      reader.expect(')')
    }
    if (name === 'bin') return this.#bin(given, begin)
    const found = Object.hasOwn(functions, name) ? functions[name] : undefined
    if (!found) throw reader.malformed(`unknown function ${name}`, begin)
    if (given.length < found.least || given.length > found.most) {
      throw reader.malformed(`wrong number of arguments of ${name}`, begin)
    }
    const call: Evaluate = (record) => found.call(...given.map((one) => one(record)))
    if (!instants.has(name)) return call
    return (record) => {
      const ms = toNumber(call(record))
      return ms === undefined ? undefined : new Instant(ms)
    }
  }

  /** `bin(5m)` of the time of the event, or `bin(field, 5m)`. */
  #bin(given: readonly Evaluate[], begin: number): Evaluate {
    const step = toNumber(given.at(-1)?.({ get: () => undefined }))
    if (!step || step <= 0 || given.length > 2) throw this.#reader.malformed('bin needs a period such as 5m', begin)
    const [field] = given.length === 2 ? given : []
    return (record) => binOf(field ? field(record) : record.get('@timestamp'), step)
  }
}

const negate =
  (inner: Evaluate): Evaluate =>
  (record) =>
    !isTrue(inner(record))

type Calculate = (one: number, other: number) => number

const calculations: Readonly<Record<string, Calculate>> = {
  '+': (one, other) => one + other,
  '-': (one, other) => one - other,
  '*': (one, other) => one * other,
  '/': (one, other) => one / other,
  '%': (one, other) => one % other,
  '^': (one, other) => one ** other,
}

const arithmetic =
  (one: Evaluate, other: Evaluate, calculate: Calculate | undefined): Evaluate =>
  (record) => {
    const [a, b] = [toNumber(one(record)), toNumber(other(record))]
    const result = a === undefined || b === undefined ? undefined : calculate?.(a, b)
    return result !== undefined && Number.isFinite(result) ? result : undefined
  }

const ordered =
  (holds: (order: number) => boolean) =>
  (one: Evaluate, other: Evaluate): Evaluate =>
  (record) => {
    const [left, right] = [one(record), other(record)]
    return isThere(left) && isThere(right) && holds(compareValues(left, right))
  }

const isThere = (value: Value): boolean => value !== undefined && value !== null

const comparisons: Readonly<Record<string, (one: Evaluate, other: Evaluate) => Evaluate>> = {
  '=': (one, other) => (record) => equalValues(one(record), other(record)),
  '!=': (one, other) => (record) => !equalValues(one(record), other(record)),
  '<': ordered((order) => order < 0),
  '<=': ordered((order) => order <= 0),
  '>': ordered((order) => order > 0),
  '>=': ordered((order) => order >= 0),
}
