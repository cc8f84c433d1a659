import { RequestText } from '../../policy/request-text.ts'
import { find, fitsAt, type Segment } from '../../policy/segment.ts'
import { EventPatternError } from './pattern-text.ts'

export interface Wildcard {
  matches(text: string): boolean
  /** How many places of the pattern a text can fit at once, at most. */
  readonly complexity: number
}

/**
 * Compiles a pattern in which `*` stands for any run of characters, `\*` for an asterisk and `\\` for a backslash. The time to
 * match grows with the lengths of text and pattern alone: there is nothing that is tried again.
 * @throws EventPatternError, without a place.
 */
export function compileWildcard(pattern: string): Wildcard {
  const texts = literalsOf(pattern)
  const [first = '', ...rest] = texts
  const last = rest.pop()
  if (last === undefined) return { matches: (text) => text === first, complexity: 1 }
  const head = segmentOf(first)
  const tail = segmentOf(last)
  const middle = rest.filter((text) => text !== '').map(segmentOf)
  const leastLength = [head, ...middle, tail].reduce((sum, { length }) => sum + length, 0)
  return {
    matches(text) {
      const lastAt = text.length - tail.length
      if (text.length < leastLength || !fitsAt(tail, text, lastAt) || !fitsAt(head, text, 0)) return false
      const value = new RequestText(text)
      // The leftmost place for each segment leaves the most text for those behind it.
      let at = head.length
      for (const segment of middle) {
        const found = find(segment, value, at, lastAt)
        if (found < 0) return false
        at = found + segment.length
      }
      return true
    },
    complexity: [...rest, last].reduce((sum, text) => sum + 1 + overlaps(text), 0),
  }
}

const segmentOf = (text: string): Segment => ({
  length: text.length,
  parts: text === '' ? [] : [{ at: 0, text, ofVariable: false }],
})

/** The literal texts between the wildcards. */
function literalsOf(pattern: string): string[] {
  const literals: string[] = []
  let literal = ''
  for (let at = 0; at < pattern.length; at++) {
    const character = pattern.charAt(at)
    const next = pattern[at + 1]
    if (character === '\\') {
      if (next !== '*' && next !== '\\')
        throw new EventPatternError(`Invalid escape character at pos ${pos(pattern, at)}`)
      literal += next
      at += 1
    } else if (character === '*') {
      if (next === '*') throw new EventPatternError(`Consecutive wildcard characters at pos ${pos(pattern, at)}`)
      literals.push(literal)
      literal = ''
    } else literal += character
  }
  return [...literals, literal]
}

/** AWS counts bytes, from the quotation mark before the pattern on. */
const pos = (pattern: string, at: number) => Buffer.byteLength(pattern.slice(0, at)) + 1

/** How many shorter beginnings of a text are its ends, too, at the place of it where that is the most. */
function overlaps(text: string): number {
  const longest: number[] = [0]
  const counts: number[] = [0]
  let border = 0
  let most = 0
  for (let at = 1; at < text.length; at++) {
    while (border > 0 && text[at] !== text[border]) border = longest[border - 1] ?? 0
    if (text[at] === text[border]) border += 1
    longest.push(border)
    const count = border === 0 ? 0 : (counts[border - 1] ?? 0) + 1
    counts.push(count)
    most = Math.max(most, count)
  }
  return most
}
