import { dayMs } from '../../../core/durations.ts'
import type { WorkRunner } from '../../../core/scheduler.ts'
import type { Stored, Transaction } from '../../../core/store.ts'
import { keptSinceMs, restorableMs } from '../domain/lake/event-data-store.ts'
import { batchesUnder, firstBatches, type LakeBatch, lakeBatches, lakePending } from '../storage/lake-batches.ts'
import { deleteStore, storeById } from '../storage/lake-stores.ts'
import { firstOf, removeAll } from '../storage/pending.ts'
import { everywhere } from '../storage/trails.ts'
import { addBatches, mergeBatches, mergedAtOnce } from './batches.ts'
import { expireWork } from './kinds.ts'
import type { LakeHost } from './write-events.ts'

const removedAtOnce = 200

/** Merges small batches of a month into larger ones, so that a query opens few. */
export const mergeRunner =
  (host: LakeHost): WorkRunner =>
  async (work) => {
    const { storeId, month, level } = work.payload as { storeId: string; month: string; level: number }
    const store = await storeById(host.store, storeId)
    const found = await firstBatches(host.store, batchesUnder(storeId, month, level), mergedAtOnce)
    if (!store || found.length < mergedAtOnce) return async () => undefined
    const merged = await mergeBatches(
      host,
      store,
      found.map(({ document }) => document),
    )
    return async (tx) => {
      // What was expired or merged meanwhile must not come back.
      for (const { id } of found) if (!(await tx.in(lakeBatches).get(everywhere, id))) return undefined
      await dropBatches(tx, host, found)
      await addBatches(tx, host, [merged])
      const left = await firstBatches(tx, batchesUnder(storeId, month, level), mergedAtOnce)
      return left.length === mergedAtOnce ? { payload: { storeId, month, level } } : undefined
    }
  }

async function dropBatches(
  tx: Transaction,
  { blobs }: Pick<LakeHost, 'blobs'>,
  found: readonly Stored<LakeBatch>[],
): Promise<void> {
  for (const { id, document } of found) {
    if (await tx.in(lakeBatches).delete(everywhere, id)) await blobs.remove(tx, document.blobId)
  }
}

/** Removes batches whose newest events are older than a store keeps them; queries leave out single older ones before. */
export const expireRunner =
  (host: LakeHost): WorkRunner =>
  async (work) => {
    const { storeId, afterId } = work.payload as { storeId: string; afterId?: string }
    const store = await storeById(host.store, storeId)
    if (!store) return async () => undefined
    const nowMs = host.clock.nowMs()
    const sinceMs = keptSinceMs(store, nowMs)
    const found = await firstBatches(host.store, batchesUnder(storeId), removedAtOnce, afterId)
    const expired = found.filter(({ document }) => document.newestMs < sinceMs)
    const last = found.at(-1)
    const lastMonth = new Date(sinceMs).toISOString().slice(0, 7)
    const more = found.length === removedAtOnce && last !== undefined && last.document.month <= lastMonth
    return async (tx) => {
      await dropBatches(tx, host, expired)
      if (more) return { payload: { storeId, afterId: last.id } }
      await scheduleExpiry(tx, storeId, nowMs + dayMs)
      return undefined
    }
  }

export const scheduleExpiry = (tx: Transaction, storeId: string, dueAtMs: number): Promise<void> =>
  tx.schedule({ kind: expireWork, key: storeId, dueAtMs, scope: everywhere, payload: { storeId } })

/** Removes a store, when it can no longer be restored, with its events. */
export const removeRunner =
  (host: LakeHost): WorkRunner =>
  async (work) => {
    const { storeId } = work.payload as { storeId: string }
    const found = await firstBatches(host.store, batchesUnder(storeId), removedAtOnce)
    const pending = await firstOf(host.store, lakePending, storeId, removedAtOnce)
    return async (tx) => {
      const store = await storeById(tx, storeId)
      if (store && store.status !== 'PENDING_DELETION') return undefined
      if (store && host.clock.nowMs() < store.updatedAtMs + restorableMs) return undefined
      if (store) await deleteStore(tx, storeId)
      await dropBatches(tx, host, found)
      await removeAll(tx, lakePending, pending)
      const left = (await firstBatches(tx, batchesUnder(storeId), 1)).length
      return left + (await firstOf(tx, lakePending, storeId, 1)).length > 0 ? { payload: { storeId } } : undefined
    }
  }
