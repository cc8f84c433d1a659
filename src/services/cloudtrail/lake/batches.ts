import { buffer } from 'node:stream/consumers'
import { promisify } from 'node:util'
import { gunzip, gzip } from 'node:zlib'
import type { Blobs, StoredBlob } from '../../../core/blobs.ts'
import type { Clock } from '../../../core/clock.ts'
import type { ServiceCalls } from '../../../core/services/service-calls.ts'
import type { Transaction } from '../../../core/store.ts'
import type { LakeRow } from '../domain/lake/columns.ts'
import type { EventDataStore } from '../domain/lake/event-data-store.ts'
import { batchesUnder, type LakeBatch, lakeBatches, putBatch } from '../storage/lake-batches.ts'
import { everywhere } from '../storage/trails.ts'
import { newBatchKey, openBatchKey } from './batch-keys.ts'
import { mergeWork } from './kinds.ts'

const zip = promisify(gzip)
const unzip = promisify(gunzip)

export interface BatchHost {
  blobs: Blobs
  calls: ServiceCalls
  clock: Clock
}

/** A batch whose blob is stored and not yet committed. */
export interface StoredBatch {
  batch: LakeBatch
  blob: StoredBlob
}

/** So many batches of one month and level are merged into one of the next. */
export const mergedAtOnce = 16

/** Batches of this level stay as they are. */
const topLevel = 3

/** Stores rows in sealed blobs, one for each month, ahead of the transaction that adds them. @throws ServiceError of KMS. */
export async function storeRows(
  { blobs, calls }: BatchHost,
  store: EventDataStore,
  rows: readonly LakeRow[],
): Promise<StoredBatch[]> {
  const months = Map.groupBy(rows, ({ timeMs }) => new Date(timeMs).toISOString().slice(0, 7))
  const key = months.size > 0 ? await newBatchKey(calls, store) : undefined
  const stored: StoredBatch[] = []
  for (const [month, inMonth] of months) {
    const blob = await blobs.put(await zip(inMonth.map(({ json }) => `${json}\n`).join('')), key?.key)
    const times = inMonth.map(({ timeMs }) => timeMs)
    const batch: LakeBatch = {
      ...{ storeId: store.id, month, level: 0, blobId: blob.id, bytes: blob.bytes, events: inMonth.length },
      oldestMs: times.reduce((a, b) => Math.min(a, b)),
      newestMs: times.reduce((a, b) => Math.max(a, b)),
      ...(key && { encryptedKey: key.encrypted }),
    }
    stored.push({ batch, blob })
  }
  return stored
}

/** Commits stored batches, and has batches merged when enough of a kind are there. */
export async function addBatches(
  tx: Transaction,
  { blobs, clock }: Pick<BatchHost, 'blobs' | 'clock'>,
  stored: readonly StoredBatch[],
): Promise<void> {
  const nowMs = clock.nowMs()
  for (const { batch, blob } of stored) {
    await blobs.commit(tx, blob)
    await putBatch(tx, batch, nowMs)
    const { storeId, month, level } = batch
    if (level >= topLevel) continue
    const idPrefix = batchesUnder(storeId, month, level)
    if ((await tx.in(lakeBatches).count(everywhere, { idPrefix, limit: mergedAtOnce })) < mergedAtOnce) continue
    const payload = { storeId, month, level }
    await tx.schedule({ kind: mergeWork, key: idPrefix, dueAtMs: nowMs, scope: everywhere, payload })
  }
}

/** Reads the rows of a batch: JSON lines, compressed. @throws ServiceError of KMS; BlobGoneError */
export async function readBatch(
  { blobs, calls }: Pick<BatchHost, 'blobs' | 'calls'>,
  store: EventDataStore,
  batch: LakeBatch,
): Promise<Buffer> {
  return buffer(await blobs.read(batch.blobId, undefined, await openBatchKey(calls, store, batch.encryptedKey)))
}

/** Merges batches of one month and level into one of the next. */
export async function mergeBatches(
  host: BatchHost,
  store: EventDataStore,
  batches: readonly LakeBatch[],
): Promise<StoredBatch> {
  const parts: Buffer[] = []
  for (const batch of batches) parts.push(await unzip(await readBatch(host, store, batch)))
  const key = await newBatchKey(host.calls, store)
  const blob = await host.blobs.put(await zip(Buffer.concat(parts)), key?.key)
  const [first] = batches
  if (!first) throw new Error('there is nothing to merge')
  const { encryptedKey: _, ...rest } = first
  const batch: LakeBatch = {
    ...{ ...rest, level: first.level + 1, blobId: blob.id, bytes: blob.bytes },
    events: batches.reduce((sum, { events }) => sum + events, 0),
    oldestMs: batches.reduce((least, { oldestMs }) => Math.min(least, oldestMs), first.oldestMs),
    newestMs: batches.reduce((most, { newestMs }) => Math.max(most, newestMs), first.newestMs),
    ...(key && { encryptedKey: key.encrypted }),
  }
  return { batch, blob }
}
