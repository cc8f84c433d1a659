import type { AuditRecord } from '../core/audit.ts'
import type { Sealer } from '../core/sealer.ts'
import type { Migration, RecordAppender, Sql } from '../core/sql.ts'
import type { Database } from './connection.ts'
import { freeLeases } from './due-work.ts'
import { inTransaction, migrate, refuseUnknownMigrations } from './migrations.ts'
import { createBaseTables, storageMigrations } from './schema.ts'
import { refuseOtherSchema } from './schema-check.ts'
import { SqliteDatabase } from './sqlite.ts'
import { DatabaseStore, type OpenStore } from './store.ts'

export type { OpenStore } from './store.ts'

export interface OpenStoreOptions {
  /** `file`: a path, or `:memory:`. `url`: `postgres://…`. */
  database: { kind: 'sqlite'; file: string } | { kind: 'postgres'; url: string }
  /**
   * Seals documents' secrets. As a function it is called once, inside the first transaction, to find or make its key in
   * the table `meta (key, value)`; what it throws leaves the database as it was.
   */
  sealer: Sealer | ((sql: Sql) => Promise<Sealer>)
  appender: RecordAppender<AuditRecord>
  /** Of the modules that have tables of their own. */
  migrations?: readonly Migration[]
  /**
   * Called once when the file of the database was deleted or replaced under the server, with the reason that everything is
   * then refused with; and once, without one, when it is there again.
   */
  onLoss?(reason: string | undefined): void
}

/**
 * Opens the database, creating or upgrading its schema.
 * @throws StoreUnavailableError when it cannot be reached or another server has it open; UnknownMigrationError when a newer
 *   version wrote it; UnexpectedSchemaError when a database file has anything that no version makes; what `sealer` throws.
 */
export async function openStore({
  database,
  sealer,
  appender,
  migrations = [],
  onLoss = () => {},
}: OpenStoreOptions): Promise<OpenStore> {
  const all = [...storageMigrations, ...migrations]
  const opened: Database =
    database.kind === 'sqlite' ? new SqliteDatabase(database.file) : await openPostgres(database.url)
  try {
    const readySealer = await opened.bootstrap(async (sql) => {
      await createBaseTables(sql)
      await refuseUnknownMigrations(sql, all)
      if (sql.dialect === 'sqlite') await refuseOtherSchema(sql, all)
      return typeof sealer === 'function' ? sealer(sql) : sealer
    })
    await migrate(opened.writer, all)
    // A process that died had taken work on, and there is no other that could have.
    if (opened.soleWriter) await inTransaction(opened.writer, freeLeases)
    return new DatabaseStore(opened, readySealer, appender, onLoss)
  } catch (error) {
    await opened.close()
    throw error
  }
}

/** A server on SQLite does without the client of PostgreSQL, which takes memory and time to load. */
async function openPostgres(url: string): Promise<Database> {
  const { PostgresDatabase } = await import('./postgres.ts')
  return new PostgresDatabase(url)
}
