import type { LiveTailSessionLogEvent } from '@aws-sdk/client-cloudwatch-logs'
import type { Store } from '../../../../core/store.ts'
import { comparePlaces } from '../../domain/event-place.ts'
import type { LogGroup } from '../../domain/log-group.ts'
import type { FoundEvent, SealedBlock } from '../../domain/select-events.ts'
import { type BlockRow, readBlocks } from '../../storage/blocks.ts'
import { batchesOf } from '../../storage/read-events.ts'
import { inThread } from '../../threads/log-threads.ts'
import type { GroupKeys } from '../group-keys.ts'
import type { StoredPut } from './live-tails.ts'

/** Events of one update. */
export interface TailedEvents {
  events: LiveTailSessionLogEvent[]
  /** Whether events were left out. */
  sampled: boolean
}

export interface TailReader {
  store: Pick<Store, 'sqlApart'>
  keys: GroupKeys
  groups: ReadonlyMap<string, LogGroup>
  pattern: string | undefined
  signal: AbortSignal
}

const mostEvents = 500
/** Of messages: a JSON text may be six times as long, and clients take messages of at most 24 MB. */
const mostBytes = 2 ** 21
/** How much of what was put in a second is looked through. */
const scanBytes = 32 * 2 ** 20

/** Reads the events of some puts that match the pattern. Of more than an update may have, some are chosen, evenly. */
export async function tailEvents(reader: TailReader, puts: readonly StoredPut[]): Promise<TailedEvents> {
  const found: { group: LogGroup; streamName: string; event: FoundEvent }[] = []
  let [scanned, isCut] = [0, false]
  for (const [groupId, ofGroup] of Map.groupBy(puts, (put) => put.groupId)) {
    const group = reader.groups.get(groupId)
    if (!group) continue
    const names = new Map(ofGroup.map(({ block, streamName }) => [block.stream_id, streamName]))
    for (const batch of batchesOf(ofGroup.map(({ block }) => block))) {
      scanned += batch.reduce((sum, { bytes }) => sum + bytes, 0)
      if (scanned > scanBytes) isCut = true
      if (isCut) break
      const events = await eventsOf(reader, group, batch)
      for (const event of events) found.push({ group, streamName: names.get(event.streamId) ?? '', event })
    }
  }
  found.sort((one, other) => comparePlaces(one.event.place, other.event.place))
  const chosen = withinBytes(evenly(found, mostEvents))
  return {
    events: chosen.map(({ group, streamName, event: { place, ingestedMs, message } }) => ({
      logStreamName: streamName,
      logGroupIdentifier: `${group.accountId}:${group.name}`,
      message,
      timestamp: place[0],
      ingestionTime: ingestedMs,
    })),
    sampled: isCut || chosen.length < found.length,
  }
}

async function eventsOf({ store, keys, pattern, signal }: TailReader, group: LogGroup, rows: readonly BlockRow[]) {
  const data = await readBlocks(
    store.sqlApart('logs', signal),
    rows.map(({ id }) => id),
  )
  const blocks: SealedBlock[] = []
  for (const { id, stream_id: streamId, data_key: dataKey } of rows) {
    const bytes = data.get(id)
    if (bytes) blocks.push({ id, streamId, data: bytes, key: await keys.forReading(group, dataKey) })
  }
  const range = { fromMs: 0, toMs: Number.MAX_SAFE_INTEGER, after: undefined, backward: false }
  const task = { kind: 'select', groupId: group.id, blocks, ...range, pattern } as const
  const events = await inThread(group.accountId, { ...task, limit: mostFound, mostBytes: scanBytes })
  // A block that was merged from others brings nothing that is new.
  const ids = new Set(blocks.map(({ id }) => id))
  return events.filter(({ place }) => ids.has(place[1]))
}

/** Of a batch of blocks: a put has 10,000 events at most. */
const mostFound = 10_000

/** Chooses some of a list, at even distances. */
export function evenly<T>(all: readonly T[], most: number): readonly T[] {
  if (all.length <= most) return all
  return Array.from({ length: most }, (_, n) => all[Math.floor((n * all.length) / most)] as T)
}

function withinBytes<T extends { event: FoundEvent }>(found: readonly T[]): readonly T[] {
  let bytes = 0
  const beyond = found.findIndex(({ event }, n) => {
    bytes += Buffer.byteLength(event.message)
    return n > 0 && bytes > mostBytes
  })
  return beyond < 0 ? found : found.slice(0, beyond)
}
