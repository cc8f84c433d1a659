import type { ContextReader } from './context-reader.ts'

/** Tests one value of a request; `context` is what variables in the pattern are filled from. */
export type Matcher = (value: string, context: ContextReader) => boolean

const star = Symbol('star')
const anyCharacter = Symbol('any character')

/** A piece of a policy's text: literal characters, a wildcard, or a variable to be filled in. */
type Piece = string | typeof star | typeof anyCharacter | Variable

/** `${key}` or `${key, 'default'}`. */
export interface Variable {
  /** As written. */
  name: string
  /** In lower case, as contexts are asked. */
  key: string
  fallback: string | undefined
}

export interface PatternOptions {
  /** `*` is any run of characters, `?` any one; otherwise they are themselves. */
  wildcards: boolean
  /** `${…}` is a variable, which version 2008-10-17 does not know. */
  variables: boolean
  /** Letters match without regard to case. */
  ignoreCase?: boolean
}

const isVariable = (piece: Piece): piece is Variable => typeof piece === 'object'

/** The variables of a text, in order. */
export const variablesIn = (text: string): Variable[] =>
  parse(text, { wildcards: false, variables: true }).filter(isVariable)

/** Compiles a pattern of `*` and `?` without variables. */
export const compileGlob = (text: string): ((value: string) => boolean) =>
  literalMatcher(parse(text, { wildcards: true, variables: false }))

/**
 * Compiles a policy's text. A variable that the request cannot fill makes the pattern match nothing; what fills one is taken
 * literally, wildcards included.
 */
export function compilePattern(text: string, options: PatternOptions): Matcher {
  const folded = options.ignoreCase ? foldCase(parse(text, options)) : parse(text, options)
  if (!folded.some(isVariable)) {
    const matches = literalMatcher(folded)
    return options.ignoreCase ? (value) => matches(value.toLowerCase()) : matches
  }
  return (value, context) => {
    const filled = fill(folded, context, options.ignoreCase === true)
    return filled !== undefined && literalMatcher(filled)(options.ignoreCase ? value.toLowerCase() : value)
  }
}

const foldCase = (pieces: readonly Piece[]): Piece[] =>
  pieces.map((piece) => (typeof piece === 'string' ? piece.toLowerCase() : piece))

function fill(pieces: readonly Piece[], context: ContextReader, ignoreCase: boolean): Piece[] | undefined {
  const filled: Piece[] = []
  for (const piece of pieces) {
    if (!isVariable(piece)) {
      filled.push(piece)
      continue
    }
    const value = context.single(piece.key) ?? piece.fallback
    if (value === undefined) return undefined
    filled.push(ignoreCase ? value.toLowerCase() : value)
  }
  return filled
}

/** Cuts a text into pieces. An opened `${` that is never closed is text. */
function parse(text: string, { wildcards, variables }: PatternOptions): Piece[] {
  const pieces: Piece[] = []
  let literal = ''
  const flush = () => {
    if (literal !== '') pieces.push(literal)
    literal = ''
  }
  for (let at = 0; at < text.length; at++) {
    const character = text.charAt(at)
    const close = variables && character === '$' && text[at + 1] === '{' ? text.indexOf('}', at) : -1
    if (close > 0) {
      const inside = text.slice(at + 2, close)
      // ${*}, ${?} and ${$} are how a policy writes those characters themselves.
      if (inside === '*' || inside === '?' || inside === '$') literal += inside
      else {
        flush()
        pieces.push(variableOf(inside))
      }
      at = close
    } else if (wildcards && (character === '*' || character === '?')) {
      flush()
      pieces.push(character === '*' ? star : anyCharacter)
    } else literal += character
  }
  flush()
  return pieces
}

function variableOf(inside: string): Variable {
  const comma = inside.indexOf(',')
  const name = (comma < 0 ? inside : inside.slice(0, comma)).trim()
  const quoted = comma < 0 ? '' : inside.slice(comma + 1).trim()
  const isQuoted = quoted.length >= 2 && quoted.startsWith("'") && quoted.endsWith("'")
  return { name, key: name.toLowerCase(), fallback: isQuoted ? quoted.slice(1, -1) : undefined }
}

/** What stands between two stars: text in which some places fit any character. */
interface Segment {
  text: string
  /** Offsets in `text` that fit anything. */
  anyAt: ReadonlySet<number> | undefined
}

function literalMatcher(pieces: readonly Piece[]): (value: string) => boolean {
  const [first, ...rest] = segmentsOf(pieces)
  const last = rest.pop()
  if (!first) return (value) => value === ''
  if (!last) return first.anyAt ? (value) => isWhole(first, value) : (value) => value === first.text
  const middle = rest.filter(({ text }) => text !== '')
  const leastLength = [first, ...middle, last].reduce((sum, { text }) => sum + text.length, 0)
  return (value) => {
    if (value.length < leastLength || !fitsAt(first, value, 0)) return false
    const lastAt = value.length - last.text.length
    if (!fitsAt(last, value, lastAt)) return false
    // The leftmost place for each segment leaves the most room for those behind it, so there is nothing to try again.
    let at = first.text.length
    for (const segment of middle) {
      const found = find(segment, value, at, lastAt)
      if (found < 0) return false
      at = found + segment.text.length
    }
    return true
  }
}

function segmentsOf(pieces: readonly Piece[]): Segment[] {
  const segments: Segment[] = []
  let text = ''
  let anyAt: Set<number> | undefined
  for (const piece of [...pieces, star]) {
    if (piece === star) {
      segments.push({ text, anyAt })
      text = ''
      anyAt = undefined
    } else if (piece === anyCharacter) {
      anyAt ??= new Set()
      anyAt.add(text.length)
      text += '?'
    } else if (typeof piece === 'string') text += piece
  }
  return segments
}

const isWhole = (segment: Segment, value: string) => value.length === segment.text.length && fitsAt(segment, value, 0)

function fitsAt({ text, anyAt }: Segment, value: string, at: number): boolean {
  if (!anyAt) return value.startsWith(text, at)
  for (let index = 0; index < text.length; index++) {
    if (text[index] !== value[at + index] && !anyAt.has(index)) return false
  }
  return true
}

/** The first place of a segment that ends before `end`; -1 when there is none. */
function find(segment: Segment, value: string, from: number, end: number): number {
  if (!segment.anyAt) {
    const found = value.indexOf(segment.text, from)
    return found + segment.text.length <= end ? found : -1
  }
  for (let at = from; at + segment.text.length <= end; at++) {
    if (fitsAt(segment, value, at)) return at
  }
  return -1
}
