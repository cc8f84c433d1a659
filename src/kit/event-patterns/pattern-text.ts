import { JsonScanner } from '../../policy/json-scanner.ts'

/** A value of an event that is neither an object nor an array. */
export type Leaf = string | number | boolean | null

/** A value of a pattern's text, with its place. */
export type PatternNode = { readonly start: number; readonly end: number } & (
  | { readonly kind: 'object'; readonly members: readonly PatternMember[] }
  | { readonly kind: 'array'; readonly items: readonly PatternNode[] }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'number'; readonly value: number; readonly text: string }
  | { readonly kind: 'literal'; readonly value: boolean | null }
)

/** Members keep their order, and one that is given twice is there twice. */
export interface PatternMember {
  readonly name: string
  readonly value: PatternNode
}

/** A pattern that EventBridge refuses. The message is the reason that AWS gives, with the place where it gives one. */
export class EventPatternError extends Error {
  constructor(reason: string) {
    super(reason)
    this.name = 'EventPatternError'
  }
}

/** How much of the text AWS repeats in a refusal. */
const shownCharacters = 500

/** Deeper texts are refused before they exhaust the stack. */
const deepestNesting = 256

/** Words a refusal as AWS does: the reason, and the place behind what was read last. */
export function refusalAt(text: string, reason: string, offset: number): EventPatternError {
  return new EventPatternError(`${reason}\n at ${placeOf(text, offset)}`)
}

function placeOf(text: string, offset: number): string {
  const hidden = text.length - shownCharacters
  const source = `(String)"${text.slice(0, shownCharacters)}"${hidden > 0 ? `[truncated ${hidden} chars]` : ''}`
  const before = text.slice(0, offset)
  const line = before.split('\n').length
  return `[Source: ${source}; line: ${line}, column: ${offset - (before.lastIndexOf('\n') + 1) + 1}]`
}

/**
 * Returns the offset that AWS names for an error at a value: its parser has then read the beginning of an object, an array or a
 * string, and the whole of anything else.
 */
export const begunAt = ({ kind, start, end }: PatternNode): number =>
  kind === 'object' || kind === 'array' || kind === 'string' ? start + 1 : end

/**
 * Reads the JSON text of a pattern.
 * @throws EventPatternError
 */
export function readPatternText(text: string): PatternNode {
  const reader = new PatternReader(text)
  const node = reader.value(1)
  reader.end()
  return node
}

const wordToken = /[\p{L}\p{N}_$]+/uy

const literals = new Map<string, boolean | null>([
  ['true', true],
  ['false', false],
  ['null', null],
])

const anyValue = "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')"

class PatternReader {
  readonly #scanner: JsonScanner

  constructor(text: string) {
    this.#scanner = new JsonScanner(text)
  }

  value(depth: number): PatternNode {
    this.#scanner.skipSpace()
    const start = this.#scanner.at
    if (depth > deepestNesting) throw this.#refusal('The pattern is nested too deeply', start)
    switch (this.#scanner.next) {
      case '{':
        return { kind: 'object', members: this.#members(depth), start, end: this.#scanner.at }
      case '[':
        return { kind: 'array', items: this.#items(depth), start, end: this.#scanner.at }
      case '"':
        return { kind: 'string', value: this.#string(), start, end: this.#scanner.at }
    }
    const number = this.#scanner.number()
    if (number !== undefined)
      return { kind: 'number', value: Number(number), text: number, start, end: this.#scanner.at }
    const word = this.#scanner.token(wordToken)
    if (word === undefined) throw this.#unexpected(`expected a valid value ${anyValue}`)
    const literal = literals.get(word)
    if (literal === undefined) {
      throw this.#refusal(`Unrecognized token '${word}': was expecting ${anyValue}`, this.#scanner.at)
    }
    return { kind: 'literal', value: literal, start, end: this.#scanner.at }
  }

  end(): void {
    this.#scanner.skipSpace()
    if (this.#scanner.next !== undefined) throw this.#unexpected('expected the end of the text')
  }

  #members(depth: number): PatternMember[] {
    const members: PatternMember[] = []
    this.#list('Object', '}', () => {
      if (this.#scanner.next !== '"') throw this.#unexpected('was expecting double-quote to start field name')
      const name = this.#string()
      this.#scanner.skipSpace()
      if (!this.#scanner.take(':')) throw this.#unexpected('was expecting a colon to separate field name and value')
      members.push({ name, value: this.value(depth + 1) })
    })
    return members
  }

  #items(depth: number): PatternNode[] {
    const items: PatternNode[] = []
    this.#list('Array', ']', () => {
      items.push(this.value(depth + 1))
    })
    return items
  }

  #list(kind: 'Object' | 'Array', closing: string, readOne: () => void): void {
    const start = this.#scanner.at
    this.#scanner.at += 1
    this.#scanner.skipSpace()
    if (this.#scanner.take(closing)) return
    for (;;) {
      this.#scanner.skipSpace()
      this.#checkNotAtEnd(kind, start)
      readOne()
      this.#scanner.skipSpace()
      this.#checkNotAtEnd(kind, start)
      if (this.#scanner.take(closing)) return
      if (!this.#scanner.take(',')) throw this.#unexpected(`was expecting comma to separate ${kind} entries`)
    }
  }

  #checkNotAtEnd(kind: string, start: number): void {
    if (this.#scanner.next !== undefined) return
    const marker = `expected close marker for ${kind} (start marker at ${placeOf(this.#scanner.text, start)})`
    throw this.#refusal(`Unexpected end-of-input: ${marker}`, this.#scanner.at)
  }

  #string(): string {
    const start = this.#scanner.at
    const value = this.#scanner.string()
    if (value === undefined)
      throw this.#refusal('Unexpected end-of-input in a string, or a bad escape in it', start + 1)
    return value
  }

  #unexpected(expected: string): EventPatternError {
    const character = this.#scanner.next
    if (character === undefined) return this.#refusal('Unexpected end-of-input', this.#scanner.at)
    const code = character.charCodeAt(0)
    return this.#refusal(`Unexpected character ('${character}' (code ${code})): ${expected}`, this.#scanner.at + 1)
  }

  #refusal(reason: string, offset: number): EventPatternError {
    return refusalAt(this.#scanner.text, reason, offset)
  }
}
