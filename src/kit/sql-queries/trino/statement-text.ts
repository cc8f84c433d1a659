import { placeOf, SqlError, type SqlPlace } from '../sql-error.ts'
import { readTokens, type Token } from './tokens.ts'

/** The text of a statement as DuckDB's parser takes it, with the way back to the places in the text that the user wrote. */
export interface StatementText {
  text: string
  /** @param offset - in bytes of `text`. */
  placeAt(offset: number): SqlPlace
}

interface Edit {
  start: number
  end: number
  text: string
}

/**
 * Rewrites the few forms of Trino's syntax that DuckDB's parser does not know: `ARRAY(T)` as a type, `X'…'` and `U&'…'`, `?` with its
 * parameter, IF of two arguments, LISTAGG … WITHIN GROUP. Nothing else is touched; what the text means is decided on the tree.
 * @param parameters - texts of literals, one for each `?`.
 * @throws SqlError for what is not one statement, a quotation that does not end, and parameters that are missing.
 */
export function statementText(written: string, parameters: readonly string[] = []): StatementText {
  const tokens = readTokens(written)
  const backquoted = tokens.find(({ kind }) => kind === 'backquoted')
  if (backquoted) {
    const message = 'backquoted identifiers are not supported; use double quotes to quote identifiers'
    throw new SqlError('SYNTAX_ERROR', message, placeOf(written, backquoted.start))
  }
  const edits = [...formEdits(tokens), ...parameterEdits(written, tokens, parameters)]
  edits.sort((a, b) => a.start - b.start || a.end - b.end)
  const parts: string[] = []
  /** Where each part begins, in bytes of the new text and in characters of the written one. */
  const begins: { offset: number; at: number; isEdit: boolean }[] = []
  let offset = 0
  let at = 0
  const add = (text: string, from: number, isEdit: boolean) => {
    if (text === '') return
    begins.push({ offset, at: from, isEdit })
    parts.push(text)
    offset += Buffer.byteLength(text)
  }
  for (const { start, end, text } of edits) {
    add(written.slice(at, start), at, false)
    add(text, start, true)
    at = end
  }
  const end = endOf(written, tokens)
  add(written.slice(at, Math.max(at, end)), at, false)
  const text = parts.join('')
  return {
    text,
    placeAt(target) {
      const index = begins.findLastIndex((begin) => begin.offset <= target)
      const begin = begins[index]
      if (!begin) return placeOf(written, 0)
      const within = Buffer.from(parts[index] ?? '')
        .subarray(0, target - begin.offset)
        .toString().length
      return placeOf(written, begin.isEdit ? begin.at : begin.at + within)
    },
  }
}

/** Where the statement ends: before a semicolon that ends it. */
function endOf(written: string, tokens: readonly Token[]): number {
  const semicolon = tokens.find(({ text }) => text === ';')
  if (!semicolon) return written.length
  if (tokens.some(({ start, text }) => start > semicolon.start && text !== ';')) {
    throw new SqlError('SYNTAX_ERROR', `Only one sql statement is allowed. Got: ${written.slice(0, 1000)}`)
  }
  return semicolon.start
}

/** Words that DuckDB keeps for itself and Trino does not. In a name of several parts they are quoted. */
const reserved = new RegExp(
  `^(${[
    ...[
      'all',
      'analyse',
      'analyze',
      'any',
      'asc',
      'asymmetric',
      'both',
      'check',
      'collate',
      'column',
      'default',
      'desc',
    ],
    ...[
      'do',
      'fetch',
      'foreign',
      'grant',
      'initially',
      'lateral',
      'leading',
      'limit',
      'offset',
      'only',
      'pivot',
      'placing',
    ],
    ...['primary', 'qualify', 'references', 'returning', 'show', 'some', 'summarize', 'symmetric', 'to', 'trailing'],
    ...['unique', 'unpivot', 'variadic', 'window'],
  ].join('|')})$`,
  'i',
)

function* formEdits(tokens: readonly Token[]): Generator<Edit> {
  for (const [index, token] of tokens.entries()) {
    const { kind, start, end, text } = token
    if (kind === 'hex') yield { start, end, text: `from_hex('${text.slice(2, -1).replace(/\s+/g, '')}')` }
    else if (kind === 'unicode') yield { start, end, text: unicodeText(token) }
    else if (kind !== 'word') continue
    else if (reserved.test(text) && (tokens[index - 1]?.text === '.' || tokens[index + 1]?.text === '.')) {
      yield { start, end, text: `"${text}"` }
    } else if (tokens[index + 1]?.text !== '(') continue
    else if (/^array$/i.test(text)) yield* arrayTypeEdits(tokens, index)
    else if (/^if$/i.test(text)) yield* ifEdits(tokens, index)
    else if (/^listagg$/i.test(text)) yield* listaggEdits(tokens, index)
  }
}

/** `ARRAY(T)` → `T[]` */
function* arrayTypeEdits(tokens: readonly Token[], index: number): Generator<Edit> {
  const array = tokens[index]
  const open = tokens[index + 1]
  const close = tokens[closingOf(tokens, index + 1)]
  // A query in parentheses makes an array of its rows.
  if (!array || !open || !close || /^(select|with|values|table)$/i.test(tokens[index + 2]?.text ?? '')) return
  yield { start: array.start, end: open.end, text: '' }
  yield { start: close.start, end: close.end, text: '[]' }
}

/** `IF(condition, value)` → `IF(condition, value, NULL)` */
function* ifEdits(tokens: readonly Token[], index: number): Generator<Edit> {
  const closing = closingOf(tokens, index + 1)
  const close = tokens[closing]
  if (close && commasWithin(tokens, index + 1, closing) === 1) {
    yield { start: close.start, end: close.start, text: ', NULL' }
  }
}

/** `LISTAGG(x, s) WITHIN GROUP (ORDER BY y)` → `LISTAGG(x, s ORDER BY y)` */
function* listaggEdits(tokens: readonly Token[], index: number): Generator<Edit> {
  const closing = closingOf(tokens, index + 1)
  const close = tokens[closing]
  const [within, group, open] = tokens.slice(closing + 1, closing + 4)
  if (!close || !/^within$/i.test(within?.text ?? '') || !/^group$/i.test(group?.text ?? '') || !open) return
  yield { start: close.start, end: open.end, text: ' ' }
}

function closingOf(tokens: readonly Token[], opening: number): number {
  let depth = 0
  for (let index = opening; index < tokens.length; index++) {
    const { text = '', kind } = tokens[index] ?? {}
    if (kind !== 'sign') continue
    if (text === '(') depth++
    if (text === ')' && --depth === 0) return index
  }
  return -1
}

function commasWithin(tokens: readonly Token[], opening: number, closing: number): number {
  let depth = 0
  let commas = 0
  for (const { text, kind } of tokens.slice(opening, closing)) {
    if (kind !== 'sign') continue
    if (text === '(' || text === '[') depth++
    if (text === ')' || text === ']') depth--
    if (text === ',' && depth === 1) commas++
  }
  return commas
}

/** `U&'\00e4'` → `'ä'` */
function unicodeText({ text }: Token): string {
  const content = text.slice(3, -1)
  const decoded = content.replace(/\\(?:\+([0-9a-f]{6})|([0-9a-f]{4})|\\)/gi, (found, long, short) =>
    found === '\\\\' ? '\\' : String.fromCodePoint(Math.min(0x10ffff, Number.parseInt(long ?? short, 16))),
  )
  return `'${decoded}'`
}

function* parameterEdits(written: string, tokens: readonly Token[], parameters: readonly string[]): Generator<Edit> {
  const places = tokens.filter(({ kind }) => kind === 'parameter')
  if (places.length !== parameters.length) {
    const [first] = places
    throw new SqlError(
      'SYNTAX_ERROR',
      `Incorrect number of parameters: expected ${places.length} but found ${parameters.length}`,
      placeOf(written, first?.start ?? 0),
    )
  }
  for (const [index, { start, end }] of places.entries()) {
    yield { start, end, text: `(${literalOf(parameters[index] ?? '')})` }
  }
}

/** A parameter that is not a literal stands for the text that it is. @throws SqlError for a quotation that does not end. */
function literalOf(parameter: string): string {
  const tokens = readTokens(parameter)
  const isLiteral =
    tokens.length > 0 &&
    tokens.every(({ kind, text }) => kind !== 'parameter' && text !== ';') &&
    (tokens.length > 1 || tokens[0]?.kind !== 'word' || /^(null|true|false)$/i.test(tokens[0].text))
  return isLiteral ? statementText(parameter).text : `'${parameter.replaceAll("'", "''")}'`
}
