import type { AuditRecord } from '../core/audit.ts'
import type { Clock } from '../core/clock.ts'
import type { RecordAppender, Sql } from '../core/sql.ts'
import { appendBehind } from './append-behind.ts'
import { AppendThread } from './append-thread.ts'
import type { ChainHead } from './hash-chain.ts'
import type { LedgerKey } from './ledger-key.ts'
import type { OwnEnd } from './own-end.ts'
import { lockHead } from './tables.ts'

/**
 * With fewer records the serving thread is done sooner by itself. So a server that few use at a time never starts the thread.
 */
const worthAThread = 12

export interface AppenderOptions {
  clock: Clock
  /** Called when records have become durable. */
  appended(): void
  /** The database, where it is a file and this process alone writes it: then a thread may append to it as well. */
  databaseFile?: string
  /** Called with the reason when the thread has ended; another one takes its place. */
  onFault(fault: unknown): void
}

/**
 * Appends records to the chain, inside the store's transaction, or in one of its own by a thread of its own.
 *
 * The head is kept in memory where this process alone writes (SQLite). After a rollback it is read anew, so that it does not
 * matter whether the failed commit happened after all. On PostgreSQL the head is a row that nodes lock in turn. Either way
 * nothing is appended behind a head that the server has not sealed.
 */
export class LedgerAppender implements RecordAppender<AuditRecord> {
  readonly #options: AppenderOptions
  #started: { key: LedgerKey; end: OwnEnd } | undefined
  #thread: AppendThread | undefined
  /** The last durable head; undefined when it is to be read. */
  #head: ChainHead | undefined
  #pending: ChainHead | undefined
  /** Other nodes append, too: then the head is not known for long. */
  #shared = false

  constructor(options: AppenderOptions) {
    this.#options = options
  }

  start(key: LedgerKey, end: OwnEnd): void {
    this.#started = { key, end }
    const { databaseFile, onFault } = this.#options
    const { privateKey, headKey } = key
    if (databaseFile) this.#thread = new AppendThread({ databaseFile, key: { privateKey, headKey } }, onFault)
  }

  async append(sql: Sql, records: readonly AuditRecord[]): Promise<void> {
    const { key, end } = this.#use()
    this.#shared = sql.dialect === 'postgres'
    const head = this.#shared ? await this.#lockedHead(sql, end) : await this.head(sql)
    this.#pending = await appendBehind(sql, { head, key, ...this.#written(records) })
  }

  async #lockedHead(sql: Sql, end: OwnEnd): Promise<ChainHead> {
    const head = await lockHead(sql)
    // The row alone does not show whether what was wrong is right again.
    return end.alarm === undefined ? end.checkLocked(head) : end.look(sql)
  }

  appendApart(records: readonly AuditRecord[]): Promise<void> | undefined {
    const head = this.#head
    if (records.length < worthAThread || !head || this.#use().end.alarm !== undefined) return undefined
    const thread = this.#thread
    return thread?.isReady() ? this.#appendBy(thread, head, records) : undefined
  }

  async #appendBy(thread: AppendThread, head: ChainHead, records: readonly AuditRecord[]): Promise<void> {
    // Until the answer comes it is not known: it is read anew by what asks meanwhile, or after a failure.
    this.#head = undefined
    this.#durable(await thread.append({ head, ...this.#written(records) }))
  }

  #written(records: readonly AuditRecord[]) {
    return { texts: records.map((record) => JSON.stringify(record)), timeMs: this.#options.clock.nowMs() }
  }

  /** Called when nothing is appended any more but what the store's own transactions hold. */
  async stop(): Promise<void> {
    await this.#thread?.stop()
  }

  committed(): void {
    const appended = this.#pending
    this.#pending = undefined
    if (appended) this.#durable(appended)
  }

  rolledBack(): void {
    this.#head = undefined
    this.#pending = undefined
  }

  /**
   * The last durable head, as far as this process knows it; else as the database shows it.
   * @throws StoreUnavailableError - that is not the server's own.
   */
  async head(sql: Sql): Promise<ChainHead> {
    const { end } = this.#use()
    return (end.alarm === undefined && this.#head) || (await end.look(sql))
  }

  #durable(head: ChainHead): void {
    this.#head = this.#shared ? undefined : head
    this.#use().end.seen(head.seq)
    this.#options.appended()
  }

  /** @throws Error before the key is there: nothing is appended that cannot be proven. */
  #use() {
    if (!this.#started) throw new Error('the ledger was not started')
    return this.#started
  }
}
