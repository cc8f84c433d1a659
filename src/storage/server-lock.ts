import { existsSync, realpathSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { StoreUnavailableError } from '../core/store.ts'

/** A server that is being replaced has this long to let go. */
const patienceMs = 1000

/**
 * Keeps a second server away from a database: a lock on an empty file beside it, which the system takes back when the
 * process ends, however it ends. Readers of the database itself are not kept away. Node has no call for file locks, but a
 * SQLite transaction on that file is one.
 */
export class ServerLock {
  readonly #lock: DatabaseSync

  /** @throws StoreUnavailableError when another server holds the lock. */
  constructor(databaseFile: string) {
    this.#lock = new DatabaseSync(`${realPathOf(databaseFile)}-lock`, { timeout: patienceMs })
    try {
      this.#lock.exec('PRAGMA journal_mode = OFF')
      this.#lock.exec('BEGIN EXCLUSIVE')
    } catch (cause) {
      this.#lock.close()
      if (!isBusy(cause)) throw cause
      throw new StoreUnavailableError(
        `${databaseFile} is open in another server. Stop that one, or use another data directory.`,
        { cause },
      )
    }
  }

  release(): void {
    this.#lock.close()
  }
}

/** Of a database that need not be there yet. */
const realPathOf = (file: string) =>
  existsSync(file) ? realpathSync(file) : join(realpathSync(dirname(file)), basename(file))

const isBusy = (error: unknown) => error instanceof Error && 'errcode' in error && error.errcode === 5
