// Every alternative begins with another character, so that these never backtrack.
const stringToken = /"[^"\\\p{Cc}]*(?:(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})|[\u007f-\u009f])[^"\\\p{Cc}]*)*"/uy
const numberToken = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y

const spaces = new Set([...' \t\r\n'].map((space) => space.charCodeAt(0)))

/** Steps through the tokens of a JSON text (RFC 8259). What to expect, and how to refuse anything else, is the reader's. */
export class JsonScanner {
  readonly text: string
  /** The offset of the next character. */
  at = 0

  constructor(text: string) {
    this.text = text
  }

  /** The next character; undefined at the end. */
  get next(): string | undefined {
    return this.text[this.at]
  }

  skipSpace(): void {
    while (spaces.has(this.text.charCodeAt(this.at))) this.at += 1
  }

  /** Steps over a character, where it is the next one. */
  take(character: string): boolean {
    if (this.next !== character) return false
    this.at += 1
    return true
  }

  /** Steps over a string, and returns what it stands for; undefined where none begins, or it has no end or a bad escape. */
  string(): string | undefined {
    const token = this.token(stringToken)
    // Most strings have no escapes and are what stands between the quotes.
    return token?.includes('\\') ? JSON.parse(token) : token?.slice(1, -1)
  }

  /** Steps over a number, and returns its digits; undefined where none begins. */
  number(): string | undefined {
    return this.token(numberToken)
  }

  /** Steps over a token, and returns it. @param pattern - sticky. */
  token(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at
    const token = pattern.exec(this.text)?.[0]
    if (token !== undefined) this.at += token.length
    return token
  }
}
