import { randomUUID } from 'node:crypto'
import type { AuditRecord } from '../core/audit.ts'
import type { Sealer } from '../core/sealer.ts'
import type { ApartReader, RecordAppender, Sql, SqlReader } from '../core/sql.ts'
import type { CollectionReader, CollectionSpec, Store, Transaction } from '../core/store.ts'
import { Collections } from './collections.ts'
import type { BackupProgress, Database } from './connection.ts'
import { DocumentCache } from './document-cache.ts'
import type { LeasedWork } from './due-work.ts'
import * as dueWork from './due-work.ts'
import { GroupCommit } from './group-commit.ts'
import { ownReader, ownReaderApart } from './own-tables.ts'
import { readerApart } from './read-apart.ts'
import { StoreTransaction } from './transaction.ts'
import type { WorkSql } from './work-sql.ts'

/** The store as its owner holds it; services see `Store` alone. */
export interface OpenStore extends Store {
  /**
   * Reads the tables of other modules. Each statement sees the last commit, but two of them may see different ones: a
   * change may fall between.
   */
  read<R>(work: (sql: Sql) => Promise<R>): Promise<R>
  /** The same beside the serving thread, for what reads much. @param signal - ends what is being read, with its reason. */
  readApart<R>(work: (sql: ApartReader) => Promise<R>, signal?: AbortSignal): Promise<R>
  /**
   * Changes the tables of other modules, atomic and durable like `transaction` and committed in the same groups. It leaves the
   * store's own tables alone, and like a transaction it awaits nothing but the connection.
   */
  write<R>(work: (sql: Sql) => Promise<R>): Promise<R>

  /** When the first due work of these kinds may run; undefined when there is none. */
  nextDueAtMs(kinds: readonly string[]): Promise<number | undefined>
  /** Leases the first work that may run now, in order of time; no other scheduler can until the lease is over. */
  leaseDue(kinds: readonly string[], nowMs: number, untilMs: number): Promise<LeasedWork | undefined>
  /** @returns false when the lease was lost: the work was moved, removed or taken on by another. */
  extendLease(leased: LeasedWork, untilMs: number): Promise<boolean>
  /** Commits the change together with the removal of the work. @returns false, with nothing done, when the lease was lost. */
  completeDue(leased: LeasedWork, change: (tx: Transaction) => Promise<unknown>): Promise<boolean>
  /** Gives failed work back, to be tried again at a time. */
  returnDue(leased: LeasedWork, retryAtMs: number): Promise<void>
  /** Gives back, at its own time, all work that is leased or backing off until after a time. */
  recallPostponed(beyondMs: number): Promise<void>
  /** The kinds of due work that are not among these. */
  kindsDueBeside(kinds: readonly string[]): Promise<string[]>
  /** Calls the one listener whenever due work was scheduled here, once it is committed, with the earliest time of each kind. */
  onWorkScheduled(listener: (dueAtMs: ReadonlyMap<string, number>) => void): void

  /** Moves all changes into the database file and empties the write-ahead log, and with it what deleted secrets left there. */
  checkpoint(): Promise<void>
  /**
   * Copies a SQLite database to a file while it is in use; the copy is the state of one moment.
   * @throws Error for a database in memory, and for PostgreSQL, which has its own tools.
   */
  backup(toFile: string, onProgress?: (progress: BackupProgress) => void): Promise<void>
  /** Refuses new work, finishes what is queued and closes the database. */
  close(): Promise<void>
}

/** How long deleted secrets may stand in the write-ahead log; deletions within it share one checkpoint. */
const erasureDelayMs = 1000

/** How long changes may go to a file that was deleted or replaced under the server. */
const lossCheckMs = 1000

/** The store over one database. */
export class DatabaseStore implements OpenStore {
  readonly #database: Database
  readonly #group: GroupCommit
  readonly #committed: Sql
  readonly #collections: Collections
  readonly #cache: DocumentCache | undefined
  #sealedChanged = false
  /** When the first of what the open group has scheduled is due, by kind. */
  #scheduled = new Map<string, number>()
  #workScheduled: (dueAtMs: ReadonlyMap<string, number>) => void = () => {}
  #erasure: NodeJS.Timeout | undefined
  readonly #lossCheck: NodeJS.Timeout | undefined
  #closed: Promise<void> | undefined

  /** @param onLoss - called once when the database's file is lost, with the reason, and once when it is there again. */
  constructor(
    database: Database,
    sealer: Sealer,
    appender: RecordAppender<AuditRecord>,
    onLoss: (reason: string | undefined) => void,
  ) {
    this.#database = database
    this.#cache = database.soleWriter ? new DocumentCache() : undefined
    this.#group = new GroupCommit(database.writer, appender, (committed) => this.#ended(committed))
    this.#committed = database.soleWriter ? betweenGroups(database.reader, this.#group) : readOnly(database.reader)
    const sealedChanged = () => {
      this.#sealedChanged = true
    }
    this.#collections = new Collections({ sealer, committed: this.#committed, cache: this.#cache, sealedChanged })
    // What a killed process left in the write-ahead log may be what it had deleted.
    this.#eraseSoon()
    if (database.lost) this.#lossCheck = setInterval(() => this.#checkLoss(onLoss), lossCheckMs).unref()
  }

  in<T>(spec: CollectionSpec<T>): CollectionReader<T> {
    return this.#collections.reader(spec)
  }

  sql(service: string): SqlReader {
    return ownReader(service, this.#committed)
  }

  sqlApart(service: string, signal?: AbortSignal): ApartReader {
    return ownReaderApart(service, this.#apart(signal))
  }

  transaction<R>(work: (tx: Transaction) => Promise<R>): Promise<R> {
    return this.#group.change((sql, records) => work(this.#transactionOn(sql, records)))
  }

  record(records: readonly AuditRecord[]): Promise<void> {
    return this.#group.append(records)
  }

  read<R>(work: (sql: Sql) => Promise<R>): Promise<R> {
    return work(this.#committed)
  }

  readApart<R>(work: (sql: ApartReader) => Promise<R>, signal?: AbortSignal): Promise<R> {
    return work(this.#apart(signal))
  }

  write<R>(work: (sql: Sql) => Promise<R>): Promise<R> {
    return this.#group.change(work)
  }

  nextDueAtMs(kinds: readonly string[]): Promise<number | undefined> {
    return dueWork.nextRunAtMs(this.#committed, kinds)
  }

  leaseDue(kinds: readonly string[], nowMs: number, untilMs: number): Promise<LeasedWork | undefined> {
    return this.write((sql) => dueWork.leaseFirst(sql, kinds, nowMs, untilMs, randomUUID()))
  }

  extendLease(leased: LeasedWork, untilMs: number): Promise<boolean> {
    return this.write((sql) => dueWork.extendLease(sql, leased, untilMs))
  }

  completeDue(leased: LeasedWork, change: (tx: Transaction) => Promise<unknown>): Promise<boolean> {
    return this.#group.change(async (sql, records) => {
      if (!(await dueWork.removeLeased(sql, leased))) return false
      await change(this.#transactionOn(sql, records))
      return true
    })
  }

  returnDue(leased: LeasedWork, retryAtMs: number): Promise<void> {
    return this.write((sql) => dueWork.returnWork(sql, leased, retryAtMs))
  }

  recallPostponed(beyondMs: number): Promise<void> {
    return this.write((sql) => dueWork.recallPostponed(sql, beyondMs))
  }

  kindsDueBeside(kinds: readonly string[]): Promise<string[]> {
    return dueWork.otherKinds(this.#committed, kinds)
  }

  onWorkScheduled(listener: (dueAtMs: ReadonlyMap<string, number>) => void): void {
    this.#workScheduled = listener
  }

  async checkpoint(): Promise<void> {
    while (this.#group.inFlight) await this.#group.inFlight
    this.#database.checkpoint()
  }

  backup(toFile: string, onProgress: (progress: BackupProgress) => void = () => {}): Promise<void> {
    return this.#database.backup(toFile, onProgress)
  }

  close(): Promise<void> {
    this.#closed ??= this.#close()
    return this.#closed
  }

  #apart(signal?: AbortSignal): ApartReader {
    return readerApart(this.#database, this.#committed, () => this.#group.refusal, signal)
  }

  async #close(): Promise<void> {
    await this.#group.close()
    clearTimeout(this.#erasure)
    clearInterval(this.#lossCheck)
    await this.#database.close()
  }

  #checkLoss(onLoss: (reason: string | undefined) => void): void {
    const reason = this.#database.lost?.()
    if (reason === this.#group.refusal) return
    this.#group.refusal = reason
    onLoss(reason)
  }

  #ended(committed: boolean): void {
    this.#cache?.forgetChanged()
    if (committed && this.#sealedChanged) this.#eraseSoon()
    this.#sealedChanged = false
    if (this.#scheduled.size === 0) return
    const scheduled = this.#scheduled
    this.#scheduled = new Map()
    if (committed) this.#workScheduled(scheduled)
  }

  #transactionOn(sql: WorkSql, records: AuditRecord[]): StoreTransaction {
    return new StoreTransaction(sql, this.#collections, records, ({ kind, dueAtMs }) => {
      this.#scheduled.set(kind, Math.min(this.#scheduled.get(kind) ?? dueAtMs, dueAtMs))
    })
  }

  #eraseSoon(): void {
    // Closing a database empties its log as well.
    if (this.#closed) return
    this.#erasure ??= setTimeout(() => {
      this.#erasure = undefined
      // A checkpoint that fails loses nothing; the next one takes up what it left.
      this.checkpoint().catch(() => this.#eraseSoon())
    }, erasureDelayMs).unref()
  }
}

/** Reads on the connection that also writes: never while a group's transaction is open on it. */
const betweenGroups = (connection: Sql, group: GroupCommit): Sql => ({
  dialect: connection.dialect,
  run: refuseToWrite,
  all: async (statement, parameters) => {
    while (group.inTransaction) await group.inTransaction
    return connection.all(statement, parameters)
  },
})

const readOnly = (connection: Sql): Sql => ({
  dialect: connection.dialect,
  run: refuseToWrite,
  all: (statement, parameters) => connection.all(statement, parameters),
})

async function refuseToWrite(): Promise<never> {
  throw new Error('a read changes nothing: use write')
}
