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

// Every alternative begins with another character, so that these never backtrack.
const stringToken = /"[^"\\\p{Cc}]*(?:(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})|[\u007f-\u009f])[^"\\\p{Cc}]*)*"/uy
const numberToken = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y
const wordToken = /true|false|null/y

const spaces = new Set([...' \t\r\n'].map((space) => space.charCodeAt(0)))

class Reader {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  value(depth: number): JsonValue {
    this.#skipSpace()
    if (depth > deepestNesting) throw this.#error('nested too deeply')
    const start = this.#at
    switch (this.#text[start]) {
      case '{':
        return { kind: 'object', members: this.#members(depth), start, end: this.#at }
      case '[':
        return { kind: 'array', items: this.#items(depth), start, end: this.#at }
      case '"':
        return { kind: 'string', text: this.#string(), start, end: this.#at }
    }
    const number = this.#token(numberToken)
    if (number !== undefined) return { kind: 'number', text: number, start, end: this.#at }
    const word = this.#token(wordToken)
    if (word === undefined) throw this.#error('expected a value')
    return { kind: word === 'null' ? 'null' : 'boolean', text: word, start, end: this.#at }
  }

  end(): void {
    this.#skipSpace()
    if (this.#at < this.#text.length) throw this.#error('expected the end of the text')
  }

  #members(depth: number): Map<string, JsonValue> {
    const members = new Map<string, JsonValue>()
    this.#list('}', () => {
      if (this.#text[this.#at] !== '"') throw this.#error('expected a member name')
      const start = this.#at
      const name = this.#string()
      if (members.has(name)) throw new JsonError(`member ${JSON.stringify(name)} is given twice`, start)
      this.#skipSpace()
      if (!this.#take(':')) throw this.#error('expected ":"')
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
    this.#at += 1
    this.#skipSpace()
    if (this.#take(closing)) return
    for (;;) {
      this.#skipSpace()
      readOne()
      this.#skipSpace()
      if (this.#take(closing)) return
      if (!this.#take(',')) throw this.#error(`expected "," or "${closing}"`)
    }
  }

  #string(): string {
    const token = this.#token(stringToken)
    if (token === undefined) throw this.#error('expected a string that ends on its line, with valid escapes')
    // Most strings have no escapes and are what stands between the quotes.
    return token.includes('\\') ? JSON.parse(token) : token.slice(1, -1)
  }

  #take(character: string): boolean {
    if (this.#text[this.#at] !== character) return false
    this.#at += 1
    return true
  }

  #skipSpace(): void {
    while (spaces.has(this.#text.charCodeAt(this.#at))) this.#at += 1
  }

  #token(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at
    const token = pattern.exec(this.#text)?.[0]
    if (token !== undefined) this.#at += token.length
    return token
  }

  #error(message: string): JsonError {
    return new JsonError(message, this.#at)
  }
}
