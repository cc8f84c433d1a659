import type { Bucket } from '../../domain/bucket.ts'
import { toStored } from '../../domain/stored-document.ts'
import type { S3Context } from '../../s3-context.ts'
import type { OnBucket } from '../find-bucket.ts'
import { changeBucket } from './change-bucket.ts'

// Configurations that are shown as they were put.

export const withDocument = (bucket: Bucket, kind: string, document: unknown): Bucket => ({
  ...bucket,
  configurations: { ...bucket.configurations, [kind]: toStored(document) },
})

export function withoutDocument(bucket: Bucket, kind: string): Bucket {
  const { [kind]: _, ...configurations } = bucket.configurations
  return { ...bucket, configurations }
}

/** Makes the operation that removes a configuration. There may be none. */
export const removal = (kind: string) => (context: S3Context, input: OnBucket) =>
  changeBucket(context, input, (bucket) => withoutDocument(bucket, kind))
