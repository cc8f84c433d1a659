import { closeSync, openSync } from 'node:fs'
import { basename } from 'node:path'
import { backup, DatabaseSync } from 'node:sqlite'
import type { Sql } from '../core/sql.ts'
import type { BackupProgress, Database } from './connection.ts'
import { identityOf } from './file-identity.ts'
import { inTransaction } from './migrations.ts'
import { maxRows } from './read-apart.ts'
import { ReaderThreads } from './reader-threads.ts'
import { ServerLock } from './server-lock.ts'
import { SqliteConnection } from './sqlite-connection.ts'

/** A SQLite database, which this process alone writes; others may read it. */
export class SqliteDatabase implements Database {
  readonly soleWriter = true
  readonly writer: SqliteConnection
  readonly reader: Sql
  readonly apart: ReaderThreads | undefined
  readonly #file: string | undefined
  /** Of the file as it was opened. */
  readonly #identity: string | undefined
  readonly #lock: ServerLock | undefined

  /** @param file - path, created readable by its owner alone when missing; or `:memory:`. */
  constructor(file: string) {
    if (file !== ':memory:') {
      createPrivate(file)
      this.#file = file
      this.#lock = new ServerLock(file)
    }
    try {
      this.writer = new SqliteConnection(file)
      this.#identity = this.#file && identityOf(this.#file)
    } catch (error) {
      this.#lock?.release()
      throw error
    }
    this.reader = this.writer
    this.apart = this.#file === undefined ? undefined : new ReaderThreads(this.#file, maxRows)
  }

  bootstrap<R>(work: (sql: Sql) => Promise<R>): Promise<R> {
    return inTransaction(this.writer, work)
  }

  checkpoint(): void {
    this.writer.checkpoint()
  }

  async backup(toFile: string, onProgress: (progress: BackupProgress) => void): Promise<void> {
    if (this.#file === undefined) throw new Error('a database in memory has no backup')
    createPrivate(toFile)
    // A connection of its own, held to one moment by a read transaction: on the writer's, the copy would wait for pauses
    // between groups, and without the transaction it would begin anew with every commit.
    using source = new DatabaseSync(this.#file, { readOnly: true })
    source.exec('BEGIN')
    source.prepare('SELECT COUNT(*) FROM migrations').get()
    await backup(source, toFile, { rate: backupPages, progress: onProgress })
  }

  /** SQLite goes on with a file that was deleted or moved, and what it writes there goes with it. */
  lost(): string | undefined {
    if (this.#file === undefined) return undefined
    const what = changeOf(this.#file, this.#identity)
    if (what === undefined) return this.#lock?.lost()
    // The readiness endpoint shows it without authentication, so it leaves out the folder.
    const until = 'until that one is back in its place, or the server is started again'
    return `${basename(this.#file)} ${what}: nothing is written ${until}.`
  }

  async close(): Promise<void> {
    // The last connection to close moves the write-ahead log into the file: that is the writer's.
    await this.apart?.close()
    this.writer.close()
    this.#lock?.release()
  }
}

/** Copied between two reports of progress. */
const backupPages = 128

function changeOf(file: string, identity: string | undefined): string | undefined {
  try {
    const found = identityOf(file)
    if (found === undefined) return 'is gone'
    return found === identity ? undefined : 'is another file than the one that was opened'
  } catch (failure) {
    return `cannot be seen (${(failure as NodeJS.ErrnoException).code})`
  }
}

// Only ever creates: closing a descriptor of a file that SQLite has open would drop SQLite's locks on it.
function createPrivate(file: string): void {
  try {
    closeSync(openSync(file, 'wx', 0o600))
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
  }
}
