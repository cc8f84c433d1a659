import type { CollectionSpec, DocumentReader, Stored, Transaction } from '../../../core/store.ts'
import type { Series } from '../domain/series.ts'
import { everywhere } from './trails.ts'

/** Events that were taken together and wait for a destination, by their places in the ledger, or as they are where they have none. */
export interface Batch {
  series: Series
  seqs: readonly number[]
  /** JSON texts. */
  events?: readonly string[]
  /** Of all JSON texts. */
  bytes: number
  takenAtMs: number
}

/** A file whose content and name are settled, so that it is the same whenever it is written again. */
export interface PlannedFile {
  series: Series
  /** The five minutes that its name says. */
  slotMs: number
  /** The random part of its name. */
  suffix: string
  seqs: readonly number[]
  events?: readonly string[]
}

/** Batches for files, and those for the log group. */
export const fileBatches: CollectionSpec<Batch> = { name: 'cloudtrail.file-batches' }
export const logBatches: CollectionSpec<Batch> = { name: 'cloudtrail.log-batches' }
export const plannedFiles: CollectionSpec<PlannedFile> = { name: 'cloudtrail.planned-files' }

/** Which queues of batches have due work, so that it is not scheduled with each batch. */
const scheduledQueues: CollectionSpec<{ queue: string; dueAtMs: number; payload: unknown }> = {
  name: 'cloudtrail.scheduled-queues',
}

/** Ids of batches of a queue are in order of their places. */
const batchId = (queue: string, seq: number, { accountId, region, folder }: Series) =>
  [queue, inOrder(seq), accountId, region, folder].join(':')

/** Returns a number as a text that is in the order of the numbers. */
export const inOrder = (number: number): string => String(number).padStart(16, '0')

/** Adds a batch to the end of a queue. @param seq - the place in the ledger of the last record that was read. */
export const addBatch = (
  tx: Transaction,
  collection: CollectionSpec<Batch>,
  queue: string,
  seq: number,
  batch: Batch,
): Promise<void> => tx.in(collection).put(everywhere, batchId(queue, seq, batch.series), batch)

/** Reads the first of a queue's documents, in order. */
export const firstOf = <T>(
  reader: DocumentReader,
  collection: CollectionSpec<T>,
  queue: string,
  limit: number,
): Promise<Stored<T>[]> => reader.in(collection).list(everywhere, { idPrefix: `${queue}:`, limit })

export async function removeAll<T>(
  tx: Transaction,
  collection: CollectionSpec<T>,
  found: readonly Stored<T>[],
): Promise<void> {
  for (const { id } of found) await tx.in(collection).delete(everywhere, id)
}

/** Schedules the work of a queue, unless it is scheduled no later than that. */
export async function scheduleQueue(
  tx: Transaction,
  { kind, queue, dueAtMs, payload }: { kind: string; queue: string; dueAtMs: number; payload: unknown },
): Promise<void> {
  const scheduled = await tx.in(scheduledQueues).get(everywhere, `${kind}:${queue}`)
  if (scheduled && scheduled.dueAtMs <= dueAtMs) return
  await tx.in(scheduledQueues).put(everywhere, `${kind}:${queue}`, { queue, dueAtMs, payload })
  await tx.schedule({ kind, key: queue, dueAtMs, scope: everywhere, payload })
}

/** Schedules the work of a queue, whatever is scheduled. */
export async function rescheduleQueue(
  tx: Transaction,
  work: { kind: string; queue: string; dueAtMs: number; payload: unknown },
): Promise<void> {
  await forgetQueue(tx, work.kind, work.queue)
  await scheduleQueue(tx, work)
}

/** Notes that a queue has no work scheduled. */
export const forgetQueue = (tx: Transaction, kind: string, queue: string): Promise<boolean> =>
  tx.in(scheduledQueues).delete(everywhere, `${kind}:${queue}`)

/** Has all queues of a trail worked off at once, where something waits in them. */
export async function hurryQueues(tx: Transaction, kind: string, trailId: string, nowMs: number): Promise<void> {
  const found = await tx.in(scheduledQueues).list(everywhere, { idPrefix: `${kind}:${trailId}:` })
  for (const { document } of found) {
    if (document.dueAtMs > nowMs)
      await rescheduleQueue(tx, { kind, queue: document.queue, dueAtMs: nowMs, payload: document.payload })
  }
}
