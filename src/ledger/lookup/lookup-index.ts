import type { AuditRecord } from '../../core/audit.ts'
import { Consumer, movePosition, positionOf } from '../consumer.ts'
import { entriesAfter, type LedgerEntry, type LedgerIo, lastEntry, recordsAt } from '../tables.ts'
import {
  type EventPage,
  type EventPosition,
  type EventQuery,
  findByEventId,
  findPositions,
  matches,
} from './index-query.ts'
import { lookupConsumer, pruningConsumer } from './index-schema.ts'
import { indexEntries, unindexEntries } from './index-writer.ts'

/** How far the event history reaches back. The ledger itself keeps everything. */
export const historyDays = 90

const historyMs = historyDays * 86_400_000

/** How long a lookup waits for the index to take what was appended before the lookup. */
const catchUpMs = 2000

/** The index behind LookupEvents: follows the ledger, forgets what is older than the history, and answers. */
export class LookupIndex {
  readonly #options: LookupIndexOptions
  readonly #consumer: Consumer
  /** Until this time nothing grows old. */
  #nextPruningMs = Number.NEGATIVE_INFINITY

  constructor(options: LookupIndexOptions) {
    const { ledger, index, batchSize, onFault } = options
    this.#options = options
    this.#consumer = new Consumer({
      entriesAfter: (seq, limit) => ledger.read((sql) => entriesAfter(sql, seq, limit)),
      position: async () => (await index.read((sql) => positionOf(sql, lookupConsumer))).seq,
      take: (entries, from) => this.#take(entries, from),
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
  async find(query: EventQuery): Promise<EventPage> {
    const { ledger, index } = this.#options
    const { seq } = await ledger.read(lastEntry)
    await this.#consumer.reach(seq, catchUpMs)
    if (query.attribute?.key === 'EventId') return this.#findById(query, query.attribute.value)
    const found = await index.read((sql) => findPositions(sql, { ...query, limit: query.limit + 1 }))
    const page = found.slice(0, query.limit)
    const records = await this.#recordsAt(page)
    return { records, next: found.length > page.length ? page.at(-1) : undefined }
  }

  stop(): Promise<void> {
    return this.#consumer.stop()
  }

  async #findById(query: EventQuery, eventId: string): Promise<EventPage> {
    const { ledger, index } = this.#options
    const seqs = query.after ? [] : await index.read((sql) => findByEventId(sql, eventId))
    const records = await ledger.read((sql) => recordsAt(sql, seqs))
    return { records: records.filter((record) => matches(record, query)).slice(0, query.limit) }
  }

  #recordsAt(positions: readonly EventPosition[]): Promise<string[]> {
    const seqs = positions.map(({ seq }) => seq)
    return this.#options.ledger.read((sql) => recordsAt(sql, seqs))
  }

  #take(entries: readonly LedgerEntry[], from: number): Promise<boolean> {
    const last = entries.at(-1)
    if (!last) return Promise.resolve(true)
    return this.#options.index.write(async (sql) => {
      if (!(await movePosition(sql, lookupConsumer, from, last))) return false
      await indexEntries(sql, entries, this.#options.nowMs() - historyMs)
      return true
    })
  }

  /** Entries leave the index in the order in which they came, from where the last pruning stopped. */
  async #prune(): Promise<boolean> {
    const { ledger, index, batchSize, nowMs } = this.#options
    if (nowMs() <= this.#nextPruningMs) return false
    const indexed = await index.read((sql) => positionOf(sql, lookupConsumer))
    const from = await index.read((sql) => positionOf(sql, pruningConsumer))
    const oldest = await ledger.read((sql) => entriesAfter(sql, from.seq, batchSize))
    const fresh = oldest.findIndex((entry) => entry.seq > indexed.seq || agesAtMs(entry) >= nowMs())
    const aged = fresh < 0 ? oldest : oldest.slice(0, fresh)
    const last = aged.at(-1)
    const first = oldest[fresh]
    this.#nextPruningMs = first ? agesAtMs(first) : Number.NEGATIVE_INFINITY
    if (!last) return false
    return index.write(async (sql) => {
      if (!(await movePosition(sql, pruningConsumer, from.seq, last))) return false
      await unindexEntries(sql, aged)
      return true
    })
  }
}

export interface LookupIndexOptions {
  /** Where the ledger is read. */
  ledger: Pick<LedgerIo, 'read'>
  /** Where the index is kept: the ledger's own database, or another. */
  index: LedgerIo
  batchSize: number
  nowMs(): number
  onFault(fault: unknown): void
}

/** The last moment at which an event is in the history. */
const agesAtMs = ({ record }: LedgerEntry) => Date.parse((JSON.parse(record) as AuditRecord).eventTime) + historyMs
