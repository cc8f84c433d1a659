/**
 * The place of an event among those of a group: its time, the PutLogEvents that brought it, and its place therein. Ids of puts
 * begin with the time of ingestion, so events of one millisecond are in the order in which they came.
 */
export type EventPlace = readonly [timeMs: number, putId: string, index: number]

export const comparePlaces = (one: EventPlace, other: EventPlace): number =>
  one[0] - other[0] || (one[1] < other[1] ? -1 : one[1] > other[1] ? 1 : one[2] - other[2])

/** Behind every event of earlier milliseconds, and before every one of this. */
export const beforeMs = (timeMs: number): EventPlace => [timeMs, '', -1]

/** Behind every event of this millisecond: ids are hexadecimal. */
export const behindMs = (timeMs: number): EventPlace => [timeMs, 'g', 0]

/** Reads a place that a page token holds. */
export function readPlace(content: unknown): EventPlace | undefined {
  if (!Array.isArray(content)) return undefined
  const [timeMs, putId, index] = content
  return typeof timeMs === 'number' && typeof putId === 'string' && typeof index === 'number'
    ? [timeMs, putId, index]
    : undefined
}

const digits = 56
const timeShift = 144n
const putShift = 14n

/** The id of an event, in AWS's form: 56 digits that grow with its time. It stays the same when blocks are merged. */
export function eventId([timeMs, putId, index]: EventPlace): string {
  const id = (BigInt(timeMs) << timeShift) | (BigInt(`0x${putId}`) << putShift) | BigInt(index)
  return id.toString().padStart(digits, '0')
}
