import type { Awaitable } from '../../../../core/awaitable.ts'
import type { Transaction } from '../../../../core/store.ts'
import type { Bucket } from '../../domain/bucket.ts'
import type { S3Context } from '../../s3-context.ts'
import { buckets, everywhere } from '../../storage/buckets.ts'
import { findBucket, type OnBucket, presentBucket } from '../find-bucket.ts'

/** Changes a bucket in the transaction of a call. @param answer - what the call answers; undefined by default. */
export async function changeBucket<Answer = undefined>(
  context: S3Context,
  input: OnBucket,
  change: (bucket: Bucket, tx: Transaction) => Awaitable<Bucket>,
  answer?: Answer,
): Promise<Answer> {
  const found = await findBucket(context, input)
  return context.call.transaction(async (tx) => {
    const bucket = await presentBucket(tx, found)
    await tx.in(buckets).put(everywhere, bucket.name, await change(bucket, tx))
    return answer as Answer
  })
}
