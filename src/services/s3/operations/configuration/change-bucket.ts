import type { Bucket } from '../../domain/bucket.ts'
import type { S3Context } from '../../s3-context.ts'
import { buckets, everywhere } from '../../storage/buckets.ts'
import { findBucket, type OnBucket, presentBucket } from '../find-bucket.ts'

/** Changes a bucket in the transaction of a call. */
export async function changeBucket(
  context: S3Context,
  input: OnBucket,
  change: (bucket: Bucket) => Bucket,
): Promise<undefined> {
  const found = await findBucket(context, input)
  return context.call.transaction(async (tx) => {
    const bucket = await presentBucket(tx, found)
    await tx.in(buckets).put(everywhere, bucket.name, change(bucket))
    return undefined
  })
}
