import type { Scope, Store, Stored, Transaction } from '../../../core/store.ts'
import type { Archive } from '../domain/archive.ts'
import { type BusEvent, eventText } from '../domain/bus-event.ts'
import { archivedEvents, archiveSizes, timeKey } from './collections.ts'

const none = { events: 0, bytes: 0 }

/** Puts an event into an archive, in the transaction that brings it to the bus. */
export async function archiveEvent(tx: Transaction, scope: Scope, { id }: Archive, event: BusEvent): Promise<void> {
  const place = `${id}/${timeKey(event.ingestedAtMs)}/${event.envelope.id}`
  if (await tx.in(archivedEvents).get(scope, place)) return
  await tx.in(archivedEvents).put(scope, place, { event })
  await resize(tx, scope, id, 1, Buffer.byteLength(eventText(event)))
}

export const sizeOf = async (reader: Pick<Store, 'in'>, scope: Scope, { id }: Pick<Archive, 'id'>) =>
  (await reader.in(archiveSizes).get(scope, id)) ?? none

async function resize(tx: Transaction, scope: Scope, id: string, events: number, bytes: number): Promise<void> {
  const size = await sizeOf(tx, scope, { id })
  await tx.in(archiveSizes).put(scope, id, { events: size.events + events, bytes: size.bytes + bytes })
}

/** The events of an archive in the order of time. @param afterId - only those behind it. */
export const eventsBehind = (
  reader: Pick<Store, 'in'>,
  scope: Scope,
  archiveId: string,
  afterId: string | undefined,
  limit: number,
): Promise<Stored<{ event: BusEvent }>[]> =>
  reader.in(archivedEvents).list(scope, { idPrefix: `${archiveId}/`, ...(afterId !== undefined && { afterId }), limit })

/** The place before all events of an archive from a time on. */
export const placeBefore = (archiveId: string, timeMs: number): string => `${archiveId}/${timeKey(timeMs)}/`

/**
 * Removes the oldest events of an archive that are from before a time.
 * @returns how many were removed: as many as the limit where there may be more.
 */
export async function removeBefore(
  tx: Transaction,
  scope: Scope,
  archiveId: string,
  beforeMs: number,
  limit: number,
): Promise<number> {
  const oldest = await eventsBehind(tx, scope, archiveId, undefined, limit)
  const expired = oldest.filter(({ document: { event } }) => event.ingestedAtMs < beforeMs)
  for (const { id } of expired) await tx.in(archivedEvents).delete(scope, id)
  const bytes = expired.reduce((sum, { document: { event } }) => sum + Buffer.byteLength(eventText(event)), 0)
  if (expired.length > 0) await resize(tx, scope, archiveId, -expired.length, -bytes)
  return expired.length
}
