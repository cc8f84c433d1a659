import type {
  DeleteBucketRequest,
  GetBucketLocationRequest,
  HeadBucketOutput,
  HeadBucketRequest,
  ListBucketsOutput,
  ListBucketsRequest,
} from '@aws-sdk/client-s3'
import type { Validated } from '../../../../core/operation.ts'
import { openPageToken, sealPageToken } from '../../../../kit/page-token.ts'
import { type Bucket, canonicalId } from '../../domain/bucket.ts'
import { bucketArn } from '../../domain/bucket-name.ts'
import { bucketNotEmpty, invalidArgument } from '../../domain/errors.ts'
import type { S3Context } from '../../s3-context.ts'
import { bucketCounts, buckets, bucketsOf, everywhere } from '../../storage/buckets.ts'
import { hasVersions } from '../../storage/versions.ts'
import { findBucket, presentBucket } from '../find-bucket.ts'
import { storageMetricsWork } from '../metrics/storage-metrics.ts'
import { scheduleUploadsRemoval } from '../multipart/remove-uploads.ts'

/**
 * Deletes an empty bucket, and aborts the uploads in parts that are under way in it.
 * @throws ServiceError BucketNotEmpty.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucket.html
 */
export async function deleteBucket(context: S3Context, input: Validated<DeleteBucketRequest>): Promise<undefined> {
  const found = await findBucket(context, input)
  const { call } = context
  return call.transaction(async (tx) => {
    const bucket = await presentBucket(tx, found)
    if (await hasVersions(tx.sql('s3'), bucket.id)) {
      throw bucketNotEmpty(bucket.name, bucket.versioning !== undefined)
    }
    await tx.in(buckets).delete(everywhere, bucket.name)
    await tx.unschedule(storageMetricsWork, bucket.name)
    await bucketCounts.change(tx, { accountId: bucket.accountId, region: '' }, 'all', { buckets: -1 })
    await scheduleUploadsRemoval(tx, bucket, call.clock.nowMs())
    return undefined
  })
}

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadBucket.html */
export async function headBucket(context: S3Context, input: Validated<HeadBucketRequest>): Promise<HeadBucketOutput> {
  const { name, region } = await findBucket(context, input)
  return { BucketArn: bucketArn(name), BucketRegion: region, AccessPointAlias: false }
}

/**
 * Returns the Region of a bucket, in the document that AWS has for it: the element itself holds the text. Empty in the first Region.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketLocation.html
 */
export async function getBucketLocation(
  context: S3Context,
  input: Validated<GetBucketLocationRequest>,
): Promise<{ LocationConstraint: string; ContentType: string }> {
  const { region } = await findBucket(context, input)
  const element = 'LocationConstraint xmlns="http://s3.amazonaws.com/doc/2006-03-01/"'
  return {
    LocationConstraint: `<?xml version="1.0" encoding="UTF-8"?>\n${
      region === 'us-east-1' ? `<${element}/>` : `<${element}>${region}</LocationConstraint>`
    }`,
    ContentType: 'application/xml',
  }
}

const mostBuckets = 10_000

/**
 * Lists the buckets of the caller's account, in all Regions, in order of their names.
 * @throws ServiceError InvalidArgument.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListBuckets.html
 */
export async function listBuckets(
  context: S3Context,
  { MaxBuckets, ContinuationToken, Prefix = '', BucketRegion }: Validated<ListBucketsRequest>,
): Promise<ListBucketsOutput> {
  const { call } = context
  const most = MaxBuckets ?? mostBuckets
  if (most < 1 || most > mostBuckets) {
    throw invalidArgument('Argument max-buckets must be an integer between 1 and 10000', 'max-buckets', MaxBuckets)
  }
  const list = [Prefix, BucketRegion]
  const place = ContinuationToken === undefined ? '' : openPageToken(context, list, ContinuationToken)
  if (typeof place !== 'string') {
    throw invalidArgument('The continuation token provided is incorrect', 'continuation-token', ContinuationToken)
  }
  let after = place
  const shown: Bucket[] = []
  for (let read = slice; read === slice && shown.length <= most; ) {
    const found = await bucketsOf(call.store, call.accountId, { after, from: Prefix, limit: slice })
    read = found.length
    after = found.at(-1)?.name ?? after
    const fitting = found.filter(({ name }) => name.startsWith(Prefix))
    shown.push(...fitting.filter(({ region }) => BucketRegion === undefined || region === BucketRegion))
    if (fitting.length < found.length) break
  }
  const page = shown.slice(0, most)
  const isTruncated = shown.length > most
  return {
    Buckets: page.map(({ name, createdAtMs, region }) => ({
      Name: name,
      CreationDate: new Date(createdAtMs),
      // AWS gives these to those who ask for pages alone.
      ...(MaxBuckets !== undefined && { BucketRegion: region, BucketArn: bucketArn(name) }),
    })),
    Owner: { ID: canonicalId(call.accountId) },
    ...(Prefix !== '' && { Prefix }),
    ...(isTruncated && { ContinuationToken: sealPageToken(context, list, page.at(-1)?.name) }),
  }
}

const slice = 500
