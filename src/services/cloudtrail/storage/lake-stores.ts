import type { CollectionSpec, DocumentReader, Transaction } from '../../../core/store.ts'
import type { EventDataStore } from '../domain/lake/event-data-store.ts'
import { everywhere } from './trails.ts'

/** By id. */
export const eventDataStores: CollectionSpec<EventDataStore> = {
  name: 'cloudtrail.event-data-stores',
  indexes: { place: (store) => [placeOf(store)] },
}

/** Counts the changes of stores, so that what is made of them is made anew only when they change. */
const revisions: CollectionSpec<{ count: number }> = { name: 'cloudtrail.store-revisions' }
const ofStores = 'stores'

export const storeRevision = async (reader: DocumentReader): Promise<number> =>
  (await reader.in(revisions).get(everywhere, ofStores))?.count ?? 0

const countChange = async (tx: Transaction): Promise<void> =>
  tx.in(revisions).put(everywhere, ofStores, { count: (await storeRevision(tx)) + 1 })

const placeOf = ({ accountId, region }: { accountId: string; region: string }) => `${accountId}:${region}`

export const storeById = async (reader: DocumentReader, id: string): Promise<EventDataStore | undefined> =>
  reader.in(eventDataStores).get(everywhere, id)

/** Reads the stores of an account in a Region, ten at most. */
export async function storesOf(
  reader: DocumentReader,
  place: { accountId: string; region: string },
): Promise<EventDataStore[]> {
  const index = { name: 'place', value: placeOf(place) }
  return (await reader.in(eventDataStores).list(everywhere, { index })).map(({ document }) => document)
}

export async function allStores(reader: DocumentReader): Promise<EventDataStore[]> {
  return (await reader.in(eventDataStores).list(everywhere)).map(({ document }) => document)
}

export async function putStore(tx: Transaction, store: EventDataStore): Promise<void> {
  await tx.in(eventDataStores).put(everywhere, store.id, store)
  await countChange(tx)
}

export async function deleteStore(tx: Transaction, id: string): Promise<void> {
  if (await tx.in(eventDataStores).delete(everywhere, id)) await countChange(tx)
}
