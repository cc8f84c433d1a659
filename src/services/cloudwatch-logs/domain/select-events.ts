import { openBlock } from './event-block.ts'
import { comparePlaces, type EventPlace } from './event-place.ts'

/** A sealed block with what opens it. */
export interface SealedBlock {
  id: string
  streamId: string
  key: Uint8Array
  data: Uint8Array
}

/** Which events of some blocks are wanted. */
export interface EventSelection {
  fromMs: number
  /** Inclusive. */
  toMs: number
  /** Events behind this place alone; before it where the order is backward. */
  after: EventPlace | undefined
  backward: boolean
  /** A filter pattern. */
  pattern: string | undefined
  /** At most so many events. */
  limit: number
  /** No further event once the messages have so many bytes. */
  mostBytes: number
}

export interface FoundEvent {
  streamId: string
  place: EventPlace
  ingestedMs: number
  message: string
}

type Test = (message: Buffer) => boolean

/** Opens blocks and returns what is wanted of them, in order. @throws Error for blocks that do not open. */
export function selectEvents(
  groupId: string,
  blocks: readonly SealedBlock[],
  { fromMs, toMs, after, backward, limit, mostBytes }: EventSelection,
  matches: Test = () => true,
): FoundEvent[] {
  const direction = backward ? -1 : 1
  const found: Found[] = []
  for (const { id: blockId, streamId, key, data } of blocks) {
    const block = openBlock(data, key, { groupId, blockId })
    // Events of a block are in order, so no more than the limit of it can be wanted.
    let kept = 0
    for (let step = 0; step < block.length && kept < limit; step++) {
      const n = backward ? block.length - 1 - step : step
      const timeMs = block.timeMs(n)
      if (timeMs < fromMs || timeMs > toMs) continue
      const place = block.place(n)
      if (after && comparePlaces(place, after) * direction <= 0) continue
      const message = block.message(n)
      if (!matches(message)) continue
      found.push({ streamId, place, ingestedMs: block.ingestedMs(n), message })
      kept++
    }
  }
  found.sort((one, other) => comparePlaces(one.place, other.place) * direction)
  return cut(found, limit, mostBytes).map((event) => ({ ...event, message: event.message.toString() }))
}

interface Found extends Omit<FoundEvent, 'message'> {
  message: Buffer
}

function cut(found: readonly Found[], limit: number, mostBytes: number): readonly Found[] {
  let bytes = 0
  for (const [n, { message }] of found.entries()) {
    bytes += message.length
    if (n + 1 === limit || bytes > mostBytes) return found.slice(0, n + 1)
  }
  return found
}
