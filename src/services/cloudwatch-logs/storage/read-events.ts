import type { ApartReader } from '../../../core/sql.ts'
import { tookTooLong } from '../domain/errors.ts'
import { beforeMs, behindMs, comparePlaces, type EventPlace } from '../domain/event-place.ts'
import type { LogGroup } from '../domain/log-group.ts'
import type { FoundEvent, SealedBlock } from '../domain/select-events.ts'
import { inThread } from '../threads/log-threads.ts'
import { type BlockRow, type BlockScope, blocksBackward, blocksForward, readBlocks } from './blocks.ts'
import { idsAtOnce } from './streams.ts'

/** Events of one group that are read. */
export interface EventScan {
  scope: BlockScope
  fromMs: number
  /** Inclusive. */
  toMs: number
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
  events: FoundEvent[]
  /** Where the next page goes on; undefined where nothing was looked at. */
  place: EventPlace | undefined
  /** Whether there is nothing more. */
  done: boolean
}

export interface EventSource {
  sql: ApartReader
  group: LogGroup
  /** The key of a block. */
  keyOf(dataKey: string): Promise<Uint8Array>
}

/** What is opened at a time, in bytes of messages. */
const sliceBytes = 8 * 2 ** 20
const batchBytes = 4 * 2 ** 20
const mostRows = 10_000
const mostAttempts = 10

/**
 * Reads a page of events in order of their places: in slices of time, each of which is opened and looked through in a thread.
 * @throws ServiceError - a key cannot be used.
 */
export async function readEvents(source: EventSource, scan: EventScan): Promise<EventPage> {
  const events: FoundEvent[] = []
  let { after } = scan
  let [bytes, scanned] = [0, 0]
  for (;;) {
    const left = { limit: scan.limit - events.length + 1, mostBytes: scan.mostBytes - bytes }
    const slice = await readSlice(source, { ...scan, ...left, after })
    for (const event of slice.events) {
      const size = Buffer.byteLength(event.message)
      const isFull = events.length === scan.limit || (events.length > 0 && bytes + size > scan.mostBytes)
      if (isFull) return { events, place: events.at(-1)?.place, done: false }
      events.push(event)
      bytes += size
    }
    if (slice.end === undefined) return { events, place: events.at(-1)?.place ?? after, done: true }
    after = slice.end
    scanned += slice.bytes
    if (scanned >= scan.scanBytes || bytes >= scan.mostBytes) return { events, place: after, done: false }
  }
}

interface Slice {
  events: readonly FoundEvent[]
  /** Up to where the slice goes; undefined: to the end. */
  end: EventPlace | undefined
  bytes: number
}

async function readSlice(source: EventSource, scan: EventScan): Promise<Slice> {
  for (let attempt = 0; attempt < mostAttempts; attempt++) {
    const slice = await readPlanned(source, scan, await planSlice(source.sql, scan))
    if (slice) return slice
  }
  throw tookTooLong()
}

interface Plan {
  rows: readonly BlockRow[]
  fromMs: number
  toMs: number
  end: EventPlace | undefined
}

/** Chooses a range of time, and the blocks with events in it: enough for the page, and not much more. */
async function planSlice(sql: ApartReader, scan: EventScan): Promise<Plan> {
  const { scope, after, backward, pattern, limit } = scan
  const fromMs = backward ? scan.fromMs : Math.max(scan.fromMs, after?.[0] ?? 0)
  const toMs = backward ? Math.min(scan.toMs, after?.[0] ?? scan.toMs) : scan.toMs
  if (fromMs > toMs) return { rows: [], fromMs, toMs, end: undefined }
  const list = backward ? blocksBackward : blocksForward
  const edgeOf = (row: BlockRow) => (backward ? row.last_ms : row.first_ms)
  // Whether something is left to look through before the edge.
  const leaves = (edgeMs: number) => (backward ? edgeMs < toMs : edgeMs > fromMs)
  for (let count = sql.pageRows; ; count = Math.min(count * 4, mostRows)) {
    const rows = await list(sql, scope, [fromMs, toMs], count)
    let [chosen, bytes, events] = [0, 0, 0]
    for (const row of rows) {
      const isEnough = bytes >= sliceBytes || (pattern === undefined && events >= limit)
      if (isEnough && leaves(edgeOf(row))) break
      chosen++
      bytes += row.bytes
      events += row.events
    }
    if (chosen === rows.length && rows.length < count) return { rows, fromMs, toMs, end: undefined }
    const edge = rows[chosen] ?? rows.at(-1)
    const edgeMs = edge ? edgeOf(edge) : 0
    if (leaves(edgeMs)) {
      const range = backward ? { fromMs: edgeMs + 1, toMs } : { fromMs, toMs: edgeMs - 1 }
      return { rows: rows.slice(0, chosen), ...range, end: backward ? behindMs(edgeMs) : beforeMs(edgeMs) }
    }
    if (count === mostRows) throw tookTooLong()
  }
}

/** @returns undefined when a block is not there any more: it was merged with others. */
async function readPlanned(
  { sql, group, keyOf }: EventSource,
  { after, backward, pattern, limit, mostBytes }: EventScan,
  { rows, fromMs, toMs, end }: Plan,
): Promise<Slice | undefined> {
  let events: FoundEvent[] = []
  let bytes = 0
  for (const batch of batchesOf(rows)) {
    // Blocks are in order, so none that follows can hold anything before what was found.
    const last = events.length >= limit ? events[limit - 1] : undefined
    const [first] = batch
    if (last && first && (backward ? first.last_ms < last.place[0] : first.first_ms > last.place[0])) break
    const found = await readBlocks(
      sql,
      batch.map(({ id }) => id),
    )
    const blocks: SealedBlock[] = []
    for (const { id, stream_id, data_key } of batch) {
      const data = found.get(id)
      if (!data) return undefined
      blocks.push({ id, streamId: stream_id, data, key: await keyOf(data_key) })
    }
    const selection = { fromMs, toMs, after, backward, pattern, limit, mostBytes }
    const selected = await inThread(group.accountId, { kind: 'select', groupId: group.id, blocks, ...selection })
    events = merged(events, selected, backward).slice(0, limit)
    bytes += batch.reduce((sum, row) => sum + row.bytes, 0)
  }
  return { events, end, bytes }
}

function* batchesOf(rows: readonly BlockRow[]): Generator<readonly BlockRow[]> {
  let batch: BlockRow[] = []
  let bytes = 0
  for (const row of rows) {
    if (batch.length === idsAtOnce || (batch.length > 0 && bytes + row.bytes > batchBytes)) {
      yield batch
      batch = []
      bytes = 0
    }
    batch.push(row)
    bytes += row.bytes
  }
  if (batch.length > 0) yield batch
}

function merged(one: readonly FoundEvent[], other: readonly FoundEvent[], backward: boolean): FoundEvent[] {
  const direction = backward ? -1 : 1
  return [...one, ...other].sort((a, b) => comparePlaces(a.place, b.place) * direction)
}
