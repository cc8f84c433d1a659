/** A metric math expression as a tree. */
export type Expression =
  | { kind: 'number'; value: number }
  | { kind: 'text'; value: string }
  | { kind: 'name'; name: string }
  | { kind: 'list'; items: readonly Expression[] }
  | { kind: 'call'; name: string; arguments: readonly Expression[] }
  | { kind: 'unary'; operator: '-' | '!'; operand: Expression }
  | { kind: 'binary'; operator: BinaryOperator; left: Expression; right: Expression }

export type BinaryOperator = '+' | '-' | '*' | '/' | '^' | '<' | '<=' | '>' | '>=' | '==' | '!=' | 'AND' | 'OR'

/** An expression cannot be read or evaluated. The message is a sentence for the caller. */
export class MathError extends Error {}

/** How strongly operators bind, from the weakest on. */
const precedences: readonly (readonly BinaryOperator[])[] = [
  ['OR'],
  ['AND'],
  ['==', '!='],
  ['<', '<=', '>', '>='],
  ['+', '-'],
  ['*', '/'],
]

const deepestNesting = 50

/**
 * Reads a metric math expression.
 * @throws MathError
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html#metric-math-syntax
 */
export function readExpression(text: string): Expression {
  const reader = new Reader(tokensOf(text))
  const expression = reader.binary(0)
  reader.expectEnd()
  return expression
}

type Token = { kind: 'number' | 'text' | 'name' | 'sign'; text: string }

const tokenForms =
  /\s*(?:(?<number>\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?)|(?<text>"[^"]*"|'[^']*')|(?<name>[A-Za-z_]\w*)|(?<sign>&&|\|\||[<>=!]=|[-+*/^<>!(),[\]]))/y

function tokensOf(text: string): Token[] {
  const tokens: Token[] = []
  const end = text.trimEnd().length
  for (let at = 0; at < end; at = tokenForms.lastIndex) {
    tokenForms.lastIndex = at
    const groups = tokenForms.exec(text)?.groups
    if (!groups) throw new MathError(`Unexpected character at position ${at + 1}.`)
    for (const kind of ['number', 'text', 'name', 'sign'] as const) {
      const found = groups[kind]
      if (found !== undefined) tokens.push({ kind, text: kind === 'text' ? found.slice(1, -1) : found })
    }
  }
  return tokens
}

class Reader {
  readonly #tokens: readonly Token[]
  #at = 0
  #depth = 0

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens
  }

  expectEnd(): void {
    const token = this.#tokens[this.#at]
    if (token) throw new MathError(`Unexpected "${token.text}".`)
  }

  binary(level: number): Expression {
    const operators = precedences[level]
    if (!operators) return this.#unary()
    let left = this.binary(level + 1)
    for (;;) {
      const operator = operatorOf(this.#tokens[this.#at])
      if (!operator || !operators.includes(operator)) return left
      this.#at++
      left = { kind: 'binary', operator, left, right: this.binary(level + 1) }
    }
  }

  /** Signs bind less than powers: -2^2 is -4. */
  #unary(): Expression {
    if (++this.#depth > deepestNesting) throw new MathError('The expression is nested too deeply.')
    try {
      if (this.#takes('-')) return { kind: 'unary', operator: '-', operand: this.#unary() }
      if (this.#takes('+')) return this.#unary()
      if (this.#takes('!')) return { kind: 'unary', operator: '!', operand: this.#unary() }
      const base = this.#primary()
      if (!this.#takes('^')) return base
      return { kind: 'binary', operator: '^', left: base, right: this.#unary() }
    } finally {
      this.#depth--
    }
  }

  #primary(): Expression {
    const token = this.#tokens[this.#at++]
    if (!token) throw new MathError('The expression ends too early.')
    if (token.kind === 'number') return { kind: 'number', value: Number(token.text) }
    if (token.kind === 'text') return { kind: 'text', value: token.text }
    if (token.kind === 'name') {
      if (this.#takes('(')) return { kind: 'call', name: token.text.toUpperCase(), arguments: this.#items(')') }
      return { kind: 'name', name: token.text }
    }
    if (token.text === '(') {
      const inner = this.binary(0)
      this.#expect(')')
      return inner
    }
    if (token.text === '[') return { kind: 'list', items: this.#items(']') }
    throw new MathError(`Unexpected "${token.text}".`)
  }

  #items(end: string): Expression[] {
    const items: Expression[] = []
    if (this.#takes(end)) return items
    do items.push(this.binary(0))
    while (this.#takes(','))
    this.#expect(end)
    return items
  }

  #takes(sign: string): boolean {
    const token = this.#tokens[this.#at]
    if (token?.kind !== 'sign' || token.text !== sign) return false
    this.#at++
    return true
  }

  #expect(sign: string): void {
    if (this.#takes(sign)) return
    const found = this.#tokens[this.#at]
    throw new MathError(found ? `Expected "${sign}" in place of "${found.text}".` : `Expected "${sign}" at the end.`)
  }
}

const signs: Readonly<Record<string, BinaryOperator>> = { '&&': 'AND', '||': 'OR' }
const binaryOperators: ReadonlySet<string> = new Set(precedences.flat())

function operatorOf(token: Token | undefined): BinaryOperator | undefined {
  if (!token || token.kind === 'number' || token.kind === 'text') return undefined
  if (token.kind === 'name') {
    const word = token.text.toUpperCase()
    return word === 'AND' || word === 'OR' ? word : undefined
  }
  const operator = signs[token.text] ?? token.text
  return binaryOperators.has(operator) ? (operator as BinaryOperator) : undefined
}

/** The ids that an expression names. */
export function namesIn(expression: Expression): string[] {
  switch (expression.kind) {
    case 'name':
      return [expression.name]
    case 'list':
      return expression.items.flatMap(namesIn)
    case 'call':
      return expression.arguments.flatMap(namesIn)
    case 'unary':
      return namesIn(expression.operand)
    case 'binary':
      return [...namesIn(expression.left), ...namesIn(expression.right)]
    default:
      return []
  }
}
