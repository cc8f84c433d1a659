import type { ContextReader } from './context-reader.ts'
import type { Part } from './occurrences.ts'
import { inLowerCase, type RequestText } from './request-text.ts'
import { find, fitsAt, isWhole, type Segment } from './segment.ts'

/** Tests one value of a request; `context` is what variables in the pattern are filled from. */
export type Matcher = (value: RequestText, context: ContextReader) => boolean

const star: unique symbol = Symbol('star')
const anyCharacter: unique symbol = Symbol('any character')

/** A piece of a policy's text: literal characters, a wildcard, or a variable to be filled in. */
type Piece = string | typeof star | typeof anyCharacter | Variable | Filled

/** `${key}` or `${key, 'default'}`. */
export interface Variable {
  /** As written. */
  name: string
  /** In lower case, as contexts are asked. */
  key: string
  fallback: string | undefined
}

/** What a variable stands for. */
interface Filled {
  filled: string
}

export interface PatternOptions {
  /** `*` is any run of characters, `?` any one; otherwise they are themselves. */
  wildcards: boolean
  /** `${…}` is a variable, which version 2008-10-17 does not know. */
  variables: boolean
  /** Letters match without regard to case. */
  ignoreCase?: boolean
}

const isVariable = (piece: Piece): piece is Variable => typeof piece === 'object' && 'key' in piece

/** The variables of a text, in order. */
export const variablesIn = (text: string): Variable[] =>
  text.includes('${') ? parse(text, { wildcards: false, variables: true }).filter(isVariable) : []

/** Compiles a pattern of `*` and `?` without variables. */
export const compileGlob = (text: string): ((value: RequestText) => boolean) =>
  literalMatcher(parse(text, { wildcards: true, variables: false }))

/**
 * Compiles a policy's text. A variable that the request cannot fill makes the pattern match nothing; what fills one is taken
 * literally, wildcards included.
 */
export function compilePattern(text: string, options: PatternOptions): Matcher {
  const { ignoreCase = false } = options
  const pieces = parse(ignoreCase ? text.toLowerCase() : text, options)
  if (!pieces.some(isVariable)) {
    const matches = literalMatcher(pieces)
    return ignoreCase ? (value) => matches(inLowerCase(value)) : matches
  }
  const matcherFor = (context: ContextReader) => {
    const filled = fill(pieces, context, ignoreCase)
    return filled ? literalMatcher(filled) : () => false
  }
  return (value, context) => context.once(matcherFor)(ignoreCase ? inLowerCase(value) : value)
}

function fill(pieces: readonly Piece[], context: ContextReader, ignoreCase: boolean): Piece[] | undefined {
  const filled: Piece[] = []
  for (const piece of pieces) {
    if (!isVariable(piece)) {
      filled.push(piece)
      continue
    }
    const value = context.single(piece.key)
    const text = value ? (ignoreCase ? inLowerCase(value) : value).text : piece.fallback
    if (text === undefined) return undefined
    filled.push({ filled: text })
  }
  return filled
}

/** Cuts a text into pieces. An opened `${` that is never closed is text. */
function parse(text: string, { wildcards, variables }: PatternOptions): Piece[] {
  const pieces: Piece[] = []
  const lastClose = variables ? text.lastIndexOf('}') : -1
  let literal = ''
  const flush = () => {
    if (literal !== '') pieces.push(literal)
    literal = ''
  }
  for (let at = 0; at < text.length; at++) {
    const character = text.charAt(at)
    const close = at < lastClose && character === '$' && text[at + 1] === '{' ? text.indexOf('}', at) : -1
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

function literalMatcher(pieces: readonly Piece[]): (value: RequestText) => boolean {
  const [first, ...rest] = segmentsOf(pieces)
  const last = rest.pop()
  if (!first) return ({ text }) => text === ''
  if (!last) return (value) => isWhole(first, value)
  const middle = rest.filter(({ length }) => length > 0)
  const leastLength = [first, ...middle, last].reduce((sum, { length }) => sum + length, 0)
  return (value) => {
    const { text } = value
    const lastAt = text.length - last.length
    if (text.length < leastLength || !fitsAt(last, text, lastAt) || !fitsAt(first, text, 0)) return false
    // The leftmost place for each segment leaves the most text for those behind it, so there is nothing to try again.
    let at = first.length
    for (const segment of middle) {
      const found = find(segment, value, at, lastAt)
      if (found < 0) return false
      at = found + segment.length
    }
    return true
  }
}

function segmentsOf(pieces: readonly Piece[]): Segment[] {
  const segments: Segment[] = []
  let length = 0
  let parts: Part[] = []
  const end = () => segments.push({ length, parts })
  for (const piece of pieces) {
    if (piece === star) {
      end()
      length = 0
      parts = []
    } else if (piece === anyCharacter) length += 1
    else if (!isVariable(piece)) {
      const ofVariable = typeof piece !== 'string'
      const text = ofVariable ? piece.filled : piece
      if (text !== '') parts.push({ at: length, text, ofVariable })
      length += text.length
    }
  }
  end()
  return segments
}
