import type { Sql, SqlValue } from '../core/sql.ts'

/** The connection that changes the database: one transaction at a time, a savepoint for each piece of work in it. */
export interface WriteConnection {
  readonly sql: Sql
  /**
   * Why the open transaction can no longer be committed: set when the engine itself failed, whatever the work that met the
   * failure made of it. Cleared by `begin`.
   */
  readonly failure: Error | undefined
  begin(): Promise<void>
  savepoint(): Promise<void>
  releaseSavepoint(): Promise<void>
  rollbackToSavepoint(): Promise<void>
  /** Resolves once the transaction is durable. */
  commit(): Promise<void>
  /** Undoes the open transaction, if one is open. Never throws. */
  rollback(): Promise<void>
}

/** How much is read without keeping the serving thread. */
export interface ApartDatabase {
  /** One statement, ended when the signal aborts. Sees the last commit. @throws RangeError for more than `maxRows` rows. */
  all(statement: string, parameters: readonly SqlValue[], signal?: AbortSignal): Promise<Record<string, SqlValue>[]>
}

/** A database as the store drives it: one connection that writes, and a way to read. */
export interface Database {
  readonly writer: WriteConnection
  /** Sees the last commit; where `soleWriter`, it is the writer's own connection and is used only between groups. */
  readonly reader: Sql
  /** Reads in other threads than the one that serves requests; absent for a database in memory, which they cannot open. */
  readonly apart?: ApartDatabase
  /** This process alone changes the database, so that what was read stays true until this process changes it. */
  readonly soleWriter: boolean
  /** Why what is committed now would be lost with the file that it goes to. Absent where the database is not a file. */
  lost?(): string | undefined
  /** Runs the work in the first transaction, before anything is known of the database; nodes that start together take turns. */
  bootstrap<R>(work: (sql: Sql) => Promise<R>): Promise<R>
  /** Called between groups. Moves everything into the database file and empties the write-ahead log. */
  checkpoint(): void
  /** @throws Error for a database in memory, and where the database's own tools make backups. */
  backup(toFile: string, onProgress: (progress: BackupProgress) => void): Promise<void>
  close(): Promise<void>
}

export interface BackupProgress {
  totalPages: number
  remainingPages: number
}

/** The transaction met another one and may succeed when it is run again. */
export class ConflictError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'ConflictError'
  }
}
