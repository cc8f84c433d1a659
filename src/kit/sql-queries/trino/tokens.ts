import { placeOf, SqlError } from '../sql-error.ts'

/** A token of a statement; comments and spaces are between them. */
export interface Token {
  kind: 'word' | 'quoted' | 'backquoted' | 'string' | 'hex' | 'unicode' | 'number' | 'parameter' | 'sign'
  /** As written. */
  text: string
  /** In characters; `end` is exclusive. */
  start: number
  end: number
}

// All parts are of one pattern, whose flags are given at the end.
const pattern = new RegExp(
  [
    /(?<space>\s+|--[^\n]*|\/\*[\s\S]*?\*\/)/,
    /(?<unicode>[uU]&'(?:[^']|'')*')/,
    /(?<hex>[xX]'[^']*')/,
    /(?<string>'(?:[^']|'')*')/,
    /(?<quoted>"(?:[^"]|"")*")/,
    /(?<backquoted>`(?:[^`]|``)*`)/,
    /(?<number>\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?)/,
    /(?<word>[\p{L}_$][\p{L}\p{N}_$@]*)/u,
    /(?<parameter>\?)/,
    /(?<sign><>|!=|<=|>=|\|\||->|=>|::|[^\s'"`])/,
  ]
    .map(({ source }) => source)
    .join('|'),
  'uy',
)

/** @throws SqlError for a quotation or comment that does not end. */
export function readTokens(text: string): Token[] {
  const tokens: Token[] = []
  pattern.lastIndex = 0
  for (let start = 0; start < text.length; start = pattern.lastIndex) {
    const found = pattern.exec(text)
    if (!found?.groups) {
      throw new SqlError('SYNTAX_ERROR', `mismatched input '${text[start]}'`, placeOf(text, start))
    }
    const [written] = found
    if (written === '/' && text.startsWith('/*', start)) {
      throw new SqlError('SYNTAX_ERROR', "mismatched input '/*'", placeOf(text, start))
    }
    const kind = Object.keys(found.groups).find((name) => found.groups?.[name] !== undefined)
    if (kind !== 'space') tokens.push({ kind: kind as Token['kind'], text: written, start, end: pattern.lastIndex })
  }
  return tokens
}

/** The name that a token stands for: without its quotation, in lower case. */
export function nameIn({ kind, text }: Token): string {
  if (kind === 'quoted') return text.slice(1, -1).replaceAll('""', '"').toLowerCase()
  if (kind === 'backquoted') return text.slice(1, -1).replaceAll('``', '`').toLowerCase()
  return text.toLowerCase()
}
