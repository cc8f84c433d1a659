import { type Aggregate, KeptValues, QueryTooLargeError } from './aggregates.ts'
import type { Command, Query, SortKey } from './query.ts'
import { type QueryEvent, QueryRecord } from './query-record.ts'
import { compareValues, toText, type Value } from './values.ts'

export interface ResultField {
  field: string
  value: string
}

export interface QueryStatistics {
  recordsMatched: number
  recordsScanned: number
  bytesScanned: number
}

export interface QueryResults {
  rows: readonly (readonly ResultField[])[]
  statistics: QueryStatistics
}

type Stats = Extract<Command, { kind: 'stats' }>

/** Rows that wait for what needs all of them, and groups of `stats`. */
const mostRows = 200_000
/** Bytes of the events that wait, and of the values of the result. */
const mostWaitingBytes = 256 * 2 ** 20
const mostResultBytes = 32 * 2 ** 20
const defaultLimit = 10_000

const newestFirst: readonly SortKey[] = [{ evaluate: (record) => record.get('@timestamp'), descending: true }]

/** Runs a query over events as they come: row by row up to the first command that needs all rows, and the rest at the end. */
export class QueryEngine {
  readonly #query: Query
  readonly #limit: number
  /** The commands that take row by row, and those behind them. */
  readonly #before: readonly Command[]
  readonly #behind: readonly Command[]
  readonly #grouping: Grouping | undefined
  /** How many rows can be in the result, where only the first ones in some order are. */
  readonly #first: { rows: number; keys: readonly SortKey[] } | undefined
  #rows: QueryRecord[] = []
  #waitingBytes = 0
  readonly statistics: QueryStatistics = { recordsMatched: 0, recordsScanned: 0, bytesScanned: 0 }

  /** @param limit - of the request; that of the query wins. */
  constructor(query: Query, limit: number | undefined) {
    this.#query = query
    this.#limit = Math.min(query.limit ?? limit ?? defaultLimit, defaultLimit)
    const end = query.commands.findIndex(({ kind }) => kind !== 'row' && kind !== 'filter')
    this.#before = end < 0 ? query.commands : query.commands.slice(0, end)
    const behind = end < 0 ? [] : query.commands.slice(end)
    const [next, ...others] = behind
    if (next?.kind === 'stats') {
      this.#grouping = new Grouping(next)
      this.#behind = others
    } else this.#behind = behind
    this.#first = next?.kind === 'stats' ? undefined : firstOf(behind, this.#limit)
  }

  /** @throws QueryTooLargeError */
  add(event: QueryEvent): void {
    this.statistics.recordsScanned++
    this.statistics.bytesScanned += event.bytes
    let rows: readonly QueryRecord[] = [new QueryRecord(event)]
    for (const command of this.#before) {
      if (command.kind === 'filter') rows = rows.filter((row) => command.holds(row))
      else if (command.kind === 'row') rows = rows.flatMap((row) => command.apply(row))
      if (rows.length === 0) return
    }
    this.statistics.recordsMatched += rows.length
    if (this.#grouping) for (const row of rows) this.#grouping.add(row)
    else this.#collect(rows)
  }

  #collect(rows: readonly QueryRecord[]): void {
    for (const row of rows) {
      this.#rows.push(row)
      this.#waitingBytes += bytesOf(row)
    }
    const first = this.#first
    const isMuch = this.#waitingBytes > mostWaitingBytes
    if (first && this.#rows.length > first.rows && (isMuch || this.#rows.length >= 2 * first.rows + 1000)) {
      this.#rows = sorted(this.#rows, first.keys).slice(0, first.rows)
      this.#waitingBytes = this.#rows.reduce((sum, row) => sum + bytesOf(row), 0)
    }
    if (this.#rows.length > mostRows || this.#waitingBytes > mostWaitingBytes) throw new QueryTooLargeError()
  }

  /** @throws QueryTooLargeError */
  finish(): QueryResults {
    const isGrouped = this.#query.commands.some(({ kind }) => kind === 'stats')
    const isSorted = this.#query.commands.some(({ kind }) => kind === 'sort')
    let rows = this.#grouping ? this.#grouping.rows() : this.#rows
    // Events that no command sorts are shown newest first.
    if (!this.#grouping && !isSorted) rows = sorted(rows, newestFirst)
    for (const command of this.#behind) rows = applied(command, rows)
    const shown = rows.slice(0, this.#limit).map((row) => this.#fieldsOf(row, !isGrouped))
    const bytes = shown.flat().reduce((sum, { value }) => sum + value.length, 0)
    if (bytes > mostResultBytes) throw new QueryTooLargeError()
    return { rows: shown, statistics: this.statistics }
  }

  #fieldsOf(row: QueryRecord, withPointer: boolean): ResultField[] {
    const names = withPointer ? [...this.#query.shown, '@ptr'] : this.#query.shown
    return [...new Set(names)].flatMap((field) => {
      const value = toText(row.get(field))
      return value === undefined ? [] : [{ field, value }]
    })
  }
}

const bytesOf = ({ event }: QueryRecord): number => event?.bytes ?? 0

/** Which rows are in the result, if only a sort and a limit follow. */
function firstOf(behind: readonly Command[], limit: number): { rows: number; keys: readonly SortKey[] } | undefined {
  const [sort, then, ...others] = behind
  if (!sort) return { rows: limit, keys: newestFirst }
  if (sort.kind === 'limit' && !then) return { rows: Math.min(limit, sort.rows), keys: newestFirst }
  if (sort.kind !== 'sort' || others.length > 0 || (then && then.kind !== 'limit')) return undefined
  return { rows: Math.min(limit, then?.rows ?? limit), keys: sort.keys }
}

function applied(command: Command, rows: readonly QueryRecord[]): QueryRecord[] {
  switch (command.kind) {
    case 'row':
      return rows.flatMap((row) => command.apply(row))
    case 'filter':
      return rows.filter((row) => command.holds(row))
    case 'sort':
      return sorted(rows, command.keys)
    case 'limit':
      return rows.slice(0, command.rows)
    case 'dedup':
      return distinct(rows, command.fields)
    case 'stats': {
      const grouping = new Grouping(command)
      for (const row of rows) grouping.add(row)
      return grouping.rows()
    }
  }
}

function sorted(rows: readonly QueryRecord[], keys: readonly SortKey[]): QueryRecord[] {
  const withKeys = rows.map((row) => ({ row, values: keys.map(({ evaluate }) => evaluate(row)) }))
  withKeys.sort((one, other) => {
    for (const [n, { descending }] of keys.entries()) {
      const order = compareValues(one.values[n], other.values[n])
      if (order !== 0) return descending ? -order : order
    }
    return 0
  })
  return withKeys.map(({ row }) => row)
}

/** The first row of each combination of values. Rows that have none of the fields stay. */
function distinct(rows: readonly QueryRecord[], fields: readonly string[]): QueryRecord[] {
  const seen = new Set<string>()
  return rows.filter((row) => {
    const values = fields.map((field) => toText(row.get(field)) ?? null)
    if (values.every((value) => value === null)) return true
    const key = JSON.stringify(values)
    if (seen.has(key)) return false
    seen.add(key)
    return true
  })
}

/** Groups of rows with their aggregates. */
class Grouping {
  readonly #stats: Stats
  readonly #kept = new KeptValues()
  readonly #groups = new Map<string, { by: readonly Value[]; aggregates: readonly Aggregate[] }>()

  constructor(stats: Stats) {
    this.#stats = stats
    // Without groups there is one row, also of nothing.
    if (stats.by.length === 0) this.#groupOf([])
  }

  add(row: QueryRecord): void {
    const { aggregates } = this.#groupOf(this.#stats.by.map(({ evaluate }) => evaluate(row)))
    for (const aggregate of aggregates) aggregate.add(row)
  }

  #groupOf(by: readonly Value[]) {
    const key = JSON.stringify(by.map((value) => toText(value) ?? null))
    const known = this.#groups.get(key)
    if (known) return known
    if (this.#groups.size >= mostRows) throw new QueryTooLargeError()
    const group = { by, aggregates: this.#stats.aggregates.map(({ make }) => make(this.#kept)) }
    this.#groups.set(key, group)
    return group
  }

  rows(): QueryRecord[] {
    const { by, aggregates } = this.#stats
    return [...this.#groups.values()].map((group) => {
      const grouped = by.map(({ name }, n) => [name, group.by[n]] as const)
      const made = aggregates.map(({ name }, n) => [name, group.aggregates[n]?.result()] as const)
      return new QueryRecord(undefined, new Map([...grouped, ...made]))
    })
  }
}
