import { setImmediate } from 'node:timers/promises'
import type { ApartReader, SqlReader, SqlValue } from '../core/sql.ts'
import { StoreUnavailableError } from '../core/store.ts'
import type { Database } from './connection.ts'
import { tooManyRows } from './reader-threads.ts'

/** What one statement gives at most. */
export const maxRows = 10_000

/** A page that takes the serving thread a few milliseconds to receive, and one that it reads itself in that time. */
const pageRowsApart = 500
const pageRowsInline = 100

/**
 * Reads that do not keep the serving thread: in threads over a SQLite file, by the server of PostgreSQL, and over a database in
 * memory, where nothing else can read it, a page at a time between which other requests run.
 * @param committed - sees the last commit.
 * @param refusal - why the database cannot be used now, if it cannot.
 */
export function readerApart(
  database: Database,
  committed: SqlReader,
  refusal: () => string | undefined,
  signal?: AbortSignal,
): ApartReader {
  const isInline = database.soleWriter && !database.apart
  const rowsOf = async (statement: string, parameters: readonly SqlValue[]) => {
    if (database.apart) return database.apart.all(statement, parameters, signal)
    if (isInline) await setImmediate()
    signal?.throwIfAborted()
    const rows = await committed.all(statement, parameters)
    signal?.throwIfAborted()
    if (rows.length > maxRows) throw tooManyRows(maxRows)
    return rows
  }
  return {
    dialect: committed.dialect,
    pageRows: isInline ? pageRowsInline : pageRowsApart,
    all: async <R extends Record<string, SqlValue>>(statement: string, parameters: readonly SqlValue[] = []) => {
      const refused = refusal()
      if (refused !== undefined) throw new StoreUnavailableError(refused)
      return (await rowsOf(statement, parameters)) as R[]
    },
  }
}
