import type { StorageClass } from '@aws-sdk/client-s3'
import { dayMs } from '../../../../core/durations.ts'
import type { WorkRunner } from '../../../../core/scheduler.ts'
import type { ServiceMetrics } from '../../../../core/services/service-metrics.ts'
import type { ServiceHost } from '../../../../core/services/service-module.ts'
import type { SqlReader } from '../../../../core/sql.ts'
import type { Transaction } from '../../../../core/store.ts'
import type { Bucket } from '../../domain/bucket.ts'
import { buckets, everywhere } from '../../storage/buckets.ts'
import { beforeVersions, type VersionPlace } from '../../storage/listing.ts'
import { partSizes, type StoredSize, sizesBehind } from '../../storage/sizes.ts'
import { activeUploads } from '../../storage/uploads.ts'

/** The kind of due work that publishes what a bucket holds, every day; its key is the bucket's name. */
export const storageMetricsWork = 's3.storage-metrics'

const pageSize = 2000
const uploadsPage = 10

/** How far a day's count has come. */
interface Progress {
  bucketId: string
  phase: 'versions' | 'uploads'
  place: VersionPlace
  upload: { key: string; uploadId: string }
  objects: number
  bytes: Partial<Record<string, number>>
}

const start = (bucketId: string): Progress => ({
  ...{ bucketId, phase: 'versions', objects: 0, bytes: {} },
  ...{ place: { key: '', place: beforeVersions }, upload: { key: '', uploadId: '' } },
})

/** Makes the metrics of a bucket be published at the next midnight (UTC). */
export async function scheduleStorageMetrics(tx: Transaction, bucket: Bucket, nowMs: number): Promise<void> {
  const { name, id, accountId, region } = bucket
  const dueAtMs = (Math.floor(nowMs / dayMs) + 1) * dayMs
  await tx.schedule({ kind: storageMetricsWork, key: name, dueAtMs, scope: { accountId, region }, payload: start(id) })
}

/**
 * Counts what a bucket holds, some thousand versions in a transaction, and publishes the sums: noncurrent versions, delete markers and
 * the parts of uploads that are under way among them, as on AWS.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/metrics-dimensions.html
 */
export function storageMetricsRunner({
  store,
  clock,
  metrics,
}: Pick<ServiceHost, 'store' | 'clock' | 'metrics'>): WorkRunner {
  return async ({ key: name, payload }) => {
    const progress = payload as Progress
    const bucket = await store.in(buckets).get(everywhere, name)
    if (bucket?.id !== progress.bucketId) return async () => {}
    const sql = store.sql('s3')
    const { sum, next } =
      progress.phase === 'versions' ? await countVersions(sql, progress) : await countUploads(sql, progress)
    if (!next) publish(metrics, bucket, sum)
    return async (tx) => {
      if (next) return { payload: next }
      const present = await tx.in(buckets).get(everywhere, name)
      if (present?.id === bucket.id) await scheduleStorageMetrics(tx, present, clock.nowMs())
      return undefined
    }
  }
}

type Counted = { sum: Progress; next?: Progress }

async function countVersions(sql: SqlReader, progress: Progress): Promise<Counted> {
  const rows = await sizesBehind(sql, progress.bucketId, progress.place, pageSize)
  const sum = withSizes(progress, rows)
  const last = rows.at(-1)
  const isMore = rows.length === pageSize && last
  return { sum, next: isMore ? { ...sum, place: { key: last.key, place: last.place } } : { ...sum, phase: 'uploads' } }
}

async function countUploads(sql: SqlReader, progress: Progress): Promise<Counted> {
  const place = { ...progress.upload, before: behindKeys, limit: uploadsPage }
  const uploads = await activeUploads(sql, progress.bucketId, place)
  let sum = progress
  for (const { uploadId, details } of uploads) {
    const parts = await partSizes(sql, uploadId)
    sum = withSizes(
      sum,
      parts.map((bytes) => ({ bytes, storageClass: details.storageClass })),
    )
  }
  const last = uploads.at(-1)
  if (uploads.length < uploadsPage || !last) return { sum }
  return { sum, next: { ...sum, upload: { key: last.key, uploadId: last.uploadId } } }
}

/** Behind every key. */
const behindKeys = '\u{10ffff}'

function withSizes(progress: Progress, sizes: readonly Pick<StoredSize, 'bytes' | 'storageClass'>[]): Progress {
  const bytes = { ...progress.bytes }
  for (const { bytes: size, storageClass } of sizes) {
    // Delete markers have no class, and count as objects.
    if (storageClass) bytes[storageClass] = (bytes[storageClass] ?? 0) + size
  }
  return { ...progress, objects: progress.objects + sizes.length, bytes }
}

const storageTypes: Partial<Record<StorageClass | string, string>> = {
  STANDARD: 'StandardStorage',
  REDUCED_REDUNDANCY: 'ReducedRedundancyStorage',
  STANDARD_IA: 'StandardIAStorage',
  ONEZONE_IA: 'OneZoneIAStorage',
  INTELLIGENT_TIERING: 'IntelligentTieringFAStorage',
  GLACIER_IR: 'GlacierInstantRetrievalStorage',
  GLACIER: 'GlacierStorage',
  DEEP_ARCHIVE: 'DeepArchiveStorage',
}

function publish(metrics: ServiceMetrics, { name, accountId, region }: Bucket, { objects, bytes }: Progress): void {
  const add = (metric: string, StorageType: string, unit: string, value: number) => {
    const dimensions = { BucketName: name, StorageType }
    metrics.add({ scope: { accountId, region }, namespace: 'AWS/S3', name: metric, dimensions, unit }, value)
  }
  add('NumberOfObjects', 'AllStorageTypes', 'Count', objects)
  for (const [storageClass, size = 0] of Object.entries({ STANDARD: 0, ...bytes })) {
    add('BucketSizeBytes', storageTypes[storageClass] ?? 'StandardStorage', 'Bytes', size)
  }
}
