import type { Transaction } from '../../../../core/store.ts'
import type { CloudTrailContext } from '../../cloudtrail-context.ts'
import type { EventDataStore } from '../../domain/lake/event-data-store.ts'
import { putStore } from '../../storage/lake-stores.ts'
import { presentStore } from './find-store.ts'

/**
 * Changes a store in the call's transaction, and has this server take it into account.
 * @param change - returns the store as it is then; may write more in the transaction.
 * @throws ServiceError EventDataStoreNotFoundException - it was removed meanwhile.
 */
export async function changeStore<R>(
  { call, lake }: CloudTrailContext,
  store: EventDataStore,
  change: (present: EventDataStore, tx: Transaction) => EventDataStore | Promise<EventDataStore>,
  answer: (changed: EventDataStore) => R,
): Promise<R> {
  const result = await call.transaction(async (tx) => {
    const changed = await change(await presentStore(tx, store), tx)
    await putStore(tx, changed)
    return answer(changed)
  })
  await lake.stores.refresh()
  return result
}
