import pg from 'pg'
import type { Sql, SqlValue } from '../core/sql.ts'
import { StoreUnavailableError } from '../core/store.ts'
import { ConflictError } from './connection.ts'

const { builtins } = pg.types

/** How long a statement may take before the connection counts as lost; schema changes take as long as they take. */
const statementLimitMs = 30_000

/** @param url - `postgres://user:password@host:port/database`, with libpq's parameters (`sslmode`, …). */
export const postgresConfig = (url: string): pg.ClientConfig => ({
  connectionString: url,
  fallback_application_name: 'strongroom',
  connectionTimeoutMillis: 5000,
  keepAlive: true,
  // A node that stops answering in the middle of a group must not keep the others waiting.
  idle_in_transaction_session_timeout: 15_000,
  types: {
    getTypeParser: (type: number, format?: 'text' | 'binary') =>
      parsers.get(type) ?? pg.types.getTypeParser(type, format),
  },
})

/** The values of core's `SqlValue`: numbers for what SQLite has as integers. */
const parsers = new Map<number, (text: string) => SqlValue>([
  [builtins.INT8, Number],
  [builtins.NUMERIC, Number],
  [builtins.BOOL, (text) => (text === 't' ? 1 : 0)],
])

/** Statements over a connection, or over a pool, each on whichever connection is free. */
export class PostgresSql implements Sql {
  readonly dialect = 'postgres'
  readonly #connection: () => Pick<pg.ClientBase, 'query'>
  readonly #onFailure: (failure: Error) => void

  /** @param onFailure - hears of conflicts and of what makes the connection useless. */
  constructor(connection: () => Pick<pg.ClientBase, 'query'>, onFailure: (failure: Error) => void) {
    this.#connection = connection
    this.#onFailure = onFailure
  }

  async all<R extends Record<string, SqlValue>>(statement: string, parameters: readonly SqlValue[] = []): Promise<R[]> {
    return (await this.#query<R>(queryOf(statement, parameters))).rows
  }

  async run(statement: string, parameters: readonly SqlValue[] = []): Promise<number> {
    return (await this.#query(queryOf(statement, parameters))).rowCount ?? 0
  }

  /** Runs a command without parameters, or several separated by semicolons. @returns what a single one has done: `COMMIT`. */
  async execute(commands: string): Promise<string> {
    return (await this.#query({ text: commands, query_timeout: statementLimitMs })).command
  }

  async #query<R extends pg.QueryResultRow>(query: Query): Promise<pg.QueryResult<R>> {
    try {
      return await this.#connection().query<R>(query)
    } catch (error) {
      const failure = failureOf(error)
      if (!failure) throw error
      this.#onFailure(failure)
      throw failure
    }
  }
}

/** The driver's own limit of one query, which its types leave out. */
interface Query extends pg.QueryConfig {
  query_timeout?: number
}

/** What each statement is called on a connection that has prepared it; statement texts are constants, so there are few. */
const prepared = new Map<string, { name: string; text: string }>()

function queryOf(statement: string, values: readonly SqlValue[]): Query {
  if (!isPreparable.test(statement)) return { text: numbered(statement), values: [...values] }
  let named = prepared.get(statement)
  if (!named) {
    named = { name: `s${prepared.size + 1}`, text: numbered(statement) }
    prepared.set(statement, named)
  }
  return { ...named, values: [...values], query_timeout: statementLimitMs }
}

const isPreparable = /^\s*(SELECT|INSERT|UPDATE|DELETE|WITH)\b/i

/** Writes `?` as PostgreSQL's `$1`, `$2`, …, except inside quotes. */
function numbered(statement: string): string {
  let count = 0
  return statement.replace(/'(?:[^']|'')*'|"[^"]*"|\?/g, (part) => (part === '?' ? `$${++count}` : part))
}

/** SQLSTATE classes and codes that say nothing against the statement: https://www.postgresql.org/docs/current/errcodes-appendix.html */
const unavailable = /^(08...|25006|25P0[34]|28...|3D000|42501|53...|55000|55P03|57...|58...|XX...)$/
// Whatever ends a connection is the database's business and no fault of the statement's.
const ending = /^(FATAL|PANIC)$/
const conflict = /^(40001|40P01)$/

/** @returns undefined when the statement itself is at fault. */
export function failureOf(error: unknown): Error | undefined {
  if (error instanceof ConflictError || error instanceof StoreUnavailableError) return error
  const code = error instanceof pg.DatabaseError ? (error.code ?? '') : '08000'
  if (conflict.test(code)) return new ConflictError('the group met another one', { cause: error })
  const ended = error instanceof pg.DatabaseError && ending.test(error.severity ?? '')
  if (!ended && !unavailable.test(code)) return undefined
  const reason = error instanceof Error ? error.message : String(error)
  return new StoreUnavailableError(`The database cannot be used now: ${reason}.`, { cause: error })
}
