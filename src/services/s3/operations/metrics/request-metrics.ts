import type { AnsweredRequest } from '../../../../core/services/answered-request.ts'
import type { ServiceMetrics } from '../../../../core/services/service-metrics.ts'
import type { GivenTag } from '../../../../kit/tags.ts'
import type { Bucket } from '../../domain/bucket.ts'
import { readCopySource } from '../../domain/copy-source.ts'
import { readTaggingHeader } from '../../domain/object-tags.ts'
import { isCounted, kindOfRequest, type MeasuredObjects } from '../../domain/request-metrics.ts'
import type { S3Context } from '../../s3-context.ts'
import { metricsConfigurationsOf } from '../configuration/metrics.ts'

const namespace = 'AWS/S3'

/**
 * Publishes what is measured of a request, for each metrics configuration of its bucket that counts it.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/metrics-dimensions.html
 */
export function measureRequest(
  metrics: ServiceMetrics,
  bucket: Bucket,
  request: AnsweredRequest,
  context: S3Context | undefined,
): void {
  const configurations = metricsConfigurationsOf(bucket)
  if (configurations.length === 0) return
  const about = objectsOf(bucket, request, context)
  const kind = kindOfRequest(request.operation, request.method)
  const { status, bytesIn, bytesOut } = request
  for (const configuration of configurations) {
    if (!isCounted(configuration, about)) continue
    const add = adder(metrics, bucket, configuration.Id)
    add('AllRequests', 'Count', 1)
    if (kind) add(kind, 'Count', 1)
    if (bytesOut > 0) add('BytesDownloaded', 'Bytes', bytesOut)
    if (bytesIn > 0) add('BytesUploaded', 'Bytes', bytesIn)
    // Of all requests, so that their average is the rate of errors.
    add('4xxErrors', 'Count', status >= 400 && status < 500 ? 1 : 0)
    add('5xxErrors', 'Count', status >= 500 ? 1 : 0)
    add('FirstByteLatency', 'Milliseconds', rounded(request.firstByteMs))
    add('TotalRequestLatency', 'Milliseconds', rounded(request.totalMs))
  }
}

/** Counts a copy as a read of its source. */
export function measureSource(metrics: ServiceMetrics, request: AnsweredRequest, context: S3Context): void {
  const { CopySource } = request.input ?? {}
  if (typeof CopySource !== 'string') return
  const source = sourceOf(CopySource)
  const bucket = source && context.buckets.known(source.bucket)
  if (!source || !bucket) return
  for (const configuration of metricsConfigurationsOf(bucket)) {
    if (!isCounted(configuration, { keys: [source.key], tags: [] })) continue
    adder(metrics, bucket, configuration.Id)('GetRequests', 'Count', 1)
  }
}

const adder = (metrics: ServiceMetrics, bucket: Bucket, FilterId: string) => {
  const { name: BucketName, accountId, region } = bucket
  const common = { scope: { accountId, region }, namespace, dimensions: { BucketName, FilterId } }
  return (name: string, unit: string, value: number) => metrics.add({ ...common, name, unit }, value)
}

/** Times are kept to the millisecond: like ones are counted together. */
const rounded = (ms: number) => Math.round(ms)

function objectsOf(bucket: Bucket, { input = {} }: AnsweredRequest, context: S3Context | undefined): MeasuredObjects {
  const { Key, VersionId, Delete } = input as Input
  if (Key === undefined) return { keys: Delete?.Objects?.flatMap(({ Key: key }) => key ?? []) ?? [], tags: [] }
  const version = context?.versions.known(JSON.stringify([bucket.id, Key, VersionId]))
  const present = version?.isMarker === false ? version.details.tags : []
  return { keys: [Key], tags: [...present, ...givenTags(input as Input)] }
}

interface Input {
  Key?: string
  VersionId?: string
  Delete?: { Objects?: { Key?: string }[] }
  Tagging?: string | { TagSet?: GivenTag[] }
}

function givenTags({ Tagging }: Input): readonly GivenTag[] {
  if (typeof Tagging !== 'string') return Tagging?.TagSet ?? []
  try {
    return readTaggingHeader(Tagging)
  } catch {
    // The request was refused for it.
    return []
  }
}

function sourceOf(header: string) {
  try {
    return readCopySource(header)
  } catch {
    // The request was refused for it.
    return undefined
  }
}
