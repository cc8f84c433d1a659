import type { ApartReader } from '../../../core/sql.ts'
import { beforeMs, behindMs, comparePlaces, type EventPlace } from '../domain/event-place.ts'
import type { LogGroup } from '../domain/log-group.ts'
import type { EventSelection, FoundEvent, SealedBlock } from '../domain/select-events.ts'
import { inThread } from '../threads/log-threads.ts'
import {
  type BlockRow,
  type BlockScope,
  blocksBackward,
  blocksForward,
  blocksMadeSince,
  readBlocks,
  type TimeRange,
} from './blocks.ts'
import { idsAtOnce } from './streams.ts'

/** Events of one group that are read. */
export interface EventScan extends TimeRange {
  scope: BlockScope
  after: EventPlace | undefined
  backward: boolean
  pattern: string | undefined
  /** Events of a page, and bytes of their messages. */
  limit: number
  mostBytes: number
  /** How many bytes of messages are looked at for a page, which may then be empty. */
  scanBytes: number
}

export interface EventPage {
  events: readonly FoundEvent[]
  /** Where the next page goes on; undefined where nothing was looked at. */
  place: EventPlace | undefined
  /** Whether there is nothing more. */
  done: boolean
}

export interface EventSource {
  sql: ApartReader
  group: LogGroup
  /** Stands before the ids of all blocks that are made while the page is read. */
  madeSince: string
  /** The key of a block. */
  keyOf(dataKey: string): Promise<Uint8Array>
}

/** What is opened at a time, in bytes of messages. */
const batchBytes = 4 * 2 ** 20
const mostRows = 10_000
/** Rows that are looked up at first: most pages need few blocks. */
const firstRows = 25

/**
 * Reads a page of events in order of their places. Blocks are opened in threads, some megabytes at a time, in order of the times where
 * they begin; what is behind the beginning of the next one is not known completely yet.
 * @throws ServiceError - a key cannot be used.
 */
export async function readEvents(source: EventSource, scan: EventScan): Promise<EventPage> {
  const { after, backward } = scan
  const range = {
    fromMs: backward ? scan.fromMs : Math.max(scan.fromMs, after?.[0] ?? 0),
    toMs: backward ? Math.min(scan.toMs, after?.[0] ?? scan.toMs) : scan.toMs,
  }
  if (range.fromMs > range.toMs) return { events: [], place: after, done: true }
  const page = new PageReader(source, scan, range)
  return page.read()
}

class PageReader {
  readonly #source: EventSource
  readonly #scan: EventScan
  readonly #range: TimeRange
  readonly #seen = new Set<string>()
  /** The first events of all blocks that were opened: those of a page, and one more where there are more. */
  #first: readonly FoundEvent[] = []
  #isFull = false
  #scanned = 0

  constructor(source: EventSource, scan: EventScan, range: TimeRange) {
    this.#source = source
    this.#scan = scan
    this.#range = range
  }

  async read(): Promise<EventPage> {
    const { after, backward } = this.#scan
    const edgeMs = await this.#readUntilEnough()
    const known = this.#rangeBefore(edgeMs)
    await this.#readMadeMeanwhile(known)
    const inside = this.#first.filter(({ place: [timeMs] }) => timeMs >= known.fromMs && timeMs <= known.toMs)
    const isCut = this.#isFull && inside.length === this.#first.length
    const events = isCut ? inside.slice(0, -1) : inside
    if (isCut) return { events, place: events.at(-1)?.place, done: false }
    if (edgeMs === undefined) return { events, place: events.at(-1)?.place ?? after, done: true }
    return { events, place: backward ? behindMs(edgeMs) : beforeMs(edgeMs), done: false }
  }

  /** @returns the time where the first block begins that was not opened; undefined where all were. */
  async #readUntilEnough(): Promise<number | undefined> {
    const { sql } = this.#source
    const { scope, backward, scanBytes, pattern, limit } = this.#scan
    // Without a pattern every event counts, so no more of them are opened at a time than a page has.
    const mostEvents = pattern === undefined ? limit : Number.POSITIVE_INFINITY
    const list = backward ? blocksBackward : blocksForward
    let count = firstRows
    for (let last: BlockRow | undefined; ; ) {
      const rows = await list(sql, scope, this.#range, last, count)
      for (const batch of batchesOf(rows, mostEvents)) {
        const [next] = batch
        if (!next) continue
        const edgeMs = this.#edgeOf(next)
        if (this.#leaves(edgeMs) && (this.#isFullBefore(edgeMs) || this.#scanned >= scanBytes)) return edgeMs
        await this.#open(batch)
      }
      last = rows.at(-1)
      if (!last || rows.length < count) return undefined
      count = Math.min(sql.pageRows, count * 4)
    }
  }

  /**
   * Reads what was put or merged since the page began: a block that was still to be read may have become a part of one that would have
   * been read before.
   */
  async #readMadeMeanwhile(range: TimeRange): Promise<void> {
    const { sql, madeSince } = this.#source
    const rows = await blocksMadeSince(sql, this.#scan.scope, range, madeSince, mostRows)
    for (const batch of batchesOf(rows.filter(({ id }) => !this.#seen.has(id)))) await this.#open(batch)
  }

  #edgeOf(row: BlockRow): number {
    return this.#scan.backward ? row.last_ms : row.first_ms
  }

  /** Returns whether something is left to look through before the edge. */
  #leaves(edgeMs: number): boolean {
    return this.#scan.backward ? edgeMs < this.#range.toMs : edgeMs > this.#range.fromMs
  }

  #isFullBefore(edgeMs: number): boolean {
    const last = this.#first.at(-1)
    if (!this.#isFull || !last) return false
    return this.#scan.backward ? last.place[0] > edgeMs : last.place[0] < edgeMs
  }

  #rangeBefore(edgeMs: number | undefined): TimeRange {
    if (edgeMs === undefined) return this.#range
    return this.#scan.backward ? { ...this.#range, fromMs: edgeMs + 1 } : { ...this.#range, toMs: edgeMs - 1 }
  }

  async #open(rows: readonly BlockRow[]): Promise<void> {
    const { sql, group, keyOf } = this.#source
    const { after, backward, pattern, limit, mostBytes } = this.#scan
    const ids = rows.map(({ id }) => id)
    const found = await readBlocks(sql, ids)
    const blocks: SealedBlock[] = []
    for (const row of rows) {
      this.#seen.add(row.id)
      // Blocks that this page shares with the one before do not count.
      if (this.#leaves(this.#edgeOf(row))) this.#scanned += row.bytes
      const data = found.get(row.id)
      // One that is not there any more was merged with others, and is found among those made meanwhile.
      if (data) blocks.push({ id: row.id, streamId: row.stream_id, data, key: await keyOf(row.data_key) })
    }
    const selection: EventSelection = { ...this.#range, after, backward, pattern, limit: limit + 1, mostBytes }
    const task = { kind: 'select', groupId: group.id, blocks, ...selection } as const
    this.#keep(await inThread(group.accountId, task))
  }

  #keep(found: readonly FoundEvent[]): void {
    const { backward, limit, mostBytes } = this.#scan
    const direction = backward ? -1 : 1
    const sorted = [...this.#first, ...found].sort((one, other) => comparePlaces(one.place, other.place) * direction)
    // A block and the one that it was merged into hold the same events.
    const distinct = sorted.filter(
      ({ place }, n) => n === 0 || comparePlaces(place, sorted[n - 1]?.place ?? place) !== 0,
    )
    let bytes = 0
    const beyond = distinct.findIndex(({ message }, n) => {
      bytes += Buffer.byteLength(message)
      return n > 0 && (n >= limit || bytes > mostBytes)
    })
    this.#isFull = beyond >= 0
    this.#first = beyond < 0 ? distinct : distinct.slice(0, beyond + 1)
  }
}

/** Parts of blocks that are opened at a time. */
export function* batchesOf(
  rows: readonly BlockRow[],
  mostEvents = Number.POSITIVE_INFINITY,
): Generator<readonly BlockRow[]> {
  let batch: BlockRow[] = []
  let [bytes, events] = [0, 0]
  for (const row of rows) {
    const isFull = batch.length === idsAtOnce || bytes + row.bytes > batchBytes || events >= mostEvents
    if (isFull && batch.length > 0) {
      yield batch
      batch = []
      bytes = 0
      events = 0
    }
    batch.push(row)
    bytes += row.bytes
    events += row.events
  }
  if (batch.length > 0) yield batch
}
