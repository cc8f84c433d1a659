import { dayMs } from '../../core/durations.ts'
import type { EventPage, EventPosition, EventQuery } from '../../core/event-history.ts'
import type { Sql } from '../../core/sql.ts'
import { Consumer, movePosition, positionOf } from '../consumer.ts'
import { type ChainHead, chainStart } from '../hash-chain.ts'
import { entriesAfter, type LedgerEntry, type LedgerIo, lastEntry, recordsAt } from '../tables.ts'
import { findByEventId, findPositions, matches } from './index-query.ts'
import { lookupConsumer } from './index-schema.ts'
import { indexedEvent } from './indexed-event.ts'
import { RecentEvents } from './recent-events.ts'
import { addSegment, cutSegment, oldestSegment, removeSegment, type Segment } from './segments.ts'

/** How far the event history reaches back at most. The ledger keeps records as long as its retention says. */
export const historyDays = 90

/** How long a lookup waits for the index to take what was appended before the lookup. */
const catchUpMs = 2000

/** The index behind LookupEvents: follows the ledger, forgets what is older than the history, and answers. */
export class LookupIndex {
  readonly #options: LookupIndexOptions
  readonly #consumer: Consumer
  #recent = new RecentEvents(chainStart.seq)
  /** The last entry taken. */
  #last: ChainHead = chainStart
  /** Until this time nothing grows old. */
  #nextPruningMs = Number.NEGATIVE_INFINITY
  readonly #historyMs: number

  constructor(options: LookupIndexOptions) {
    const { ledger, batchSize, keptMs = Number.POSITIVE_INFINITY, onFault } = options
    this.#options = options
    this.#historyMs = Math.min(historyDays * dayMs, keptMs)
    this.#consumer = new Consumer({
      entriesAfter: (seq, limit) => ledger.read((sql) => entriesAfter(sql, seq, limit)),
      position: () => this.#beginBehindSegments(),
      take: (entries) => this.#take(entries),
      housekeep: () => this.#prune(),
      batchSize,
      onFault,
    })
  }

  /** Records were appended, or time has passed. */
  wake(): void {
    this.#consumer.wake()
  }

  /** Finds the events of calls that had their answer when it was called, unless the index is far behind. */
  async find(asked: EventQuery): Promise<EventPage> {
    const { ledger, index, nowMs } = this.#options
    const query = { ...asked, fromMs: Math.max(asked.fromMs, nowMs() - this.#historyMs) }
    const { seq } = await ledger.read(lastEntry)
    await this.#consumer.reach(seq, catchUpMs)
    // With the segments before them, whatever is filed meanwhile.
    const recent = this.#recent
    if (query.attribute?.key === 'EventId') return this.#findById(recent, query)
    const found = await index.read((sql) => findPositions(sql, recent, { ...query, limit: query.limit + 1 }))
    const page = found.slice(0, query.limit)
    const records = await this.#recordsAt(page)
    return { records, next: found.length > page.length ? page.at(-1) : undefined }
  }

  /**
   * Lets go of the ledger's entries up to a sequence number: segments of such events leave the index.
   * @param exactly - whether a segment that is only in part of such events is cut.
   * @returns up to which entry the index needs none any more; less than was asked where it is behind.
   */
  async release(seq: number, exactly: boolean): Promise<number> {
    await this.#consumer.reach(seq, catchUpMs)
    for (;;) {
      // One segment at a time: lookups wait for entries to be taken.
      const released = await this.#consumer.aside(() => this.#releaseOldest(seq, exactly))
      if (released !== undefined) return released
    }
  }

  /** Files what is recent, so that the next start need not read it again. */
  async stop(): Promise<void> {
    await this.#consumer.stop()
    await this.#fileRecent().catch(this.#options.onFault)
  }

  async #findById(recent: RecentEvents, query: EventQuery): Promise<EventPage> {
    const { ledger, index } = this.#options
    const seqs = query.after ? [] : await index.read((sql) => findByEventId(sql, recent, query))
    const records = textsOf(await ledger.read((sql) => recordsAt(sql, seqs)))
    return { records: records.filter((record) => matches(record, query)).slice(0, query.limit) }
  }

  async #recordsAt(positions: readonly EventPosition[]): Promise<string[]> {
    const seqs = positions.map(({ seq }) => seq)
    return textsOf(await this.#options.ledger.read((sql) => recordsAt(sql, seqs)))
  }

  async #take(entries: readonly LedgerEntry[]): Promise<boolean> {
    const { nowMs, segmentSize } = this.#options
    for (const entry of entries) {
      const event = indexedEvent(entry)
      // Older ones would only be forgotten again.
      if (event && event.timeS * 1000 >= nowMs() - this.#historyMs) this.#recent.add(event)
      this.#last = entry
    }
    if (this.#last.seq - this.#recent.afterSeq >= segmentSize) {
      await this.#fileRecent()
      // As much goes as came, also while a lasting load leaves no time for housekeeping.
      await this.#prune()
    }
    return true
  }

  /** Makes a segment of the recent events, unless another node has filed them: then only what it has not is still recent. */
  async #fileRecent(): Promise<void> {
    const { index } = this.#options
    const [recent, last] = [this.#recent, this.#last]
    if (last.seq <= recent.afterSeq) return
    const filed = await index.write(async (sql) => {
      if (!(await movePosition(sql, lookupConsumer, recent.afterSeq, last))) return false
      await addSegment(sql, last.seq, recent)
      return true
    })
    this.#recent = filed ? new RecentEvents(last.seq) : recent.behind(await this.#filedSeq())
  }

  async #filedSeq(): Promise<number> {
    return (await this.#options.index.read((sql) => positionOf(sql, lookupConsumer))).seq
  }

  /** At the start, and when taking entries has failed: what is recent is read again. */
  async #beginBehindSegments(): Promise<number> {
    this.#recent = new RecentEvents(await this.#filedSeq())
    this.#last = chainStart
    return this.#recent.afterSeq
  }

  /** Segments leave the index in the order in which they came, when all their events are older than the history. */
  async #prune(): Promise<boolean> {
    const { index, nowMs } = this.#options
    if (nowMs() <= this.#nextPruningMs) return false
    const oldest = await index.read(oldestSegment)
    this.#nextPruningMs = oldest ? oldest.ceilingS * 1000 + this.#historyMs : Number.NEGATIVE_INFINITY
    if (!oldest || nowMs() <= this.#nextPruningMs) return false
    await this.#change(oldest, removeSegment)
    return true
  }

  /** @returns what `release` does; undefined while there may be more to do. */
  async #releaseOldest(seq: number, exactly: boolean): Promise<number | undefined> {
    if (exactly && seq > this.#recent.afterSeq) await this.#fileRecent()
    const oldest = await this.#options.index.read(oldestSegment)
    // What stands before the oldest segment is in no history: no segment is made of data events alone.
    if (!oldest || seq <= oldest.afterSeq) return Math.min(seq, oldest?.afterSeq ?? seq, this.#recent.afterSeq)
    if (oldest.id <= seq) await this.#change(oldest, removeSegment)
    else if (exactly) await this.#change(oldest, (sql, segment, entries) => cutSegment(sql, segment, seq, entries))
    else return Math.min(oldest.afterSeq, this.#recent.afterSeq)
    return undefined
  }

  /** Changes a segment, unless another node has done so. */
  async #change(
    segment: Segment,
    change: (sql: Sql, segment: Segment, entries: readonly LedgerEntry[]) => Promise<void>,
  ): Promise<void> {
    const { ledger, index } = this.#options
    const entries = await ledger.read((sql) => entriesAfter(sql, segment.afterSeq, segment.id - segment.afterSeq))
    await index.write(async (sql) => {
      const found = await oldestSegment(sql)
      if (found?.id === segment.id && found.afterSeq === segment.afterSeq) await change(sql, segment, entries)
    })
  }
}

export interface LookupIndexOptions {
  /** Where the ledger is read. */
  ledger: Pick<LedgerIo, 'read'>
  /** Where the index is kept: the ledger's own database, or another. */
  index: LedgerIo
  /** How long the ledger keeps its records, where that is less than the history reaches back. */
  keptMs?: number
  /** Entries taken at once at most. */
  batchSize: number
  /** Events that become a segment together; fewer at the end. */
  segmentSize: number
  nowMs(): number
  onFault(fault: unknown): void
}

const textsOf = (entries: readonly { record: string }[]): string[] => entries.map(({ record }) => record)
