import { accessSync, closeSync, constants, openSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { pathToFileURL } from 'node:url'
import { durablePragmas } from '../core/durable-sqlite.ts'
import type { Sql, SqlValue } from '../core/sql.ts'
import type { LedgerIo } from './tables.ts'

/** A connection of the ledger's own to a SQLite file: to read the main database beside the store, or for its index. */
export class SqliteFile implements Sql, LedgerIo, Disposable {
  readonly dialect = 'sqlite'
  readonly #database: DatabaseSync
  readonly #statements = new Map<string, StatementSync>()
  #turn: Promise<unknown> = Promise.resolve()

  private constructor(database: DatabaseSync, pragmas: readonly string[]) {
    this.#database = database
    try {
      for (const pragma of pragmas) database.exec(`PRAGMA ${pragma}`)
    } catch (failure) {
      database.close()
      throw failure
    }
  }

  /** Opens a database to read, also while a server writes it, and on read-only media. @throws when there is none. */
  static forReading(file: string): SqliteFile {
    return SqliteFile.#forReading(isWritable(dirname(file)) ? file : backupLocation(file))
  }

  /** Opens a backup to read, also on read-only media. @throws when there is none. */
  static ofBackup(file: string): SqliteFile {
    return SqliteFile.#forReading(backupLocation(file))
  }

  static #forReading(location: string | URL): SqliteFile {
    return new SqliteFile(new DatabaseSync(location, { readOnly: true }), [
      'busy_timeout = 2000',
      'trusted_schema = OFF',
    ])
  }

  /** Opens the store's database to append to it, in turns with the store. @throws when there is none. */
  static forAppending(file: string): SqliteFile {
    const existing = pathToFileURL(file)
    existing.searchParams.set('mode', 'rw')
    return new SqliteFile(new DatabaseSync(existing), ['busy_timeout = 2000', ...durablePragmas])
  }

  /** Opens or creates a database that can be made anew: a crash may lose its last transactions, never tear one. */
  static rebuildable(file: string): SqliteFile {
    createPrivate(file)
    return new SqliteFile(new DatabaseSync(file), [
      'busy_timeout = 2000',
      'journal_mode = WAL',
      'synchronous = NORMAL',
      // A page that many transactions change is moved into the file once for all of them.
      'wal_autocheckpoint = 16000',
      `cache_size = -${indexCacheKibibytes}`,
      'temp_store = MEMORY',
      'trusted_schema = OFF',
    ])
  }

  async all<R extends Record<string, SqlValue>>(statement: string, parameters: readonly SqlValue[] = []): Promise<R[]> {
    return this.#prepared(statement).all(...parameters) as R[]
  }

  async run(statement: string, parameters: readonly SqlValue[] = []): Promise<number> {
    return Number(this.#prepared(statement).run(...parameters).changes)
  }

  read<R>(work: (sql: Sql) => Promise<R>): Promise<R> {
    return work(this)
  }

  /** Reads on the thread that opened the file. */
  readApart<R>(work: (sql: Sql) => Promise<R>): Promise<R> {
    return work(this)
  }

  /** One transaction at a time: callers take turns. */
  write<R>(work: (sql: Sql) => Promise<R>): Promise<R> {
    const result = this.#turn.then(() => this.#transaction(work))
    this.#turn = result.catch(() => {})
    return result
  }

  /** True after a transaction that could neither be committed nor undone. */
  get isInTransaction(): boolean {
    return this.#database.isTransaction
  }

  close(): void {
    this.#statements.clear()
    this.#database.close()
  }

  [Symbol.dispose](): void {
    this.close()
  }

  async #transaction<R>(work: (sql: Sql) => Promise<R>): Promise<R> {
    this.#database.exec('BEGIN IMMEDIATE')
    try {
      const result = await work(this)
      this.#database.exec('COMMIT')
      return result
    } catch (failure) {
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK')
      throw failure
    }
  }

  #prepared(text: string): StatementSync {
    let statement = this.#statements.get(text)
    if (!statement) {
      statement = this.#database.prepare(text)
      this.#statements.set(text, statement)
    }
    return statement
  }
}

/**
 * Returns how to open a backup, which no program writes: as it is, because SQLite would otherwise put files beside it, which
 * read-only media refuse. With a write-ahead log beside it, it is a copied data directory, and the log is part of it.
 */
export function backupLocation(file: string): string | URL {
  if (hasLog(file)) return file
  const unchanging = pathToFileURL(file)
  unchanging.searchParams.set('immutable', '1')
  return unchanging
}

/** Returns whether there is a write-ahead log that holds anything. */
export const hasLog = (file: string): boolean => (statSync(`${file}-wal`, { throwIfNoEntry: false })?.size ?? 0) > 0

/** Returns where it is not, no server can be writing a database there. */
export function isWritable(directory: string): boolean {
  try {
    accessSync(directory, constants.W_OK)
    return true
  } catch {
    return false
  }
}

// Only ever creates: closing a descriptor of a file that SQLite has open would drop SQLite's locks on it.
function createPrivate(file: string): void {
  try {
    closeSync(openSync(file, 'wx', 0o600))
  } catch (failure) {
    if (!(failure instanceof Error && 'code' in failure && failure.code === 'EEXIST')) throw failure
  }
}

const indexCacheKibibytes = 32 * 1024

/** True when SQLite says that a file is damaged or no database: https://www.sqlite.org/rescode.html */
export function isCorruption(fault: unknown): boolean {
  const code = fault instanceof Error && 'errcode' in fault ? Number(fault.errcode) & 0xff : 0
  return code === 11 || code === 26
}
