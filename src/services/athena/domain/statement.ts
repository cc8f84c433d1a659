import { placeOf, SqlError } from '../../../kit/sql-queries/sql-error.ts'
import { nameIn, readTokens, type Token } from '../../../kit/sql-queries/trino/tokens.ts'
import { readDdl } from './ddl.ts'
import type { Ddl } from './ddl-statements.ts'

/** What a text asks for. Queries in it are texts of their own. */
export type AthenaStatement =
  | { kind: 'select'; text: string }
  | { kind: 'ddl'; ddl: Ddl }
  | { kind: 'createView'; database?: string; name: string; replaces: boolean; query: string }
  | {
      kind: 'createTableAs'
      database?: string
      name: string
      ifNotExists: boolean
      properties: Readonly<Record<string, string | readonly string[]>>
      query: string
      withData: boolean
    }
  | { kind: 'insert'; database?: string; name: string; columns?: readonly string[]; query: string }
  | {
      kind: 'unload'
      query: string
      location: string
      properties: Readonly<Record<string, string | readonly string[]>>
    }
  | { kind: 'prepare'; name: string; text: string }
  | { kind: 'execute'; name: string; parameters: readonly string[] }
  | { kind: 'deallocate'; name: string }

/** Returns how Athena classes a statement, which is said before it is read. */
export function statementTypeOf(text: string): { type: 'DDL' | 'DML' | 'UTILITY'; substatement?: string } {
  // Comments before the statement do not count. One that does not end ends the search for others.
  const begin = /^(?:\s+|--[^\n]*|\/\*[\s\S]*?\*\/)*/.exec(text)?.[0].length ?? 0
  const words = text
    .slice(begin, begin + 200)
    .trim()
    .toUpperCase()
    .split(/[^A-Z]+/, 8)
  const [first = '', second = ''] = words
  if (['SELECT', 'WITH', 'VALUES', 'TABLE', ''].includes(first)) return { type: 'DML', substatement: 'SELECT' }
  if (first === 'INSERT') return { type: 'DML', substatement: 'INSERT' }
  if (first === 'UNLOAD') return { type: 'DML', substatement: 'UNLOAD' }
  if (first === 'EXECUTE') return { type: 'DML', substatement: 'EXECUTE' }
  if (['SHOW', 'DESCRIBE', 'DESC', 'EXPLAIN'].includes(first)) return { type: 'UTILITY', substatement: first }
  if (first === 'CREATE' && second === 'TABLE' && /\bAS\b/i.test(text)) {
    return { type: 'DDL', substatement: 'CREATE_TABLE_AS_SELECT' }
  }
  return { type: 'DDL', ...(first && { substatement: second ? `${first}_${second}` : first }) }
}

/** @throws SqlError for what cannot be read, and for statements that are not supported. */
export function readStatement(text: string): AthenaStatement {
  const reader = new StatementReader(text)
  return reader.read()
}

class StatementReader {
  readonly #text: string
  readonly #tokens: Token[]

  constructor(text: string) {
    this.#text = text
    this.#tokens = readTokens(text)
    while (this.#tokens.at(-1)?.text === ';') this.#tokens.pop()
  }

  read(): AthenaStatement {
    const [first, second, third] = this.#tokens.map(({ text }) => text.toUpperCase())
    const firstToken = this.#tokens[0]
    if (!firstToken) throw new SqlError('SYNTAX_ERROR', "mismatched input '<EOF>'", placeOf(this.#text, 0))
    switch (first) {
      case 'INSERT':
        return this.#insert()
      case 'UNLOAD':
        return this.#unload()
      case 'PREPARE':
        this.#need(2, 'FROM')
        return { kind: 'prepare', name: this.#name(1), text: this.#rest(3) }
      case 'EXECUTE':
        return this.#execute()
      case 'DEALLOCATE':
        return { kind: 'deallocate', name: this.#name(2) }
      case 'CREATE':
        if (second === 'VIEW' || (second === 'OR' && third === 'REPLACE')) return this.#view()
        if (second === 'TABLE') return this.#tableAs()
        return { kind: 'ddl', ddl: readDdl(this.#text, this.#tokens) }
      case 'DROP':
      case 'ALTER':
      case 'SHOW':
      case 'DESCRIBE':
      case 'DESC':
      case 'MSCK':
        return { kind: 'ddl', ddl: readDdl(this.#text, this.#tokens) }
      case 'EXPLAIN':
      case 'MERGE':
      case 'UPDATE':
      case 'DELETE':
      case 'OPTIMIZE':
      case 'VACUUM':
        throw new SqlError('NOT_SUPPORTED', `${first} is not supported`, placeOf(this.#text, firstToken.start))
      default:
        return { kind: 'select', text: this.#text }
    }
  }

  #refusal(index: number): SqlError {
    const token = this.#tokens[index]
    return new SqlError(
      'SYNTAX_ERROR',
      `mismatched input '${token?.text ?? '<EOF>'}'`,
      placeOf(this.#text, token?.start ?? this.#text.length),
    )
  }

  #is(index: number, word: string): boolean {
    return this.#tokens[index]?.text.toUpperCase() === word
  }

  #need(index: number, word: string): void {
    if (!this.#is(index, word)) throw this.#refusal(index)
  }

  #name(index: number): string {
    const token = this.#tokens[index]
    if (!token || (token.kind !== 'word' && token.kind !== 'quoted' && token.kind !== 'backquoted'))
      throw this.#refusal(index)
    return nameIn(token)
  }

  /** The text from a token on. */
  #rest(index: number): string {
    const token = this.#tokens[index]
    const last = this.#tokens.at(-1)
    if (!token || !last) throw this.#refusal(index)
    return this.#text.slice(token.start, last.end)
  }

  /** A table's name, of one to three parts. @returns the index behind it. */
  #tableName(index: number): { database?: string; name: string; next: number } {
    const parts = [this.#name(index)]
    let next = index + 1
    while (this.#is(next, '.')) {
      parts.push(this.#name(next + 1))
      next += 2
    }
    const [name = '', database] = parts.toReversed()
    return { name, next, ...(database !== undefined && { database }) }
  }

  #view(): AthenaStatement {
    const replaces = this.#is(1, 'OR')
    const view = replaces ? 3 : 1
    this.#need(view, 'VIEW')
    const { next, ...named } = this.#tableName(view + 1)
    this.#need(next, 'AS')
    return { kind: 'createView', ...named, replaces, query: this.#rest(next + 1) }
  }

  #tableAs(): AthenaStatement {
    const ifNotExists = this.#is(2, 'IF')
    const { next, ...named } = this.#tableName(ifNotExists ? 5 : 2)
    const properties = this.#is(next, 'WITH') ? this.#properties(next + 1) : { values: {}, next }
    if (!this.#is(properties.next, 'AS')) {
      const place = placeOf(this.#text, this.#tokens[1]?.start ?? 0)
      throw new SqlError('SYNTAX_ERROR', "mismatched input 'TABLE'. Expecting: 'EXTERNAL'", place)
    }
    const withoutData = /\bWITH\s+NO\s+DATA\s*$/i
    const query = this.#rest(properties.next + 1)
    return {
      ...{ kind: 'createTableAs', ...named, ifNotExists, properties: properties.values },
      ...{ query: query.replace(withoutData, ''), withData: !withoutData.test(query) },
    }
  }

  #insert(): AthenaStatement {
    this.#need(1, 'INTO')
    const { next, ...named } = this.#tableName(2)
    const isQuery = /^(SELECT|WITH|VALUES|TABLE)$/i.test(this.#tokens[next + 1]?.text ?? '')
    if (!this.#is(next, '(') || isQuery) return { kind: 'insert', ...named, query: this.#rest(next) }
    const columns: string[] = []
    let at = next
    do {
      columns.push(this.#name(at + 1))
      at += 2
    } while (this.#is(at, ','))
    this.#need(at, ')')
    return { kind: 'insert', ...named, columns, query: this.#rest(at + 1) }
  }

  #unload(): AthenaStatement {
    this.#need(1, '(')
    let depth = 0
    const close = this.#tokens.findIndex(({ text, kind }, index) => {
      if (index === 0 || kind !== 'sign') return false
      if (text === '(') depth++
      return text === ')' && --depth === 0
    })
    const [open, closing] = [this.#tokens[1], this.#tokens[close]]
    if (!open || !closing) throw this.#refusal(this.#tokens.length)
    this.#need(close + 1, 'TO')
    const location = this.#tokens[close + 2]
    if (location?.kind !== 'string') throw this.#refusal(close + 2)
    const properties = this.#is(close + 3, 'WITH') ? this.#properties(close + 4).values : {}
    return {
      kind: 'unload',
      query: this.#text.slice(open.end, closing.start),
      location: location.text.slice(1, -1),
      properties,
    }
  }

  #execute(): AthenaStatement {
    const name = this.#name(1)
    if (this.#tokens.length === 2) return { kind: 'execute', name, parameters: [] }
    this.#need(2, 'USING')
    const parameters: string[] = []
    let from = 3
    let depth = 0
    for (let index = 3; index <= this.#tokens.length; index++) {
      const token = this.#tokens[index]
      if (token?.text === '(' || token?.text === '[') depth++
      if (token?.text === ')' || token?.text === ']') depth--
      if (token && !(token.text === ',' && depth === 0)) continue
      const [first, last] = [this.#tokens[from], this.#tokens[index - 1]]
      if (!first || !last || from >= index) throw this.#refusal(index)
      parameters.push(this.#text.slice(first.start, last.end))
      from = index + 1
    }
    return { kind: 'execute', name, parameters }
  }

  /** `(format = 'PARQUET', partitioned_by = ARRAY['a'])` */
  #properties(index: number): { values: Record<string, string | string[]>; next: number } {
    this.#need(index, '(')
    const values: Record<string, string | string[]> = {}
    let at = index
    do {
      const name = this.#name(at + 1)
      this.#need(at + 2, '=')
      at += 3
      if (this.#is(at, 'ARRAY')) {
        const items: string[] = []
        for (at += 1; !this.#is(at, ']'); at++) {
          const token = this.#tokens[at]
          if (!token) throw this.#refusal(at)
          if (token.kind === 'string') items.push(token.text.slice(1, -1).replaceAll("''", "'"))
        }
        values[name] = items
      } else {
        const token = this.#tokens[at]
        if (!token) throw this.#refusal(at)
        values[name] = token.kind === 'string' ? token.text.slice(1, -1).replaceAll("''", "'") : token.text
      }
      at += 1
    } while (this.#is(at, ','))
    this.#need(at, ')')
    return { values, next: at + 1 }
  }
}
