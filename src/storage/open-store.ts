import type { AuditRecord } from '../core/audit.ts'
import type { Sealer } from '../core/sealer.ts'
import type { Migration, RecordAppender, Sql } from '../core/sql.ts'
import type { Store, Transaction } from '../core/store.ts'
import type { BackupProgress, Database } from './connection.ts'
import type { LeasedWork } from './due-work.ts'
import { migrate, refuseUnknownMigrations } from './migrations.ts'
import { PostgresDatabase } from './postgres.ts'
import { createBaseTables, storageMigrations } from './schema.ts'
import { SqliteDatabase } from './sqlite.ts'
import { DatabaseStore } from './store.ts'

/** The store as its owner holds it; services see `Store` alone. */
export interface OpenStore extends Store {
  /**
   * Reads of the tables of other rooms. Each statement sees the last commit, but two of them may see different ones: a
   * change may fall between.
   */
  read<R>(work: (sql: Sql) => Promise<R>): Promise<R>
  /**
   * A change of other rooms' tables, atomic and durable like `transaction` and committed in the same groups. It leaves the
   * store's own tables alone, and like a transaction it awaits nothing but the connection.
   */
  write<R>(work: (sql: Sql) => Promise<R>): Promise<R>

  /** When the first due work of these kinds may run; undefined when there is none. */
  nextDueAtMs(kinds: readonly string[]): Promise<number | undefined>
  /** Takes on the first work that may run now, in order of time; nobody else can until the lease is over. */
  leaseDue(kinds: readonly string[], nowMs: number, untilMs: number): Promise<LeasedWork | undefined>
  /** @returns false when the lease was lost: the work was moved, removed or taken on by another. */
  extendLease(leased: LeasedWork, untilMs: number): Promise<boolean>
  /** Commits the change together with the removal of the work. @returns false, with nothing done, when the lease was lost. */
  completeDue(leased: LeasedWork, change: (tx: Transaction) => Promise<void>): Promise<boolean>
  /** Gives failed work back, to be tried again at a time. */
  returnDue(leased: LeasedWork, retryAtMs: number): Promise<void>
  /** The kinds of due work that are not among these. */
  kindsDueBeside(kinds: readonly string[]): Promise<string[]>

  /** Moves all changes into the database file and empties the write-ahead log, and with it what deleted secrets left there. */
  checkpoint(): Promise<void>
  /**
   * Copies a SQLite database to a file while it is in use; the copy is the state of one moment.
   * @throws Error for PostgreSQL, which has its own tools.
   */
  backup(toFile: string, onProgress?: (progress: BackupProgress) => void): Promise<void>
  /** Refuses new work, finishes what is queued and closes the database. */
  close(): Promise<void>
}

export interface OpenStoreOptions {
  /** `file`: a path, or `:memory:`. `url`: `postgres://…`. */
  database: { kind: 'sqlite'; file: string } | { kind: 'postgres'; url: string }
  /**
   * Seals documents' secrets. As a function it is called once, inside the first transaction, to find or make its key in
   * the table `meta (key, value)`; what it throws leaves the database as it was.
   */
  sealer: Sealer | ((sql: Sql) => Promise<Sealer>)
  appender: RecordAppender<AuditRecord>
  /** Of the rooms that have tables of their own. */
  migrations?: readonly Migration[]
}

/**
 * Opens the database, creating or upgrading its schema.
 * @throws StoreUnavailableError when it cannot be reached or another server has it open; UnknownMigrationError when a newer
 *   version wrote it; what `sealer` throws.
 */
export async function openStore({ database, sealer, appender, migrations = [] }: OpenStoreOptions): Promise<OpenStore> {
  const all = [...storageMigrations, ...migrations]
  const opened: Database =
    database.kind === 'sqlite' ? new SqliteDatabase(database.file) : new PostgresDatabase(database.url)
  try {
    const readySealer = await opened.bootstrap(async (sql) => {
      await createBaseTables(sql)
      await refuseUnknownMigrations(sql, all)
      return typeof sealer === 'function' ? sealer(sql) : sealer
    })
    await migrate(opened.writer, all)
    return new DatabaseStore(opened, readySealer, appender)
  } catch (error) {
    await opened.close()
    throw error
  }
}
