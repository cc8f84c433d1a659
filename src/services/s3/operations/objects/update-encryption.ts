import type { UpdateObjectEncryptionRequest } from '@aws-sdk/client-s3'
import type { Validated } from '../../../../core/operation.ts'
import { accessDenied, invalidArgument, invalidRequest, malformedXml, noSuchKey } from '../../domain/errors.ts'
import type { S3Context } from '../../s3-context.ts'
import { BucketVersions } from '../../storage/versions.ts'
import { keyOf, newEncryption } from '../encryption/object-keys.ts'
import { findBucket, presentBucket } from '../find-bucket.ts'
import { findObject } from './find-object.ts'
import { pieces } from './pieces.ts'

/**
 * Moves an object to another KMS key. Its version, ETag, date and metadata stay.
 * @throws ServiceError InvalidArgument, InvalidRequest, AccessDenied for objects under keys of customers, KMS.…
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_UpdateObjectEncryption.html
 */
export async function updateObjectEncryption(
  context: S3Context,
  input: Validated<UpdateObjectEncryptionRequest>,
): Promise<Record<never, never>> {
  const { call, contents } = context
  const { KMSKeyArn: keyArn, BucketKeyEnabled = false } = input.ObjectEncryption?.SSEKMS ?? {}
  if (keyArn === undefined) throw malformedXml()
  if (!/^arn:[^:]+:kms:[^:]+:\d{12}:key\//.test(keyArn)) {
    throw invalidArgument('The KMS key must be given by its full ARN.', 'KMSKeyArn', keyArn)
  }
  const bucket = await findBucket(context, input)
  const found = await findObject(context, bucket, input)
  const { encryption: present, content } = found.details
  if (present.algorithm === 'SSE-C') throw accessDenied()
  if (present.algorithm === 'aws:kms:dsse') {
    throw invalidRequest('Objects with dual-layer server-side encryption cannot be updated.')
  }
  const key = await keyOf(context, bucket, found.key, present, {})
  const { encryption, key: sealing } = await newEncryption(context, bucket, found.key, {
    ...{ ServerSideEncryption: 'aws:kms', SSEKMSKeyId: keyArn, BucketKeyEnabled },
  })
  const bytes = await contents.open(content, { start: 0, end: found.bytes }, key)
  if (!bytes) throw noSuchKey(found.key)
  const sealed = await contents.put(pieces(bytes), sealing)
  return contents.keepOrDiscard(sealed, () =>
    call.transaction(async (tx) => {
      const versions = new BucketVersions(tx, await presentBucket(tx, bucket), contents)
      const version = await versions.withId(found.key, found.versionId)
      if (version?.isMarker !== false || version.details.content.id !== content.id) throw noSuchKey(found.key)
      await contents.keep(tx, sealed)
      const { partsCount: _, ...details } = version.details
      await versions.change({ ...version, details: { ...details, encryption, content: sealed.ref } }, content)
      return {}
    }),
  )
}
