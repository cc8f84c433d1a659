import { existsSync, realpathSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { StoreUnavailableError } from '../core/store.ts'
import { identityOf } from './file-identity.ts'

/** A server that is being replaced has this long to let go. */
const patienceMs = 1000

/**
 * Keeps a second server away from a database: a lock on an empty file beside it, which the system takes back when the
 * process ends, however it ends. Readers of the database itself are not kept away. Node has no call for file locks, but a
 * SQLite transaction on that file is one.
 *
 * The file can be removed under a server, and a lock on a new one would be free. So a server that finds none beside a database
 * makes sure that no program has the database itself open, and a server that has lost its file makes it anew.
 */
export class ServerLock {
  readonly #database: string
  readonly #file: string
  #lock: DatabaseSync
  #identity: string | undefined

  /** @throws StoreUnavailableError when another server holds the lock. */
  constructor(databaseFile: string) {
    this.#database = databaseFile
    this.#file = `${realPathOf(databaseFile)}-lock`
    const isNew = !existsSync(this.#file)
    this.#lock = this.#taken(patienceMs)
    this.#identity = identityOf(this.#file)
    if (!isNew || !existsSync(databaseFile)) return
    try {
      this.#refuseWhereOpen()
    } catch (refusal) {
      this.release()
      throw refusal
    }
  }

  /** Returns why the lock no longer keeps others away; undefined when it does. One whose file was removed is taken anew. */
  lost(): string | undefined {
    if (identityOf(this.#file) === this.#identity) return undefined
    try {
      const lock = this.#taken(0)
      this.#lock.close()
      this.#lock = lock
      this.#identity = identityOf(this.#file)
      return undefined
    } catch (failure) {
      const reason = failure instanceof StoreUnavailableError ? 'another server has its place' : String(failure)
      return `${basename(this.#file)} was removed, and ${reason}: nothing is written until it is free again.`
    }
  }

  release(): void {
    this.#lock.close()
  }

  #taken(timeoutMs: number): DatabaseSync {
    const lock = new DatabaseSync(this.#file, { timeout: timeoutMs })
    try {
      lock.exec('PRAGMA journal_mode = OFF')
      lock.exec('BEGIN EXCLUSIVE')
      return lock
    } catch (cause) {
      lock.close()
      throw isBusy(cause) ? this.#refusal('another server', cause) : cause
    }
  }

  /** Every connection holds a lock on the database as long as it is open, and readers do, too. */
  #refuseWhereOpen(): void {
    using probe = new DatabaseSync(this.#database, { timeout: patienceMs })
    try {
      probe.exec('PRAGMA locking_mode = EXCLUSIVE')
      probe.exec('BEGIN EXCLUSIVE')
      probe.exec('ROLLBACK')
    } catch (cause) {
      // What else is wrong with it is said by what opens it next.
      if (isBusy(cause)) throw this.#refusal(`another program, and ${basename(this.#file)} was removed`, cause)
    }
  }

  #refusal(where: string, cause: unknown): StoreUnavailableError {
    const text = `${this.#database} is open in ${where}. Stop that one, or use another data directory.`
    return new StoreUnavailableError(text, { cause })
  }
}

/** Of a database that need not be there yet. */
const realPathOf = (file: string) =>
  existsSync(file) ? realpathSync(file) : join(realpathSync(dirname(file)), basename(file))

const isBusy = (error: unknown) => error instanceof Error && 'errcode' in error && error.errcode === 5
