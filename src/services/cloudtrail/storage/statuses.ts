import type { CollectionSpec, DocumentReader, Transaction } from '../../../core/store.ts'
import type { Trail } from '../domain/trail.ts'

/** How deliveries to one destination went. */
export interface DestinationStatus {
  /** Of the latest success. */
  deliveredAtMs?: number
  attemptedAtMs?: number
  /** Of the latest attempt; absent once one has succeeded. */
  error?: string
}

export type Destination = 'files' | 'digests' | 'notices' | 'logs'

export type TrailStatus = { [D in Destination]?: DestinationStatus }

/** By the id of a trail, in the account of the trail and the Region of the events. */
const statuses: CollectionSpec<TrailStatus> = { name: 'cloudtrail.statuses' }

export const readStatus = async (
  reader: DocumentReader,
  { id, accountId }: Pick<Trail, 'id' | 'accountId'>,
  region: string,
): Promise<TrailStatus> => (await reader.in(statuses).get({ accountId, region }, id)) ?? {}

/** Notes how a delivery went. @param error - AWS's code of the failure; undefined for a success. */
export async function noteDelivery(
  tx: Transaction,
  trail: Pick<Trail, 'id' | 'accountId'>,
  region: string,
  destination: Destination,
  { atMs, error }: { atMs: number; error?: string | undefined },
): Promise<void> {
  const status = await readStatus(tx, trail, region)
  const before = status[destination]
  const now: DestinationStatus =
    error === undefined
      ? { deliveredAtMs: atMs, attemptedAtMs: atMs }
      : {
          ...(before?.deliveredAtMs !== undefined && { deliveredAtMs: before.deliveredAtMs }),
          attemptedAtMs: atMs,
          error,
        }
  await tx.in(statuses).put({ accountId: trail.accountId, region }, trail.id, { ...status, [destination]: now })
}
