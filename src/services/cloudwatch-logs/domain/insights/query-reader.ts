import { dayMs, hourMs, minuteMs, secondMs } from '../../../../core/durations.ts'
import { malformedQuery } from '../errors.ts'
import type { Value } from './values.ts'

const word = /[@A-Za-z_][\w@]*(?:\.[\w@]+|\[\d+\])*/y
const number = /(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?/y
const duration =
  /(\d+)(milliseconds?|msecs?|ms|seconds?|secs?|sec|s|minutes?|mins?|min|m|hours?|hrs?|hr|h|days?|d|weeks?|w|months?|mo|quarters?|qtrs?|q|years?|yrs?|y)\b/y
const blank = /(?:\s+|#[^\n]*)+/y

/** Reads a query from left to right. Between words stand spaces and comments. */
export class QueryReader {
  readonly text: string
  #at = 0
  /** Where the last word ends. */
  end = 0

  constructor(text: string) {
    this.text = text
  }

  get at(): number {
    return this.#at
  }

  /** Moves on, or back to where something was read before. */
  set at(at: number) {
    this.#at = at
    this.end = at
  }

  #match(sticky: RegExp): RegExpExecArray | null {
    sticky.lastIndex = this.at
    const found = sticky.exec(this.text)
    if (found) this.at += found[0].length
    return found
  }

  skipBlank(): void {
    blank.lastIndex = this.#at
    this.#at += blank.exec(this.text)?.[0].length ?? 0
  }

  get isAtEnd(): boolean {
    this.skipBlank()
    return this.at >= this.text.length
  }

  /** Reads a sign that may stand here. */
  take(sign: string): boolean {
    this.skipBlank()
    if (!this.text.startsWith(sign, this.at)) return false
    this.at += sign.length
    return true
  }

  expect(sign: string): void {
    if (!this.take(sign)) throw this.unexpected()
  }

  /** Reads a word that may stand here, in any case. */
  takeWord(...words: readonly string[]): boolean {
    const before = [this.#at, this.end] as const
    for (const wanted of words) {
      this.skipBlank()
      const [found] = this.#match(/[A-Za-z_]\w*/y) ?? []
      if (found?.toLowerCase() !== wanted) {
        ;[this.#at, this.end] = before
        return false
      }
    }
    return true
  }

  /** The name of a field: a word with dots, or anything between backticks. */
  name(): string | undefined {
    this.skipBlank()
    if (this.text.charAt(this.at) === '`') {
      const end = this.text.indexOf('`', this.at + 1)
      if (end < 0) throw this.unexpected()
      const name = this.text.slice(this.at + 1, end)
      this.at = end + 1
      return name
    }
    return this.#match(word)?.[0].replaceAll('[', '.').replaceAll(']', '')
  }

  number(): number | undefined {
    this.skipBlank()
    const found = this.#match(number)
    return found ? Number(found[0]) : undefined
  }

  /** A length of time such as `5m`, in milliseconds. */
  duration(): number | undefined {
    this.skipBlank()
    const [, count, unit = ''] = this.#match(duration) ?? []
    return count === undefined ? undefined : Number(count) * unitMs(unit)
  }

  /** A text between quotation marks. */
  string(): string | undefined {
    this.skipBlank()
    const mark = this.text.charAt(this.at)
    if (mark !== '"' && mark !== "'") return undefined
    let found = ''
    for (let at = this.at + 1; at < this.text.length; at++) {
      const character = this.text.charAt(at)
      if (character === mark) {
        this.at = at + 1
        return found
      }
      if (character === '\\') {
        at++
        const escaped = this.text.charAt(at)
        found += escapes[escaped] ?? escaped
      } else found += character
    }
    throw this.unexpected()
  }

  /** A regular expression between slashes. */
  expression(): RegExp | undefined {
    this.skipBlank()
    const begin = this.at
    const found = this.#match(/\/((?:\\.|[^/\\\n])+)\//y)
    if (!found) return undefined
    try {
      return compileExpression(found[1] ?? '')
    } catch {
      throw this.malformed('invalid regular expression', begin)
    }
  }

  /** Returns what cannot stand here. */
  unexpected(): Error {
    this.skipBlank()
    const found = this.text.slice(this.at, this.at + 20)
    return this.malformed(found === '' ? 'unexpected end of the query' : `unexpected symbol found ${found}`)
  }

  malformed(message: string, begin = this.at): Error {
    return malformedQuery(message, [begin, Math.min(this.text.length, Math.max(this.at, begin + 1))])
  }
}

const escapes: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r' }

/** Compiles an expression as Java reads it, as far as both languages agree. It runs in a thread that has a deadline. */
function compileExpression(source: string): RegExp {
  const [, flags = ''] = /^\(\?([is]+)\)/.exec(source) ?? []
  return new RegExp(flags === '' ? source : source.slice(flags.length + 3), flags)
}

const unitSizes: readonly (readonly [RegExp, number])[] = [
  [/^(ms|msec|millisecond)/, 1],
  [/^mo/, 30 * dayMs],
  [/^s/, secondMs],
  [/^m/, minuteMs],
  [/^h/, hourMs],
  [/^d/, dayMs],
  [/^w/, 7 * dayMs],
  [/^q/, 91 * dayMs],
  [/^y/, 365 * dayMs],
]

const unitMs = (unit: string): number => unitSizes.find(([expression]) => expression.test(unit))?.[1] ?? secondMs

/** What an expression is, compiled. */
export type Evaluate = (record: { get(name: string): Value }) => Value
