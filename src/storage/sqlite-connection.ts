import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { durablePragmas } from '../core/durable-sqlite.ts'
import type { Sql, SqlValue } from '../core/sql.ts'
import { StoreUnavailableError } from '../core/store.ts'
import type { WriteConnection } from './connection.ts'

/** The one connection to a SQLite database. Statements are prepared once and run on the calling thread. */
export class SqliteConnection implements WriteConnection, Sql {
  readonly dialect = 'sqlite'
  readonly sql = this
  failure: Error | undefined
  readonly database: DatabaseSync
  readonly #statements = new Map<string, StatementSync>()

  /** @param file - path of the database, or `:memory:`. @throws StoreUnavailableError when it is none or cannot be reached. */
  constructor(file: string) {
    this.database = new DatabaseSync(file, { open: false })
    try {
      this.database.open()
      for (const pragma of pragmas) this.database.exec(`PRAGMA ${pragma}`)
    } catch (error) {
      if (this.database.isOpen) this.database.close()
      throw openingError(file, error)
    }
  }

  async all<R extends Record<string, SqlValue>>(text: string, parameters: readonly SqlValue[] = []): Promise<R[]> {
    return this.#run(() => this.#prepared(text).all(...parameters) as R[])
  }

  async run(text: string, parameters: readonly SqlValue[] = []): Promise<number> {
    return this.#run(() => Number(this.#prepared(text).run(...parameters).changes))
  }

  async begin(): Promise<void> {
    this.failure = undefined
    this.#run(() => this.#prepared('BEGIN IMMEDIATE').run())
  }

  async savepoint(): Promise<void> {
    this.#run(() => this.#prepared('SAVEPOINT work').run())
  }

  async releaseSavepoint(): Promise<void> {
    this.#run(() => this.#prepared('RELEASE work').run())
  }

  async rollbackToSavepoint(): Promise<void> {
    this.#run(() => this.#prepared('ROLLBACK TO work').run())
    this.#run(() => this.#prepared('RELEASE work').run())
  }

  async commit(): Promise<void> {
    this.#run(() => this.#prepared('COMMIT').run())
  }

  async rollback(): Promise<void> {
    // SQLite may have rolled back by itself (a full disk, an I/O error).
    if (!this.database.isTransaction) return
    try {
      this.#prepared('ROLLBACK').run()
    } catch {
      // Then the transaction stays open, and every later one is refused: nothing of it can be committed.
    }
  }

  /** Only between transactions. @throws StoreUnavailableError while others read what is to be moved. */
  checkpoint(): void {
    // It would wait for readers, and every request with it.
    this.#run(() => this.database.exec('PRAGMA busy_timeout = 0'))
    try {
      const [result] = this.#run(() => this.#prepared('PRAGMA wal_checkpoint(TRUNCATE)').all())
      if (result?.busy) throw new StoreUnavailableError('The write-ahead log is in use and could not be emptied.')
    } finally {
      this.database.exec(`PRAGMA ${busyTimeout}`)
    }
  }

  close(): void {
    this.#statements.clear()
    this.database.close()
  }

  #prepared(text: string): StatementSync {
    let statement = this.#statements.get(text)
    if (!statement) {
      statement = this.database.prepare(text)
      this.#statements.set(text, statement)
    }
    return statement
  }

  #run<R>(action: () => R): R {
    try {
      return action()
    } catch (error) {
      throw this.#classified(error)
    }
  }

  #classified(error: unknown): unknown {
    if (!isEngineFailure(error)) return error
    this.failure = new StoreUnavailableError(`The database cannot be used now: ${error.message}.`, { cause: error })
    return this.failure
  }
}

const busyTimeout = 'busy_timeout = 2000'

const pragmas = [
  // First: the next one may meet another process. Later only a program that writes behind the server's back makes it wait.
  busyTimeout,
  // Of new databases. Records fill larger pages better, and as many bytes are fewer writes.
  'page_size = 8192',
  'journal_mode = WAL',
  ...durablePragmas,
]

/**
 * Primary result codes that say nothing against the statement: BUSY, LOCKED, NOMEM, READONLY, IOERR, CORRUPT, FULL, CANTOPEN,
 * PROTOCOL, NOTADB. https://www.sqlite.org/rescode.html
 */
const engineFailures = new Set([5, 6, 7, 8, 10, 11, 13, 14, 15, 26])

const isEngineFailure = (error: unknown): error is Error =>
  error instanceof Error &&
  'errcode' in error &&
  typeof error.errcode === 'number' &&
  engineFailures.has(error.errcode & 0xff)

function openingError(file: string, error: unknown): unknown {
  if (!isEngineFailure(error)) return error
  return new StoreUnavailableError(`${file} cannot be opened as a database: ${error.message}.`, { cause: error })
}
