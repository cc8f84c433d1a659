import type { Store } from '../../../core/store.ts'
import type { Bucket } from '../domain/bucket.ts'
import { isBucketName } from '../domain/bucket-name.ts'
import {
  accessDenied,
  invalidBucketName,
  invalidBucketOwner,
  noSuchBucket,
  permanentRedirect,
} from '../domain/errors.ts'
import type { S3Context } from '../s3-context.ts'
import { buckets, everywhere } from '../storage/buckets.ts'

export interface OnBucket {
  Bucket?: string | undefined
  ExpectedBucketOwner?: string | undefined
}

/**
 * The bucket that a request names, looked up once for each call: the bucket that was authorised is the one that is used.
 * @throws ServiceError NoSuchBucket, InvalidBucketName, PermanentRedirect for another Region's, AccessDenied for another owner's
 *   than the expected one.
 */
export async function findBucket(
  context: S3Context,
  { Bucket: name = '', ExpectedBucketOwner }: OnBucket,
): Promise<Bucket> {
  const bucket = await bucketNamed(context, name)
  if (!bucket) throw isBucketName(name) ? noSuchBucket(name) : invalidBucketName(name)
  const { call } = context
  if (bucket.region !== call.region) throw permanentRedirect(name, bucket.region, hostOf(context.endpoint()))
  checkExpectedOwner(bucket, ExpectedBucketOwner)
  return bucket
}

export const bucketNamed = async ({ call, buckets: found }: S3Context, name: string): Promise<Bucket | undefined> =>
  found.find(name, () => call.store.in(buckets).get(everywhere, name))

/** @throws ServiceError InvalidBucketOwnerAWSAccountID, AccessDenied. */
export function checkExpectedOwner({ accountId }: Bucket, expected: string | undefined): void {
  if (expected === undefined) return
  if (!/^\d{12}$/.test(expected)) throw invalidBucketOwner(expected)
  if (expected !== accountId) throw accessDenied()
}

/** The bucket as it is in a transaction. @throws ServiceError NoSuchBucket - it was deleted meanwhile. */
export async function presentBucket(tx: Pick<Store, 'in'>, { id, name }: Bucket): Promise<Bucket> {
  const present = await tx.in(buckets).get(everywhere, name)
  if (present?.id !== id) throw noSuchBucket(name)
  return present
}

const hostOf = (url: string) => url.replace(/^https?:\/\//, '')
