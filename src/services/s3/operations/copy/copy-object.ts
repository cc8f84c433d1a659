import type { CopyObjectOutput, CopyObjectRequest } from '@aws-sdk/client-s3'
import type { Permission, Validated } from '../../../../core/operation.ts'
import { invalidArgument } from '../../domain/errors.ts'
import { checkAccess, describedBy, readStorageClass, refuseUnsupported } from '../../domain/new-object.ts'
import { type ObjectChecksum, type ObjectVersion, quoted } from '../../domain/object.ts'
import { checkKey } from '../../domain/object-key.ts'
import { lockOf } from '../../domain/object-lock.ts'
import { readTaggingHeader } from '../../domain/object-tags.ts'
import { defaultChecksum, readAlgorithm } from '../../domain/upload-checksums.ts'
import { copyOntoItself, copyTooLarge } from '../../domain/upload-errors.ts'
import { checkWriteConditions, refuseOtherConditions } from '../../domain/write-conditions.ts'
import type { S3Context } from '../../s3-context.ts'
import { BucketVersions } from '../../storage/versions.ts'
import { encryptionMembers, newEncryption } from '../encryption/object-keys.ts'
import { findBucket, presentBucket } from '../find-bucket.ts'
import { notifyOf } from '../notifications/notify.ts'
import { checksumMembers, versionMember } from '../objects/answers.ts'
import { existingObjectPermission, writePermissions } from '../objects/object-permissions.ts'
import { etagOf } from '../objects/put-object.ts'
import { mostBytes, store } from '../objects/receive.ts'
import { type FoundSource, findSource, readSource, sourceKeys, sourcePermission } from './find-source.ts'

type Request = Validated<CopyObjectRequest>

/** The source must be readable, and the target writable. */
export async function onCopy(context: S3Context, input: Request): Promise<Permission[]> {
  const bucket = await findBucket(context, input)
  const directive = input.MetadataDirective
  const keys = {
    ...sourceKeys(input),
    ...(directive !== undefined && { 's3:x-amz-metadata-directive': directive }),
  }
  return [await sourcePermission(context, input), ...(await writePermissions(context, bucket, input, keys))]
}

/** Returns whether what is described or tagged is taken from the request. @throws ServiceError InvalidArgument. */
function isReplaced(directive: string | undefined, name: string): boolean {
  if (directive === undefined || directive === 'COPY') return false
  if (directive === 'REPLACE') return true
  throw invalidArgument(`Unknown ${name} directive.`, `x-amz-${name}-directive`, directive)
}

/**
 * Makes an object of another one. Metadata and tags come with it unless the request replaces them; how it is encrypted does not.
 * @throws ServiceError InvalidRequest, NoSuchKey, PreconditionFailed, KMS.…
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html
 */
export async function copyObject(context: S3Context, input: Request): Promise<CopyObjectOutput> {
  const { call, contents } = context
  const { Key: key = '' } = input
  const bucket = await findBucket(context, input)
  checkKey(key)
  refuseUnsupported(input)
  refuseOtherConditions(input)
  checkAccess(bucket, input, call.accountId)
  const replacesMetadata = isReplaced(input.MetadataDirective, 'metadata')
  const replacesTags = isReplaced(input.TaggingDirective, 'tagging')
  const found = await findSource(context, input)
  const { version: source } = found
  if (!replacesMetadata && changesNothing(found, input)) throw copyOntoItself()
  if (source.bytes > mostBytes) throw copyTooLarge(mostBytes)
  const { headers, metadata, expiresMs } = replacesMetadata ? describedBy(input) : source.details
  const redirect = input.WebsiteRedirectLocation
  const { WebsiteRedirectLocation: _, ...otherHeaders } = headers
  const storageClass = readStorageClass(input.StorageClass)
  const tags = replacesTags ? readTaggingHeader(input.Tagging) : await copiedTags(context, found)
  const { encryption, key: sealing } = await newEncryption(context, bucket, key, input)
  const algorithm = readAlgorithm(input.ChecksumAlgorithm) ?? source.details.checksum?.algorithm ?? defaultChecksum
  const pieces = await readSource(context, found, { start: 0, end: source.bytes }, input)
  const received = await store(contents, pieces, { expected: { algorithm }, key: sealing })
  const checksum: ObjectChecksum = { algorithm, type: 'FULL_OBJECT', value: received.checksum }
  const { content } = received
  return contents.keepOrDiscard(content, () =>
    call.transaction(async (tx) => {
      const present = await presentBucket(tx, bucket)
      const versions = new BucketVersions(tx, present, contents)
      const latest = await versions.latest(key)
      checkWriteConditions(input, key, latest)
      await contents.keep(tx, content)
      const modifiedMs = call.clock.nowMs()
      const version = await versions.add<ObjectVersion>(
        {
          ...{ key, isMarker: false, modifiedMs, bytes: content.ref.bytes, storageClass },
          etag: etagOf(encryption, received.md5),
          details: {
            ...{ content: content.ref, metadata, checksum, encryption, tags },
            headers: redirect === undefined ? otherHeaders : { ...otherHeaders, WebsiteRedirectLocation: redirect },
            ...(expiresMs !== undefined && { expiresMs }),
            ...lockOf(present, input, modifiedMs),
          },
        },
        latest,
      )
      const { bytes, etag } = version
      await notifyOf(context, tx, present, { name: 'ObjectCreated:Copy', version, bytes, etag })
      const { versionId: sourceVersion } = source
      return {
        CopyObjectResult: {
          ETag: quoted(version.etag),
          LastModified: new Date(modifiedMs),
          ...checksumMembers(checksum),
        },
        ...(found.bucket.versioning && { CopySourceVersionId: sourceVersion }),
        ...versionMember(present, version.versionId),
        ...encryptionMembers(encryption),
      }
    }),
  )
}

/** Returns whether a request copies an object onto itself as it is. */
function changesNothing({ source }: FoundSource, input: Request): boolean {
  if (source.bucket !== input.Bucket || source.key !== input.Key || source.versionId !== undefined) return false
  const changes = [
    ...[input.StorageClass, input.WebsiteRedirectLocation, input.ServerSideEncryption, input.SSEKMSKeyId],
    ...[input.SSECustomerAlgorithm, input.BucketKeyEnabled, input.ObjectLockMode, input.ObjectLockLegalHoldStatus],
  ]
  return changes.every((change) => change === undefined)
}

/** Tags come with the copy, for callers who may read them. */
async function copiedTags(context: S3Context, { bucket, source, version }: FoundSource) {
  const { tags } = version.details
  if (tags.length === 0) return tags
  const { key, versionId } = source
  const actions = ['GetObjectTagging', 'GetObjectVersionTagging'] as const
  await context.call.authorize(
    await existingObjectPermission(context, bucket, { Key: key, VersionId: versionId }, actions),
  )
  return tags
}
