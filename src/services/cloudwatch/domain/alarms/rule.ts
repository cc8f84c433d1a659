import type { StateValue } from './alarm.ts'

/** The rule of a composite alarm as a tree. */
export type Rule =
  | { kind: 'state'; state: StateValue; alarm: string }
  | { kind: 'constant'; value: boolean }
  | { kind: 'not'; operand: Rule }
  | { kind: 'and' | 'or'; left: Rule; right: Rule }

/** A rule cannot be read. The message is for the caller. */
export class RuleError extends Error {}

const mostAlarms = 100
const mostElements = 500
const deepestNesting = 100

/**
 * Reads the rule of a composite alarm: `ALARM("a") AND NOT (OK(b) OR FALSE)`.
 * @throws RuleError
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutCompositeAlarm.html
 */
export function readRule(text: string): Rule {
  const reader = new RuleReader(tokensOf(text))
  const rule = reader.either()
  reader.expectEnd()
  if (new Set(alarmsIn(rule)).size > mostAlarms) throw new RuleError(`A rule names ${mostAlarms} alarms at most`)
  return rule
}

/** The names or ARNs that a rule has. */
export function alarmsIn(rule: Rule): string[] {
  switch (rule.kind) {
    case 'state':
      return [rule.alarm]
    case 'constant':
      return []
    case 'not':
      return alarmsIn(rule.operand)
    default:
      return [...alarmsIn(rule.left), ...alarmsIn(rule.right)]
  }
}

/** @param stateOf - undefined for an alarm that is not there: nothing holds of it. */
export function holds(rule: Rule, stateOf: (alarm: string) => StateValue | undefined): boolean {
  switch (rule.kind) {
    case 'state':
      return stateOf(rule.alarm) === rule.state
    case 'constant':
      return rule.value
    case 'not':
      return !holds(rule.operand, stateOf)
    case 'and':
      return holds(rule.left, stateOf) && holds(rule.right, stateOf)
    case 'or':
      return holds(rule.left, stateOf) || holds(rule.right, stateOf)
  }
}

const tokenForms = /\s*(?:(?<sign>[()])|"(?<quoted>[^"]*)"|(?<word>[^\s()"]+))/y

type Token = { kind: 'sign' | 'quoted' | 'word'; text: string }

function tokensOf(text: string): Token[] {
  const tokens: Token[] = []
  const end = text.trimEnd().length
  for (let at = 0; at < end; at = tokenForms.lastIndex) {
    tokenForms.lastIndex = at
    const groups = tokenForms.exec(text)?.groups
    if (!groups) throw new RuleError(`Unexpected character at position ${at + 1}`)
    for (const kind of ['sign', 'quoted', 'word'] as const) {
      const found = groups[kind]
      if (found !== undefined) tokens.push({ kind, text: found })
    }
    if (tokens.length > 4 * mostElements) throw new RuleError(`A rule has ${mostElements} elements at most`)
  }
  return tokens
}

const states: ReadonlySet<string> = new Set(['OK', 'ALARM', 'INSUFFICIENT_DATA'])

class RuleReader {
  readonly #tokens: readonly Token[]
  #at = 0
  #depth = 0

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens
  }

  either(): Rule {
    let left = this.#both()
    while (this.#takes('OR')) left = { kind: 'or', left, right: this.#both() }
    return left
  }

  #both(): Rule {
    let left = this.#one()
    while (this.#takes('AND')) left = { kind: 'and', left, right: this.#one() }
    return left
  }

  #one(): Rule {
    if (++this.#depth > deepestNesting) throw new RuleError('The rule is nested too deeply')
    try {
      if (this.#takes('NOT')) return { kind: 'not', operand: this.#one() }
      if (this.#takes('(')) {
        const inner = this.either()
        this.#expect(')')
        return inner
      }
      return this.#leaf()
    } finally {
      this.#depth--
    }
  }

  #leaf(): Rule {
    const token = this.#tokens[this.#at++]
    if (!token) throw new RuleError('The rule ends too early')
    if (token.kind !== 'word') throw new RuleError(`Unexpected "${token.text}"`)
    if (token.text === 'TRUE' || token.text === 'FALSE') return { kind: 'constant', value: token.text === 'TRUE' }
    if (!states.has(token.text)) throw new RuleError(`Unexpected "${token.text}"`)
    this.#expect('(')
    const name = this.#tokens[this.#at++]
    if (!name || name.kind === 'sign' || name.text === '')
      throw new RuleError(`${token.text} needs the name of an alarm`)
    this.#expect(')')
    return { kind: 'state', state: token.text as StateValue, alarm: name.text }
  }

  expectEnd(): void {
    const token = this.#tokens[this.#at]
    if (token) throw new RuleError(`Unexpected "${token.text}"`)
  }

  #takes(text: string): boolean {
    const token = this.#tokens[this.#at]
    if (!token || token.kind === 'quoted' || token.text !== text) return false
    this.#at++
    return true
  }

  #expect(text: string): void {
    if (this.#takes(text)) return
    const found = this.#tokens[this.#at]
    throw new RuleError(found ? `Expected "${text}" in place of "${found.text}"` : `Expected "${text}" at the end`)
  }
}
