import { minuteMs } from '../../../core/durations.ts'
import type { WorkRunner } from '../../../core/scheduler.ts'
import { ServiceError } from '../../../core/service-error.ts'
import type { LedgerTail } from '../../../core/services/record-follower.ts'
import type { Store } from '../../../core/store.ts'
import { lakeColumns, lakeRow } from '../domain/lake/columns.ts'
import { lakePending } from '../storage/lake-batches.ts'
import { storeById } from '../storage/lake-stores.ts'
import { firstOf, forgetQueue, removeAll, rescheduleQueue } from '../storage/pending.ts'
import { addBatches, type BatchHost, type StoredBatch, storeRows } from './batches.ts'
import { writeWork } from './kinds.ts'

const pendingAtOnce = 200
/** About so many events are in a new batch at most. */
const eventsAtOnce = 5000
const recordsAtOnce = 512

export interface LakeHost extends BatchHost {
  store: Store
  ledger: LedgerTail
}

/** How long events wait before they are written again, when the store's key cannot be used. */
const pauseMs = 5 * minuteMs

/** Writes events that were taken for a store into a batch. Events and their places go together, so that none is lost or doubled. */
export const writeRunner =
  (host: LakeHost): WorkRunner =>
  async (work) => {
    const { storeId } = work.payload as { storeId: string }
    const store = await storeById(host.store, storeId)
    const waiting = await firstOf(host.store, lakePending, storeId, pendingAtOnce)
    let events = 0
    const taken = waiting.filter(({ document }, index) => {
      if (index > 0 && events >= eventsAtOnce) return false
      events += document.seqs.length
      return true
    })
    let stored: StoredBatch[] = []
    if (store) {
      const columns = lakeColumns(false)
      const seqs = taken.flatMap(({ document }) => document.seqs)
      const rows = []
      for (let from = 0; from < seqs.length; from += recordsAtOnce) {
        for (const { record } of await host.ledger.read(seqs.slice(from, from + recordsAtOnce)))
          rows.push(lakeRow(JSON.parse(record), columns))
      }
      try {
        stored = await storeRows(host, store, rows)
      } catch (error) {
        if (!(error instanceof ServiceError) || error.status >= 500) throw error
        const dueAtMs = host.clock.nowMs() + pauseMs
        return (tx) => rescheduleQueue(tx, { kind: writeWork, queue: storeId, dueAtMs, payload: { storeId } })
      }
    }
    return async (tx) => {
      const [present] = await firstOf(tx, lakePending, storeId, 1)
      const isDone = taken.length > 0 && present?.id !== taken[0]?.id
      if (!isDone) {
        await removeAll(tx, lakePending, taken)
        if (store && (await storeById(tx, storeId))) await addBatches(tx, host, stored)
      }
      if ((await firstOf(tx, lakePending, storeId, 1)).length > 0) return { payload: { storeId } }
      await forgetQueue(tx, writeWork, storeId)
      return undefined
    }
  }
