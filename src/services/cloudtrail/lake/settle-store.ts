import type { WorkRunner } from '../../../core/scheduler.ts'
import type { Store, Transaction } from '../../../core/store.ts'
import type { EventDataStore, StoreStatus } from '../domain/lake/event-data-store.ts'
import { putStore, storeById } from '../storage/lake-stores.ts'
import { everywhere } from '../storage/trails.ts'
import { settleWork } from './kinds.ts'

/** Has a store leave a state in which it is changing. */
export const scheduleSettling = (tx: Transaction, { id }: EventDataStore, nowMs: number): Promise<void> =>
  tx.schedule({ kind: settleWork, key: id, dueAtMs: nowMs, scope: everywhere, payload: {} })

/** What follows on the states in which a store is changing. */
function settled({ status, windows }: EventDataStore): StoreStatus {
  const ingests = windows.some(({ throughSeq }) => throughSeq === undefined)
  if (status === 'STARTING_INGESTION') return 'ENABLED'
  if (status === 'STOPPING_INGESTION') return 'STOPPED_INGESTION'
  return status === 'CREATED' ? (ingests ? 'ENABLED' : 'STOPPED_INGESTION') : status
}

export const settleRunner =
  ({ store }: { store: Store }): WorkRunner =>
  async ({ key }) => {
    const before = await storeById(store, key)
    if (!before || settled(before) === before.status) return async () => undefined
    return async (tx) => {
      const present = await storeById(tx, key)
      if (present && settled(present) !== present.status) await putStore(tx, { ...present, status: settled(present) })
    }
  }
