import { isStorableText } from './document-index.ts'

/** The texts from `from` on that come before `before`, in the order of their UTF-8 bytes. */
export interface TextRange {
  from: string
  before: string
}

/** All texts that begin with a prefix. What no database keeps in a text has no text behind it. */
export function rangeOfPrefix(prefix: string): TextRange {
  if (!isStorableText(prefix)) return { from: '', before: '' }
  return { from: prefix, before: endOfPrefix(prefix) }
}

/** Returns the part of a range behind a text. */
export const behind = ({ from, before }: TextRange, text: string): TextRange => ({
  // No text that a database keeps holds NUL, so that the next one ends with the character after it.
  from: laterOf(from, `${text}\u0001`),
  before,
})

/** Returns the part of a range before a text. */
export const upTo = ({ from, before }: TextRange, text: string): TextRange => ({
  from,
  before: laterOf(before, text) === before ? text : before,
})

const laterOf = (one: string, other: string): string =>
  Buffer.compare(Buffer.from(one), Buffer.from(other)) < 0 ? other : one

const lastCodePoint = 0x10ffff

/** The first text behind all that begin with a prefix. */
export function endOfPrefix(prefix: string): string {
  const characters = [...prefix]
  while (characters.length > 0) {
    const last = characters.pop()?.codePointAt(0) ?? 0
    if (last === lastCodePoint) continue
    // UTF-8 has no surrogates.
    const next = last === 0xd7ff ? 0xe000 : last + 1
    return characters.join('') + String.fromCodePoint(next)
  }
  return `${prefix}${String.fromCodePoint(lastCodePoint)}`
}
