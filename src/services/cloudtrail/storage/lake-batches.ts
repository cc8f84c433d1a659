import type { CollectionSpec, DocumentReader, Stored, Transaction } from '../../../core/store.ts'
import { inOrder } from './pending.ts'
import { everywhere } from './trails.ts'

/** Events of one month of a store, as rows in one blob: gzip over JSON lines. */
export interface LakeBatch {
  storeId: string
  /** Of the events' times: `2026-10`. */
  month: string
  /** How often it was merged. */
  level: number
  blobId: string
  /** Of the blob. */
  bytes: number
  events: number
  oldestMs: number
  newestMs: number
  /** base64: the key of the blob, encrypted under the store's KMS key. */
  encryptedKey?: string
}

export const lakeBatches: CollectionSpec<LakeBatch> = { name: 'cloudtrail.lake-batches' }

/** Places in the ledger of events that are to be written into batches, by store and place. */
export const lakePending: CollectionSpec<{ seqs: readonly number[] }> = { name: 'cloudtrail.lake-pending' }

/** Ids are in the order of months, levels and times. */
const batchId = ({ storeId, month, level, blobId }: LakeBatch, nowMs: number) =>
  [storeId, month, level, inOrder(nowMs), blobId].join(':')

export const putBatch = (tx: Transaction, batch: LakeBatch, nowMs: number): Promise<void> =>
  tx.in(lakeBatches).put(everywhere, batchId(batch, nowMs), batch)

/** Returns the beginning of the ids of a store's batches, or of those of a month and level. */
export const batchesUnder = (storeId: string, ...more: (string | number)[]): string => [storeId, ...more, ''].join(':')

export const firstBatches = (
  reader: DocumentReader,
  idPrefix: string,
  limit: number,
  afterId?: string,
): Promise<Stored<LakeBatch>[]> =>
  reader.in(lakeBatches).list(everywhere, { idPrefix, limit, ...(afterId !== undefined && { afterId }) })
