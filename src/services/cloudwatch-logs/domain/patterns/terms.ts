import type { FilterPattern } from './compiled-pattern.ts'
import { PatternReader } from './pattern-reader.ts'
import { RegularExpression } from './regular-expression.ts'

interface Term {
  /** `?`: one of those marked so must be there; `-`: it must not be there. */
  mark: '' | '?' | '-'
  text: string | RegularExpression
}

/** Compiles `a "b c" -d`, or `?a ?b`. A pattern without terms matches everything. @throws ServiceError InvalidParameterException. */
export function termsPattern(text: string): FilterPattern {
  const terms = readTerms(text)
  const needed = terms.filter(({ mark }) => mark === '')
  const excluded = terms.filter(({ mark }) => mark === '-')
  const optional = terms.filter(({ mark }) => mark === '?')
  // AWS ignores terms with question marks beside others.
  const anyOf = needed.length > 0 || excluded.length > 0 ? [] : optional
  const matches = (message: string) =>
    needed.every((term) => occurs(term, message)) &&
    !excluded.some((term) => occurs(term, message)) &&
    (anyOf.length === 0 || anyOf.some((term) => occurs(term, message)))
  return {
    literals: literalsOf(needed, anyOf),
    expressions: terms.filter(({ text: term }) => typeof term !== 'string').length,
    matches,
    extract: (message) => (matches(message) ? {} : undefined),
    valueOf: () => undefined,
  }
}

const occurs = ({ text }: Term, message: string): boolean =>
  typeof text === 'string' ? message.includes(text) : text.test(message)

function literalsOf(needed: readonly Term[], anyOf: readonly Term[]): readonly string[] | undefined {
  const texts = (terms: readonly Term[]) =>
    terms.flatMap(({ text }) => (typeof text === 'string' && text ? [text] : []))
  const [first] = texts(needed)
  if (first !== undefined) return [first]
  const each = texts(anyOf)
  return anyOf.length > 0 && each.length === anyOf.length ? each : undefined
}

function readTerms(text: string): Term[] {
  const reader = new PatternReader(text)
  const terms: Term[] = []
  for (reader.skipSpace(); !reader.isAtEnd; reader.skipSpace()) {
    const mark = reader.take('?') ? '?' : reader.take('-') ? '-' : ''
    const term = readTerm(reader)
    if (!reader.isAtEnd && !/\s/.test(reader.next)) throw reader.unexpected()
    // `" "` matches everything.
    if (typeof term !== 'string' || term.trim() !== '') terms.push({ mark, text: term })
  }
  return terms
}

function readTerm(reader: PatternReader): Term['text'] {
  if (reader.take('"')) return reader.upTo('"', false)
  if (reader.take('%')) return new RegularExpression(reader.upTo('%', true))
  const word = reader.run(/[\p{L}\p{N}_]+/uy)
  if (word === '') throw reader.unexpected()
  return word
}
