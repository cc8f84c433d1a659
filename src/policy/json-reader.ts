import { JsonScanner } from './json-scanner.ts'

/** A value of a JSON text with its place: offsets of its first character and of the one behind its last. */
export type JsonValue = { start: number; end: number } & (
  | { kind: 'object'; members: ReadonlyMap<string, JsonValue> }
  | { kind: 'array'; items: readonly JsonValue[] }
  /** Numbers keep the digits they were written with. */
  | { kind: 'string' | 'number' | 'boolean' | 'null'; text: string }
)

/** A place in a text, counted from 1. */
export interface Position {
  line: number
  column: number
}

/** The reason why a text is not JSON, and where. */
export class JsonError extends Error {
  readonly offset: number

  constructor(message: string, offset: number) {
    super(message)
    this.name = 'JsonError'
    this.offset = offset
  }
}

// The longest document that IAM takes on the wire; other services take less.
const longestText = 131_072
// A policy needs six levels: document, statement list, statement, Condition, operator, value list.
const deepestNesting = 16

/**
 * Reads JSON strictly, as RFC 8259 has it, and refuses what JSON.parse lets pass: a member given twice.
 * @throws JsonError for anything else, and for texts that are too long or nested too deeply.
 */
export function readJson(text: string): JsonValue {
  if (text.length > longestText) throw new JsonError(`the text is longer than ${longestText} characters`, longestText)
  const reader = new Reader(text)
  const value = reader.value(1)
  reader.end()
  return value
}

/** The places of offsets, which must be asked for in ascending order. */
export function positionsIn(text: string): (offset: number) => Position {
  let line = 1
  let lineStart = 0
  return (offset) => {
    for (;;) {
      const next = text.indexOf('\n', lineStart)
      if (next < 0 || next >= offset) return { line, column: offset - lineStart + 1 }
      line += 1
      lineStart = next + 1
    }
  }
}

const wordToken = /true|false|null/y

class Reader {
  readonly #scanner: JsonScanner

  constructor(text: string) {
    this.#scanner = new JsonScanner(text)
  }

  value(depth: number): JsonValue {
    this.#scanner.skipSpace()
    if (depth > deepestNesting) throw this.#error('nested too deeply')
    const start = this.#scanner.at
    switch (this.#scanner.next) {
      case '{':
        return { kind: 'object', members: this.#members(depth), start, end: this.#scanner.at }
      case '[':
        return { kind: 'array', items: this.#items(depth), start, end: this.#scanner.at }
      case '"':
        return { kind: 'string', text: this.#string(), start, end: this.#scanner.at }
    }
    const number = this.#scanner.number()
    if (number !== undefined) return { kind: 'number', text: number, start, end: this.#scanner.at }
    const word = this.#scanner.token(wordToken)
    if (word === undefined) throw this.#error('expected a value')
    return { kind: word === 'null' ? 'null' : 'boolean', text: word, start, end: this.#scanner.at }
  }

  end(): void {
    this.#scanner.skipSpace()
    if (this.#scanner.next !== undefined) throw this.#error('expected the end of the text')
  }

  #members(depth: number): Map<string, JsonValue> {
    const members = new Map<string, JsonValue>()
    this.#list('}', () => {
      if (this.#scanner.next !== '"') throw this.#error('expected a member name')
      const start = this.#scanner.at
      const name = this.#string()
      if (members.has(name)) throw new JsonError(`member ${JSON.stringify(name)} is given twice`, start)
      this.#scanner.skipSpace()
      if (!this.#scanner.take(':')) throw this.#error('expected ":"')
      members.set(name, this.value(depth + 1))
    })
    return members
  }

  #items(depth: number): JsonValue[] {
    const items: JsonValue[] = []
    this.#list(']', () => {
      items.push(this.value(depth + 1))
    })
    return items
  }

  #list(closing: string, readOne: () => void): void {
    this.#scanner.at += 1
    this.#scanner.skipSpace()
    if (this.#scanner.take(closing)) return
    for (;;) {
      this.#scanner.skipSpace()
      readOne()
      this.#scanner.skipSpace()
      if (this.#scanner.take(closing)) return
      if (!this.#scanner.take(',')) throw this.#error(`expected "," or "${closing}"`)
    }
  }

  #string(): string {
    const value = this.#scanner.string()
    if (value === undefined) throw this.#error('expected a string that ends on its line, with valid escapes')
    return value
  }

  #error(message: string): JsonError {
    return new JsonError(message, this.#scanner.at)
  }
}
