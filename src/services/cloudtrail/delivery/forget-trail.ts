import type { WorkRunner } from '../../../core/scheduler.ts'
import type { CollectionSpec, Store, Transaction } from '../../../core/store.ts'
import { deliveredFiles, digestChains } from '../storage/digests.ts'
import { fileBatches, firstOf, logBatches, plannedFiles, removeAll } from '../storage/pending.ts'
import { forgetTrail } from '../storage/trails.ts'

const atOnce = 500

/** Reads what is left of a trail in a collection. @returns how many documents those are, and what removes them. */
async function leftIn<T>(store: Store, collection: CollectionSpec<T>, trailId: string) {
  const found = await firstOf(store, collection, trailId, atOnce)
  return { count: found.length, remove: (tx: Transaction) => removeAll(tx, collection, found) }
}

/** Forgets a deleted trail, with what could not be delivered of it. */
export const forgetRunner =
  ({ store }: { store: Store }): WorkRunner =>
  async (work) => {
    const { trailId } = work.payload as { trailId: string }
    const left = [
      await leftIn(store, fileBatches, trailId),
      await leftIn(store, logBatches, trailId),
      await leftIn(store, plannedFiles, trailId),
      await leftIn(store, deliveredFiles, trailId),
      await leftIn(store, digestChains, trailId),
    ]
    return async (tx) => {
      for (const { remove } of left) await remove(tx)
      if (left.some(({ count }) => count === atOnce)) return { payload: { trailId } }
      await forgetTrail(tx, trailId)
      return undefined
    }
  }
