import type { KeyObject } from 'node:crypto'
import type { AuditRecord } from '../core/audit.ts'
import type { Clock } from '../core/clock.ts'
import type { RecordAppender, Sql } from '../core/sql.ts'
import { type Checkpoint, checkpointInterval, signCheckpoint } from './checkpoint.ts'
import { type ChainHead, following } from './hash-chain.ts'
import {
  deleteCheckpointsBetween,
  insertCheckpoint,
  insertEntries,
  type LedgerEntry,
  lastEntry,
  lockHead,
  moveHead,
} from './tables.ts'

/**
 * Appends records to the chain, inside the store's transaction.
 *
 * The head is kept in memory where this process alone writes (SQLite), which also means that a change made to the last
 * record behind its back shows as a break in the chain. After a rollback it is read anew, so that it does not matter
 * whether the failed commit happened after all. On PostgreSQL the head is a row that nodes lock in turn.
 */
export class LedgerAppender implements RecordAppender<AuditRecord> {
  readonly #clock: Clock
  readonly #appended: () => void
  #privateKey: KeyObject | undefined
  /** The last durable head; undefined when it is to be read. */
  #head: ChainHead | undefined
  #pending: ChainHead | undefined

  /** @param appended - called when records have become durable. */
  constructor(clock: Clock, appended: () => void) {
    this.#clock = clock
    this.#appended = appended
  }

  signWith(privateKey: KeyObject): void {
    this.#privateKey = privateKey
  }

  async append(sql: Sql, records: readonly AuditRecord[]): Promise<void> {
    this.#signingKey()
    let head = sql.dialect === 'postgres' ? await lockHead(sql) : await this.head(sql)
    const entries: LedgerEntry[] = []
    for (const record of records) {
      const text = JSON.stringify(record)
      head = following(head, text)
      entries.push({ ...head, record: text })
    }
    await insertEntries(sql, entries)
    await this.#signMilestones(sql, entries)
    if (sql.dialect === 'postgres') await moveHead(sql, head)
    else this.#pending = head
  }

  committed(): void {
    this.#head = this.#pending
    this.#pending = undefined
    this.#appended()
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
    return signCheckpoint(head, this.#clock.nowMs(), this.#signingKey())
  }

  /** @throws Error before the key is there: nothing is appended that cannot be signed. */
  #signingKey(): KeyObject {
    if (!this.#privateKey) throw new Error('the ledger was not started')
    return this.#privateKey
  }

  async #signMilestones(sql: Sql, entries: readonly LedgerEntry[]): Promise<void> {
    for (const entry of entries) {
      if (entry.seq % checkpointInterval !== 0) continue
      await insertCheckpoint(sql, this.checkpoint(entry))
      await deleteCheckpointsBetween(sql, entry.seq - checkpointInterval, entry.seq)
    }
  }
}
