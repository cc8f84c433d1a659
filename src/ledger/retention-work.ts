import type { Clock } from '../core/clock.ts'
import { dayMs, hourMs } from '../core/durations.ts'
import type { WorkSpec } from '../core/scheduler.ts'
import type { Transaction } from '../core/store.ts'
import type { Retention } from './retention.ts'

const kind = 'ledger.retention'

/** Records that grow old together leave together. */
const pauseMs = hourMs
/** Where there is nothing that can grow old. */
const longestPauseMs = dayMs

/**
 * The due work that removes what is older than the retention. It makes itself due again when the next record will have grown
 * old. Several nodes on one database share it.
 * @param retention - absent where everything is kept: then what an earlier setting has left due ends.
 */
export const retentionWork = (
  clock: Clock,
  retention: Retention | undefined,
  signal: AbortSignal,
): Readonly<Record<string, WorkSpec>> => ({
  [kind]: {
    atOnce: 1,
    run: async () => {
      const ended = await retention?.enforce(signal)
      const nextMs = ended ? clock.nowMs() : await nextRunMs(clock, retention)
      return async (tx) => {
        if (nextMs !== undefined) await scheduleRetention(tx, nextMs)
      }
    },
  },
})

export const scheduleRetention = (tx: Transaction, dueAtMs: number): Promise<void> =>
  tx.schedule({ kind, key: '', dueAtMs, scope: { accountId: '', region: '' }, payload: null })

async function nextRunMs(clock: Clock, retention: Retention | undefined): Promise<number | undefined> {
  if (!retention?.isByAge) return undefined
  const nowMs = clock.nowMs()
  return Math.max((await retention.nextMs()) ?? nowMs + longestPauseMs, nowMs + pauseMs)
}
