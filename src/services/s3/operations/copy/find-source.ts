import type { BlobRange } from '../../../../core/blobs.ts'
import type { Permission, RequestContext } from '../../../../core/operation.ts'
import { ServiceError } from '../../../../core/service-error.ts'
import type { Bucket } from '../../domain/bucket.ts'
import { invalidObjectState } from '../../domain/configuration-errors.ts'
import { type CopySource, readCopySource } from '../../domain/copy-source.ts'
import { noSuchBucket, preconditionFailed } from '../../domain/errors.ts'
import { isArchived } from '../../domain/new-object.ts'
import type { ObjectVersion } from '../../domain/object.ts'
import { failedCondition } from '../../domain/read-conditions.ts'
import { copyOfMarker } from '../../domain/upload-errors.ts'
import type { S3Context } from '../../s3-context.ts'
import { keyOf } from '../encryption/object-keys.ts'
import { bucketNamed, checkExpectedOwner } from '../find-bucket.ts'
import { findObject } from '../objects/find-object.ts'
import { existingObjectPermission } from '../objects/object-permissions.ts'
import { pieces } from '../objects/pieces.ts'

/** The members of a request that copies. */
export interface GivenSource {
  CopySource?: string | undefined
  CopySourceIfMatch?: string | undefined
  CopySourceIfModifiedSince?: Date | undefined
  CopySourceIfNoneMatch?: string | undefined
  CopySourceIfUnmodifiedSince?: Date | undefined
  CopySourceSSECustomerAlgorithm?: string | undefined
  CopySourceSSECustomerKey?: string | undefined
  CopySourceSSECustomerKeyMD5?: string | undefined
  ExpectedSourceBucketOwner?: string | undefined
}

/** The object that a copy is made of. */
export interface FoundSource {
  bucket: Bucket
  version: ObjectVersion
  source: CopySource
}

/** The bucket of a source, which may be in another Region. @throws ServiceError NoSuchBucket, AccessDenied. */
async function sourceBucket(context: S3Context, input: GivenSource): Promise<{ bucket: Bucket; source: CopySource }> {
  const source = readCopySource(input.CopySource ?? '')
  const bucket = await bucketNamed(context, source.bucket)
  if (!bucket) throw noSuchBucket(source.bucket)
  checkExpectedOwner(bucket, input.ExpectedSourceBucketOwner)
  return { bucket, source }
}

const ofSource = ({ bucket, key, versionId }: CopySource) => ({ Bucket: bucket, Key: key, VersionId: versionId })

/** Returns what copying from a source needs. */
export async function sourcePermission(context: S3Context, input: GivenSource): Promise<Permission> {
  const { bucket, source } = await sourceBucket(context, input)
  return existingObjectPermission(context, bucket, ofSource(source), 'GetObject')
}

/** Condition keys of the request that copies, for its target. */
export const sourceKeys = (input: GivenSource): RequestContext => ({ 's3:x-amz-copy-source': input.CopySource ?? '' })

/**
 * Finds the source of a copy, as its conditions allow.
 * @throws ServiceError NoSuchBucket, NoSuchKey, PreconditionFailed, InvalidObjectState, InvalidRequest.
 */
export async function findSource(context: S3Context, input: GivenSource): Promise<FoundSource> {
  const { bucket, source } = await sourceBucket(context, input)
  const version = await findObject(context, bucket, ofSource(source)).catch((error: unknown) => {
    throw error instanceof ServiceError && error.code === 'MethodNotAllowed' ? copyOfMarker() : error
  })
  const failed = failedCondition(
    {
      IfMatch: input.CopySourceIfMatch,
      IfNoneMatch: input.CopySourceIfNoneMatch,
      IfModifiedSince: input.CopySourceIfModifiedSince,
      IfUnmodifiedSince: input.CopySourceIfUnmodifiedSince,
    },
    version,
  )
  if (failed) throw preconditionFailed(`x-amz-copy-source-${failed}`)
  if (isArchived(version.storageClass)) throw invalidObjectState(version.storageClass)
  return { bucket, version, source }
}

/** Reads the bytes of a source. @throws ServiceError as for a read of the object. */
export async function readSource(
  context: S3Context,
  { bucket, version }: FoundSource,
  range: BlobRange,
  input: GivenSource,
): Promise<AsyncIterable<Uint8Array>> {
  const { content, encryption } = version.details
  const key = await keyOf(context, bucket, version.key, encryption, {
    SSECustomerAlgorithm: input.CopySourceSSECustomerAlgorithm,
    SSECustomerKey: input.CopySourceSSECustomerKey,
    SSECustomerKeyMD5: input.CopySourceSSECustomerKeyMD5,
  })
  const bytes = await context.contents.open(content, range, key)
  if (!bytes) throw noLongerThere()
  return pieces(bytes)
}

/** Clients try again. */
const noLongerThere = () =>
  new ServiceError('SlowDown', 503, 'The source of the copy was replaced while it was read. Please try again.')
