import type { RejectedLogEventsInfo } from '@aws-sdk/client-cloudwatch-logs'
import { dayMs, hourMs } from '../../../core/durations.ts'
import { eventTooLarge, notChronological, spansTooLong, uploadTooLarge } from './errors.ts'

export interface GivenEvent {
  timestamp: number
  message: string
}

/** The events of a batch that are taken. */
export interface AcceptedBatch {
  events: readonly { timeMs: number; message: Buffer }[]
  /** Of the messages. */
  bytes: number
  rejected?: RejectedLogEventsInfo
}

export const mostBatchBytes = 1_048_576
const mostEventBytes = 1_048_576
/** What AWS counts for each event beside its message. */
export const eventOverheadBytes = 26

const mostAheadMs = 2 * hourMs
const mostOldMs = 14 * dayMs

/** How far apart the events of a batch may be, and so those of a block. */
export const mostSpanMs = dayMs

/**
 * Checks a batch, and leaves out what is too old, expired or too new.
 * @throws ServiceError InvalidParameterException.
 * @see https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html
 */
export function acceptBatch(
  given: readonly GivenEvent[],
  { nowMs, retentionDays }: { nowMs: number; retentionDays: number | undefined },
): AcceptedBatch {
  const events = given.map(({ timestamp, message }) => ({ timeMs: timestamp, message: Buffer.from(message) }))
  checkSizes(events)
  for (let n = 1; n < events.length; n++) {
    if ((events[n]?.timeMs ?? 0) < (events[n - 1]?.timeMs ?? 0)) throw notChronological()
  }
  const before = (timeMs: number) => countUntil(events, (event) => event.timeMs < timeMs)
  const tooOld = before(nowMs - mostOldMs)
  const expired = retentionDays === undefined ? 0 : before(nowMs - retentionDays * dayMs)
  const tooNew = before(nowMs + mostAheadMs + 1)
  const accepted = events.slice(Math.max(tooOld, expired), tooNew)
  const spanMs = (accepted.at(-1)?.timeMs ?? 0) - (accepted[0]?.timeMs ?? 0)
  if (spanMs > mostSpanMs) throw spansTooLong()
  const rejected: RejectedLogEventsInfo = {
    ...(tooNew < events.length && { tooNewLogEventStartIndex: tooNew }),
    ...(tooOld > 0 && { tooOldLogEventEndIndex: tooOld }),
    ...(expired > tooOld && { expiredLogEventEndIndex: expired }),
  }
  return {
    events: accepted,
    bytes: accepted.reduce((sum, { message }) => sum + message.length, 0),
    ...(Object.keys(rejected).length > 0 && { rejected }),
  }
}

function checkSizes(events: AcceptedBatch['events']): void {
  let bytes = 0
  for (const { message } of events) {
    if (message.length > mostEventBytes) throw eventTooLarge(message.length, mostEventBytes)
    bytes += message.length + eventOverheadBytes
  }
  if (bytes > mostBatchBytes) throw uploadTooLarge(bytes, mostBatchBytes)
}

/** How many of a sorted list come before the first one that is not so. */
function countUntil<T>(sorted: readonly T[], holds: (item: T) => boolean): number {
  let [low, high] = [0, sorted.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (holds(sorted[middle] as T)) low = middle + 1
    else high = middle
  }
  return low
}
