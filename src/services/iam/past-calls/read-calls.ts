import { dayMs } from '../../../core/durations.ts'
import { ServiceError } from '../../../core/service-error.ts'
import type { LedgerTail } from '../../../core/services/record-follower.ts'
import { type RecordedCall, readCall } from './recorded-call.ts'

const recordsAtOnce = 500
/** Each takes some kilobytes of memory. */
const mostCalls = 50_000
/** Records stand in the order in which calls ended: one may be so much older than what stands before it. */
const disorderMs = dayMs / 24

/**
 * Reads the recorded calls of a principal since a time, oldest first, from the end of the ledger backwards.
 * @throws ServiceError TooManyEventsException, StoreUnavailableError
 */
export async function readCalls(
  ledger: Pick<LedgerTail, 'lastSeq' | 'read'>,
  principal: string,
  fromMs: number,
): Promise<RecordedCall[]> {
  const calls: RecordedCall[] = []
  for (let last = await ledger.lastSeq(); last > 0; last -= recordsAtOnce) {
    const count = Math.min(recordsAtOnce, last)
    const seqs = Array.from({ length: count }, (_, index) => last - count + 1 + index)
    const records = (await ledger.read(seqs)).sort((one, other) => other.seq - one.seq)
    for (const { record } of records) {
      const call = readCall(record, principal)
      if (call && call.timeMs >= fromMs) calls.push(call)
    }
    if (calls.length > mostCalls) {
      throw new ServiceError(
        'TooManyEventsException',
        400,
        `${principal} made more than ${mostCalls} calls in this time: ask for fewer days.`,
      )
    }
    // Those before have left the ledger, or are older.
    if (records.every(({ record }) => timeOf(record) < fromMs - disorderMs)) break
  }
  return calls.reverse()
}

function timeOf(record: string): number {
  const [, time = ''] = /"eventTime":"([^"]+)"/.exec(record) ?? []
  return Date.parse(time)
}
