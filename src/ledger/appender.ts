import type { KeyObject } from 'node:crypto'
import type { AuditRecord } from '../core/audit.ts'
import type { Clock } from '../core/clock.ts'
import type { RecordAppender, Sql } from '../core/sql.ts'
import { appendBehind } from './append-behind.ts'
import { AppendThread } from './append-thread.ts'
import { type Checkpoint, signCheckpoint } from './checkpoint.ts'
import type { ChainHead } from './hash-chain.ts'
import { lastEntry, lockHead, moveHead } from './tables.ts'

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
  /** Told why the thread has ended; another one takes its place. */
  onFault(fault: unknown): void
}

/**
 * Appends records to the chain, inside the store's transaction, or in one of its own by a thread of its own.
 *
 * The head is kept in memory where this process alone writes (SQLite), which also means that a change made to the last
 * record behind its back shows as a break in the chain. After a rollback it is read anew, so that it does not matter
 * whether the failed commit happened after all. On PostgreSQL the head is a row that nodes lock in turn.
 */
export class LedgerAppender implements RecordAppender<AuditRecord> {
  readonly #options: AppenderOptions
  #privateKey: KeyObject | undefined
  #thread: AppendThread | undefined
  /** The last durable head; undefined when it is to be read. */
  #head: ChainHead | undefined
  #pending: ChainHead | undefined

  constructor(options: AppenderOptions) {
    this.#options = options
  }

  signWith(privateKey: KeyObject): void {
    this.#privateKey = privateKey
    const { databaseFile, onFault } = this.#options
    if (databaseFile) this.#thread = new AppendThread({ databaseFile, privateKey }, onFault)
  }

  async append(sql: Sql, records: readonly AuditRecord[]): Promise<void> {
    const privateKey = this.#signingKey()
    const head = sql.dialect === 'postgres' ? await lockHead(sql) : await this.head(sql)
    const appended = await appendBehind(sql, { head, privateKey, ...this.#written(records) })
    if (sql.dialect === 'postgres') await moveHead(sql, appended)
    else this.#pending = appended
  }

  appendApart(records: readonly AuditRecord[]): Promise<void> | undefined {
    const thread = this.#thread
    return records.length >= worthAThread && thread?.isReady() ? this.#appendBy(thread, records) : undefined
  }

  async #appendBy(thread: AppendThread, records: readonly AuditRecord[]): Promise<void> {
    const head = this.#head
    // Until the answer comes nobody knows it: whoever asks meanwhile, or after a failure, reads it anew.
    this.#head = undefined
    this.#head = await thread.append({ head, ...this.#written(records) })
    this.#options.appended()
  }

  #written(records: readonly AuditRecord[]) {
    return { texts: records.map((record) => JSON.stringify(record)), timeMs: this.#options.clock.nowMs() }
  }

  /** Called when nothing is appended any more but what the store's own transactions hold. */
  async stop(): Promise<void> {
    await this.#thread?.stop()
  }

  committed(): void {
    this.#head = this.#pending
    this.#pending = undefined
    this.#options.appended()
  }

  rolledBack(): void {
    this.#head = undefined
    this.#pending = undefined
  }

  /** The last durable head, as far as this process knows it; else as the database shows it. */
  async head(sql: Sql): Promise<ChainHead> {
    return this.#head ?? (await lastEntry(sql))
  }

  checkpoint(head: ChainHead): Checkpoint {
    return signCheckpoint(head, this.#options.clock.nowMs(), this.#signingKey())
  }

  /** @throws Error before the key is there: nothing is appended that cannot be signed. */
  #signingKey(): KeyObject {
    if (!this.#privateKey) throw new Error('the ledger was not started')
    return this.#privateKey
  }
}
