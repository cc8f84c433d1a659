import { invalidParameter } from '../errors.ts'

export const invalidCharacters = (characters: string) =>
  invalidParameter(`Invalid character(s) in term '${characters}'`)

export const invalidPattern = (reason: string) => invalidParameter(`Invalid filter pattern: ${reason}`) // (U)

/** Reads a pattern from left to right. */
export class PatternReader {
  readonly text: string
  at = 0

  constructor(text: string) {
    this.text = text
  }

  get isAtEnd(): boolean {
    return this.at >= this.text.length
  }

  get next(): string {
    return this.text.charAt(this.at)
  }

  skipSpace(): void {
    while (/\s/.test(this.next) && !this.isAtEnd) this.at++
  }

  /** Reads a text that may stand here. */
  take(text: string): boolean {
    if (!this.text.startsWith(text, this.at)) return false
    this.at += text.length
    return true
  }

  /** Reads what must stand here. @throws ServiceError InvalidParameterException. */
  expect(text: string): void {
    if (!this.take(text)) throw this.unexpected()
  }

  /** Reads what a sticky expression matches here; `''` where it matches nothing. */
  run(sticky: RegExp): string {
    sticky.lastIndex = this.at
    const [found = ''] = sticky.exec(this.text) ?? []
    this.at += found.length
    return found
  }

  /** Reads up to a quotation mark or percent sign, of which the first is read already. `\` keeps the next character. */
  upTo(end: string, keepEscapes: boolean): string {
    let found = ''
    while (!this.isAtEnd) {
      const character = this.next
      this.at++
      if (character === end) return found
      if (character === '\\' && !this.isAtEnd) {
        const escaped = this.next
        this.at++
        found += keepEscapes && escaped !== end ? `\\${escaped}` : escaped
      } else found += character
    }
    throw invalidPattern(`the closing ${end} is missing.`)
  }

  /** Returns what cannot stand here. */
  unexpected(): Error {
    if (this.isAtEnd) return invalidPattern('it ends too early.')
    const [characters = this.next] = /^[^\p{L}\p{N}_\s]+|^\S+/u.exec(this.text.slice(this.at)) ?? []
    return invalidCharacters(characters)
  }
}
