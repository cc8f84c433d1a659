import { dayMs } from '../../core/durations.ts'
import type { EventPage, EventPosition, EventQuery } from '../../core/event-history.ts'
import { Consumer, movePosition, positionOf } from '../consumer.ts'
import { type ChainHead, chainStart } from '../hash-chain.ts'
import { deleteEntriesThrough, entriesAfter, type LedgerEntry, type LedgerIo, lastEntry, recordsAt } from '../tables.ts'
import { findByEventId, findPositions, matches } from './index-query.ts'
import { lookupConsumer } from './index-schema.ts'
import { indexedEvent } from './indexed-event.ts'
import { RecentEvents } from './recent-events.ts'
import { addSegment, oldestSegment, removeSegment, type Segment } from './segments.ts'

/** How far the event history reaches back. The ledger itself keeps everything. */
export const historyDays = 90

const historyMs = historyDays * dayMs

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
  /** Entries up to this one have left the ledger. */
  #forgottenSeq = chainStart.seq

  constructor(options: LookupIndexOptions) {
    const { ledger, batchSize, onFault } = options
    this.#options = options
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
    const query = { ...asked, fromMs: Math.max(asked.fromMs, nowMs() - historyMs) }
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

  /** Files what is recent, so that the next start need not read it again. */
  async stop(): Promise<void> {
    await this.#consumer.stop()
    await this.#fileRecent().catch(this.#options.onFault)
  }

  async #findById(recent: RecentEvents, query: EventQuery): Promise<EventPage> {
    const { ledger, index } = this.#options
    const seqs = query.after ? [] : await index.read((sql) => findByEventId(sql, recent, query))
    const records = await ledger.read((sql) => recordsAt(sql, seqs))
    return { records: records.filter((record) => matches(record, query)).slice(0, query.limit) }
  }

  #recordsAt(positions: readonly EventPosition[]): Promise<string[]> {
    const seqs = positions.map(({ seq }) => seq)
    return this.#options.ledger.read((sql) => recordsAt(sql, seqs))
  }

  async #take(entries: readonly LedgerEntry[]): Promise<boolean> {
    const { nowMs, segmentSize } = this.#options
    for (const entry of entries) {
      const event = indexedEvent(entry)
      // Older ones would only be forgotten again.
      if (event && event.timeS * 1000 >= nowMs() - historyMs) this.#recent.add(event)
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

  /**
   * Segments leave the index in the order in which they came: each when all its events are older than the history, or when the
   * ledger holds more entries than it may keep; these then leave the ledger with it.
   * @returns whether there may be more to remove.
   */
  async #prune(): Promise<boolean> {
    const { index, nowMs } = this.#options
    const surplusSeq = this.#surplusSeq()
    if (surplusSeq <= this.#forgottenSeq && nowMs() <= this.#nextPruningMs) return false
    const oldest = await index.read(oldestSegment)
    this.#nextPruningMs = oldest ? oldest.ceilingS * 1000 + historyMs : Number.NEGATIVE_INFINITY
    if (oldest && (oldest.id <= surplusSeq || nowMs() > this.#nextPruningMs)) return this.#remove(oldest)
    // What stands before the oldest segment is in no history: no segment is made of data events alone.
    await this.#forgetThrough(Math.min(surplusSeq, oldest?.afterSeq ?? this.#recent.afterSeq))
    return false
  }

  async #remove(segment: Segment): Promise<boolean> {
    const { ledger, index } = this.#options
    const entries = await ledger.read((sql) => entriesAfter(sql, segment.afterSeq, segment.id - segment.afterSeq))
    await index.write((sql) => removeSegment(sql, segment, entries))
    return true
  }

  /** The last entry that the ledger need not keep; 0 when it keeps everything. */
  #surplusSeq(): number {
    const { keepEntries } = this.#options
    return keepEntries === undefined ? 0 : Math.max(0, this.#last.seq - keepEntries)
  }

  async #forgetThrough(seq: number): Promise<void> {
    if (seq <= this.#forgottenSeq) return
    await this.#options.index.write((sql) => deleteEntriesThrough(sql, seq))
    this.#forgottenSeq = seq
  }
}

export interface LookupIndexOptions {
  /** Where the ledger is read. */
  ledger: Pick<LedgerIo, 'read'>
  /** Where the index is kept: the ledger's own database, or another. */
  index: LedgerIo
  /**
   * How many of its latest entries the ledger keeps, at least; everything when absent. Only where the index is kept in the
   * ledger's own database, by one process alone.
   */
  keepEntries?: number
  /** Entries taken at once at most. */
  batchSize: number
  /** Events that become a segment together; fewer at the end. */
  segmentSize: number
  nowMs(): number
  onFault(fault: unknown): void
}
