import type { AuditRecord } from '../core/audit.ts'
import type { Clock } from '../core/clock.ts'
import type { EventPage, EventQuery } from '../core/event-history.ts'
import type { WorkSpec } from '../core/scheduler.ts'
import type { Sealer } from '../core/sealer.ts'
import type { Migration, RecordAppender } from '../core/sql.ts'
import { StoppedError } from '../core/stopped-error.ts'
import type { Store } from '../core/store.ts'
import { emptyAnchor, refuseOtherAnchor, writeAnchor } from './anchor-file.ts'
import { LedgerAppender } from './appender.ts'
import { checkEnd } from './check-end.ts'
import { Checkpointer } from './checkpointer.ts'
import { CoalescedTimer } from './coalesced-timer.ts'
import { Consumer, type ConsumerOptions } from './consumer.ts'
import { EndWatch } from './end-watch.ts'
import { type EventProof, proveEvent } from './event-proof.ts'
import { keepLedgerKey, type LedgerKey, ledgerKey, newLedgerKey } from './ledger-key.ts'
import { lookupMigrations } from './lookup/index-schema.ts'
import { LookupIndex } from './lookup/lookup-index.ts'
import { WorkerLookupIndex } from './lookup/worker-lookup-index.ts'
import { OwnEnd } from './own-end.ts'
import { Retention, type RetentionRule } from './retention.ts'
import { retentionWork, scheduleRetention } from './retention-work.ts'
import { sealEnd } from './seal-end.ts'
import { entriesAfter, type LedgerEntry, type LedgerIo, lastEntry, ledgerMigrations, recordsAt } from './tables.ts'

/** On the serving thread the index works in slices of about two milliseconds. */
const inlineSlices = { batchSize: 64, segmentSize: 256 }

/** How long records that are too many may gather. */
const surplusDelayMs = 25

/** How long a clock that is moved waits for those who follow the ledger: one that meets faults must not stop it. */
const followedWithinMs = 5000

export interface LedgerOptions {
  clock: Clock
  /** Paths beside a database that is a file; absent for one in memory and for PostgreSQL. */
  files?: { database: string; index: string }
  /** Where this machine keeps how far the ledger has come; absent where nothing is kept on disk. */
  anchorFile?: string
  /** Which records leave the ledger and the event history. Everything stays when absent. */
  retention?: RetentionRule
  /** Reports what fails beside the requests (signing, indexing, consumers); it is tried again. */
  onFault(fault: unknown): void
  /** Called once with what is wrong when another program has changed the ledger's end; and once without when it is right again. */
  onAlarm(reason: string | undefined): void
}

/**
 * The record of everything that was done: appended to in the store's transactions, chained, signed, and followed by those
 * who make something of it.
 */
export interface Ledger {
  /** For the store. */
  readonly appender: RecordAppender<AuditRecord>
  readonly migrations: readonly Migration[]
  /**
   * Called once the store is open, before anything is recorded.
   * @param io - the store. @param sealer - seals the key that proves the ledger.
   * @throws AnchorMismatchError, MissingAnchorError, UnreadableAnchorError - the database is not the one that the anchor file
   *   vouches for. @throws UnsoundEndError - it does not end as the server left it. @throws LedgerKeyMissingError
   */
  start(io: LedgerIo, sealer: Sealer): Promise<void>
  /**
   * Called instead of `start`: takes the end of a ledger as it is for its own, whatever anchor and head say, so that the next
   * start goes on from there.
   */
  acceptEnd(io: LedgerIo, sealer: Sealer): Promise<void>
  /** Why nothing can be recorded, looked for anew; undefined when the ledger ends as it should. @throws StoreUnavailableError */
  check(): Promise<string | undefined>
  /**
   * The due work of the ledger, by kind: what is older than the retention is removed.
   * @param signal - aborts when the server stops: work ends between two small changes.
   */
  work(signal: AbortSignal): Readonly<Record<string, WorkSpec>>
  /** Schedules that work, where there is a retention by age. Called when all who follow the ledger do. */
  scheduleWork(store: Pick<Store, 'transaction'>): Promise<void>
  /** Events of the last 90 days, or of the retention where that is shorter, newest first. @throws StoreUnavailableError */
  find(query: EventQuery): Promise<EventPage>
  /**
   * Starts a consumer, which is woken whenever records were appended. It ends with the ledger.
   */
  follow(consumer: Omit<ConsumerOptions, 'entriesAfter' | 'onFault'>): Consumer
  /** Resolves when all who follow the ledger have taken what is recorded now, or after some seconds. @throws StoreUnavailableError */
  followed(): Promise<void>
  /** The sequence number of the last record; 0 where there is none. @throws StoreUnavailableError */
  lastSeq(): Promise<number>
  /** Reads records by sequence number, beside the serving thread where the database can. Those that were removed are left out. */
  read(seqs: readonly number[]): Promise<Pick<LedgerEntry, 'seq' | 'record'>[]>
  /** Proves that an event's record is in the ledger; signs the head first. @throws NoProofError, StoreUnavailableError */
  prove(eventId: string): Promise<EventProof>
  /** Finishes what is under way and signs the head. Called when nothing is recorded any more, before the store closes. */
  stop(): Promise<void>
}

export const createLedger = (options: LedgerOptions): Ledger => new StoredLedger(options)

class StoredLedger implements Ledger {
  readonly appender: LedgerAppender
  readonly migrations: readonly Migration[]
  readonly #options: LedgerOptions
  readonly #consumers: Consumer[] = []
  #io: LedgerIo | undefined
  #key: LedgerKey | undefined
  #checkpointer: Checkpointer | undefined
  #watch: EndWatch | undefined
  #lookup: LookupIndex | WorkerLookupIndex | undefined
  #retention: Retention | undefined
  /** Of a retention by number. */
  readonly #surplus = new CoalescedTimer(surplusDelayMs, () => this.#removeSurplus())

  constructor(options: LedgerOptions) {
    this.#options = options
    const { clock, files, onFault } = options
    this.appender = new LedgerAppender({
      clock,
      databaseFile: files?.database,
      onFault,
      appended: () => this.#appended(),
    })
    this.migrations = files ? ledgerMigrations : [...ledgerMigrations, ...lookupMigrations]
  }

  async start(io: LedgerIo, sealer: Sealer): Promise<void> {
    const { files, anchorFile, clock, onFault, onAlarm } = this.#options
    const stored = await io.read((sql) => ledgerKey(sql, sealer))
    const timeMs = clock.nowMs()
    if (stored) await checkEnd(io, { key: stored, anchorFile, anchorIsDue: files !== undefined, timeMs })
    if (stored?.earlier) await sealEnd(io, { key: stored, sealer, anchorFile, timeMs })
    const key = stored ?? (await this.#begin(io, sealer))
    const end = new OwnEnd(key, onAlarm)
    this.appender.start(key, end)
    this.#io = io
    this.#key = key
    this.#checkpointer = new Checkpointer({ io, appender: this.appender, clock, key, anchorFile, onFault })
    // What a crash left unsigned.
    await this.#checkpointer.sign()
    this.#watch = new EndWatch({ io, end, onFault })
    this.#lookup = this.#openLookup(io)
    this.#lookup.wake()
    this.#retention = this.#openRetention(io, key)
  }

  async acceptEnd(io: LedgerIo, sealer: Sealer): Promise<void> {
    const { anchorFile, clock } = this.#options
    const key = await io.read((sql) => ledgerKey(sql, sealer))
    if (key) await sealEnd(io, { key, sealer, anchorFile, timeMs: clock.nowMs(), again: true })
  }

  async check(): Promise<string | undefined> {
    if (!this.#watch) throw new Error('the ledger was not started')
    return this.#watch.look()
  }

  work(signal: AbortSignal): Readonly<Record<string, WorkSpec>> {
    return retentionWork(this.#options.clock, this.#retention, signal)
  }

  async scheduleWork(store: Pick<Store, 'transaction'>): Promise<void> {
    const { clock, retention } = this.#options
    if (retention?.maxAgeMs !== undefined) await store.transaction((tx) => scheduleRetention(tx, clock.nowMs()))
  }

  find(query: EventQuery): Promise<EventPage> {
    if (!this.#lookup) throw new Error('the ledger was not started')
    return this.#lookup.find(query)
  }

  follow(consumer: Omit<ConsumerOptions, 'entriesAfter' | 'onFault'>): Consumer {
    const io = this.#io
    if (!io) throw new Error('the ledger was not started')
    const following = new Consumer({
      ...consumer,
      entriesAfter: (seq, limit) => io.readApart((sql) => entriesAfter(sql, seq, limit)),
      onFault: this.#options.onFault,
    })
    this.#consumers.push(following)
    following.wake()
    return following
  }

  async followed(): Promise<void> {
    const seq = await this.lastSeq()
    await Promise.all(this.#consumers.map((consumer) => consumer.reach(seq, followedWithinMs)))
  }

  async lastSeq(): Promise<number> {
    if (!this.#io) throw new Error('the ledger was not started')
    return (await this.#io.read(lastEntry)).seq
  }

  read(seqs: readonly number[]): Promise<Pick<LedgerEntry, 'seq' | 'record'>[]> {
    if (!this.#io) throw new Error('the ledger was not started')
    return this.#io.readApart((sql) => recordsAt(sql, seqs))
  }

  async prove(eventId: string): Promise<EventProof> {
    const [io, key] = [this.#io, this.#key]
    if (!io || !key) throw new Error('the ledger was not started')
    await this.#checkpointer?.signNow()
    return io.readApart((sql) => proveEvent(sql, eventId, key.publicKey))
  }

  async stop(): Promise<void> {
    this.#watch?.stop()
    this.#surplus.stop()
    await this.#retention?.stop()
    await Promise.all([
      this.appender.stop(),
      this.#lookup?.stop(),
      ...this.#consumers.map((consumer) => consumer.stop()),
    ])
    // An end that cannot be signed (a full disk) must not keep the server from ending; the next start signs it.
    await this.#checkpointer?.stop().catch(this.#options.onFault)
  }

  async #begin(io: LedgerIo, sealer: Sealer): Promise<LedgerKey> {
    const { files, anchorFile } = this.#options
    const made = newLedgerKey()
    if (anchorFile) await refuseOtherAnchor(anchorFile)
    // Before the ledger: from then on, one in a file without an anchor has lost it.
    if (files && anchorFile) await writeAnchor(anchorFile, emptyAnchor(made.privateKey))
    const key = await io.write((sql) => keepLedgerKey(sql, sealer, made))
    if (!files && anchorFile) await writeAnchor(anchorFile, emptyAnchor(key.privateKey))
    return key
  }

  #openLookup(ledger: LedgerIo): LookupIndex | WorkerLookupIndex {
    const { files, clock, retention, onFault } = this.#options
    const nowMs = () => clock.nowMs()
    const shared = { nowMs, keptMs: retention?.maxAgeMs, onFault }
    if (files) return new WorkerLookupIndex({ databaseFile: files.database, indexFile: files.index, ...shared })
    return new LookupIndex({ ledger, index: ledger, ...inlineSlices, ...shared })
  }

  #openRetention(io: LedgerIo, key: LedgerKey): Retention | undefined {
    const { clock, retention: rule } = this.#options
    const release = (seq: number, exactly: boolean) => this.#release(seq, exactly)
    return (
      rule && new Retention({ io, clock, key, rule, release, head: () => io.read((sql) => this.appender.head(sql)) })
    )
  }

  /** Up to which entry none who reads the ledger needs any more. */
  async #release(seq: number, exactly: boolean): Promise<number> {
    const positions = await Promise.all(this.#consumers.map((consumer) => consumer.storedPosition()))
    const taken = Math.min(seq, ...positions)
    return (await this.#lookup?.release(taken, exactly)) ?? taken
  }

  #removeSurplus(): void {
    this.#retention?.enforce().catch((fault) => {
      if (!(fault instanceof StoppedError)) this.#options.onFault(fault)
    })
  }

  #appended(): void {
    this.#checkpointer?.appended()
    this.#lookup?.wake()
    for (const consumer of this.#consumers) consumer.wake()
    if (this.#options.retention?.maxRecords !== undefined) this.#surplus.ask()
  }
}
