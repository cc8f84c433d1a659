import { type AggregateSpec, readAggregate } from './aggregates.ts'
import { type Expression, ExpressionReader } from './expressions.ts'
import { readParse } from './parse-command.ts'
import { QueryReader } from './query-reader.ts'
import type { QueryRecord } from './query-record.ts'
import { isTrue, type Value } from './values.ts'

/** A column: its name, and how its value is found. */
export interface Column {
  name: string
  evaluate: Expression['evaluate']
}

export interface SortKey {
  evaluate: Expression['evaluate']
  descending: boolean
}

/** One command of a query. `row`: makes any number of rows of one, without regard to the others. */
export type Command =
  | { kind: 'row'; apply(record: QueryRecord): readonly QueryRecord[] }
  | { kind: 'filter'; holds(record: QueryRecord): boolean }
  | { kind: 'stats'; aggregates: readonly AggregateSpec[]; by: readonly Column[] }
  | { kind: 'sort'; keys: readonly SortKey[] }
  | { kind: 'limit'; rows: number }
  | { kind: 'dedup'; fields: readonly string[] }

export interface Query {
  commands: readonly Command[]
  /** Names of the columns that are shown. */
  shown: readonly string[]
  /** Of the last `limit`. */
  limit: number | undefined
}

const mostRows = 10_000

/**
 * Compiles a query of Logs Insights.
 * @throws ServiceError MalformedQueryException.
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax.html
 */
export function compileQuery(text: string): Query {
  const reader = new QueryReader(text)
  const compiler = new QueryCompiler(reader)
  if (!reader.isAtEnd) {
    do {
      // A bar may stand before the first command.
      if (!reader.isAtEnd) compiler.command()
    } while (reader.take('|'))
  }
  if (!reader.isAtEnd) throw reader.unexpected()
  return compiler.query()
}

class QueryCompiler {
  readonly #reader: QueryReader
  readonly #commands: Command[] = []
  /** Undefined: what an event has by default. */
  #shown: string[] | undefined
  #limit: number | undefined

  constructor(reader: QueryReader) {
    this.#reader = reader
  }

  query(): Query {
    return { commands: this.#commands, shown: this.#shown ?? ['@timestamp', '@message'], limit: this.#limit }
  }

  command(): void {
    const reader = this.#reader
    reader.skipBlank()
    const begin = reader.at
    const word = reader.name()?.toLowerCase() ?? ''
    const read = Object.hasOwn(this.#readers, word) ? this.#readers[word] : undefined
    if (!read) throw reader.malformed(word === '' ? 'a command is missing' : `unknown command ${word}`, begin)
    read()
  }

  readonly #readers: Readonly<Record<string, () => void>> = {
    fields: () => this.#fields(false),
    display: () => this.#fields(true),
    filter: () => {
      const { evaluate } = this.#expression()
      this.#commands.push({ kind: 'filter', holds: (record) => isTrue(evaluate(record)) })
    },
    parse: () => {
      const parse = readParse(this.#reader)
      this.#commands.push({ kind: 'row', apply: (record) => [parse(record)] })
    },
    stats: () => this.#stats(),
    sort: () => this.#sort(),
    limit: () => this.#limitRows(),
    dedup: () => this.#commands.push({ kind: 'dedup', fields: this.#names() }),
    unnest: () => this.#unnest(),
  }

  #expression(): Expression {
    return new ExpressionReader(this.#reader).read()
  }

  #names(): string[] {
    const names: string[] = []
    do names.push(this.#name())
    while (this.#reader.take(','))
    return names
  }

  #name(): string {
    const name = this.#reader.name()
    if (name === undefined) throw this.#reader.unexpected()
    return name
  }

  /** Columns with or without names of their own. */
  #columns(): Column[] {
    const columns: Column[] = []
    do {
      const { text, evaluate } = this.#expression()
      const name = this.#reader.takeWord('as') ? this.#name() : text.replace(/^`([^`]*)`$/, '$1')
      columns.push({ name, evaluate })
    } while (this.#reader.take(','))
    return columns
  }

  #fields(replaces: boolean): void {
    const columns = this.#columns()
    this.#commands.push({ kind: 'row', apply: (record) => [withColumns(record, columns)] })
    const names = columns.map(({ name }) => name)
    this.#shown = replaces ? names : [...new Set([...(this.#shown ?? []), ...names])]
  }

  #stats(): void {
    const reader = this.#reader
    const aggregates: AggregateSpec[] = []
    do {
      const aggregate = readAggregate(reader, () => this.#expression().evaluate)
      const name = reader.takeWord('as') ? this.#name() : aggregate.name
      aggregates.push({ ...aggregate, name })
    } while (reader.take(','))
    const by = reader.takeWord('by') ? this.#columns() : []
    this.#commands.push({ kind: 'stats', aggregates, by })
    this.#shown = [...by, ...aggregates].map(({ name }) => name)
  }

  #sort(): void {
    const keys: SortKey[] = []
    do {
      const { text, evaluate } = this.#expression()
      const descending = this.#reader.takeWord('desc')
      if (!descending) this.#reader.takeWord('asc')
      // What `stats` has made may be called as it was written there.
      keys.push({ evaluate: (record) => record.get(text) ?? evaluate(record), descending })
    } while (this.#reader.take(','))
    this.#commands.push({ kind: 'sort', keys })
  }

  #limitRows(): void {
    const rows = this.#reader.number()
    if (rows === undefined || !Number.isInteger(rows) || rows < 1 || rows > mostRows) {
      throw this.#reader.malformed(`limit must be between 1 and ${mostRows}`)
    }
    this.#commands.push({ kind: 'limit', rows })
    this.#limit = rows
  }

  #unnest(): void {
    const { evaluate } = this.#expression()
    if (!this.#reader.takeWord('into')) throw this.#reader.unexpected()
    const name = this.#name()
    this.#commands.push({
      kind: 'row',
      apply: (record) => {
        const value = evaluate(record)
        const items: readonly Value[] = Array.isArray(value) ? value : [value]
        return items.map((item) => record.with([[name, item]]))
      },
    })
    this.#shown = [...new Set([...(this.#shown ?? []), name])]
  }
}

const withColumns = (record: QueryRecord, columns: readonly Column[]): QueryRecord => {
  const made = columns.map(({ name, evaluate }) => [name, evaluate(record)] as const)
  // A field under its own name needs no place.
  const changed = made.filter(([name, value]) => value !== undefined && record.get(name) !== value)
  return changed.length === 0 ? record : record.with(changed)
}
