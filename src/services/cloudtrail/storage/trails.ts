import type { CollectionSpec, DocumentReader, Scope, Transaction } from '../../../core/store.ts'
import type { Trail } from '../domain/trail.ts'

/** What belongs to the service as a whole. */
export const everywhere: Scope = { accountId: '', region: '' }

/** By ARN. */
export const trails: CollectionSpec<Trail> = {
  name: 'cloudtrail.trails',
  indexes: { account: ({ accountId }) => [accountId], id: ({ id }) => [id] },
}

/** Deleted trails that may have events left to deliver, by id. */
export const endedTrails: CollectionSpec<Trail> = { name: 'cloudtrail.ended-trails' }

/** Counts the changes of trails, so that what is made of them is made anew only when they change. */
const revisions: CollectionSpec<{ count: number }> = { name: 'cloudtrail.revisions' }
const ofTrails = 'trails'

export const revisionOf = async (reader: DocumentReader): Promise<number> =>
  (await reader.in(revisions).get(everywhere, ofTrails))?.count ?? 0

/** Writes a trail, or moves it to those that were deleted. */
export async function putTrail(tx: Transaction, trail: Trail, { ended = false } = {}): Promise<void> {
  if (ended) {
    await tx.in(trails).delete(everywhere, trail.arn)
    await tx.in(endedTrails).put(everywhere, trail.id, trail)
  } else await tx.in(trails).put(everywhere, trail.arn, trail)
  await countChange(tx)
}

/** Forgets a deleted trail for good. */
export async function forgetTrail(tx: Transaction, id: string): Promise<void> {
  if (await tx.in(endedTrails).delete(everywhere, id)) await countChange(tx)
}

async function countChange(tx: Transaction): Promise<void> {
  await tx.in(revisions).put(everywhere, ofTrails, { count: (await revisionOf(tx)) + 1 })
}

/** Reads all trails of an account, in the order of their ARNs. */
export async function trailsOfAccount(reader: DocumentReader, accountId: string): Promise<Trail[]> {
  const found = await reader.in(trails).list(everywhere, { index: { name: 'account', value: accountId } })
  return found.map(({ document }) => document)
}

/** Reads a trail by its id, also one that was deleted. */
export async function trailById(
  reader: DocumentReader,
  id: string,
): Promise<{ trail: Trail; ended: boolean } | undefined> {
  const [live] = await reader.in(trails).list(everywhere, { index: { name: 'id', value: id }, limit: 1 })
  if (live) return { trail: live.document, ended: false }
  const ended = await reader.in(endedTrails).get(everywhere, id)
  return ended && { trail: ended, ended: true }
}

/** Reads every trail, deleted ones last. */
export async function allTrails(reader: DocumentReader): Promise<{ trail: Trail; ended: boolean }[]> {
  const live = await reader.in(trails).list(everywhere)
  const ended = await reader.in(endedTrails).list(everywhere)
  return [
    ...live.map(({ document }) => ({ trail: document, ended: false })),
    ...ended.map(({ document }) => ({ trail: document, ended: true })),
  ]
}
