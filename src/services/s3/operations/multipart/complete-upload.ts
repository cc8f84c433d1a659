import { createHash } from 'node:crypto'
import type { CompletedPart, CompleteMultipartUploadOutput, CompleteMultipartUploadRequest } from '@aws-sdk/client-s3'
import { dayMs } from '../../../../core/durations.ts'
import type { Permission, Validated } from '../../../../core/operation.ts'
import type { WorkRunner } from '../../../../core/scheduler.ts'
import type { Transaction } from '../../../../core/store.ts'
import type { Bucket } from '../../domain/bucket.ts'
import { malformedXml } from '../../domain/errors.ts'
import { type ObjectVersion, quoted } from '../../domain/object.ts'
import { lockOf } from '../../domain/object-lock.ts'
import type { Part, Upload } from '../../domain/upload.ts'
import { noParts, noSuchUpload, otherObjectSize } from '../../domain/upload-errors.ts'
import { checkWriteConditions, refuseOtherConditions } from '../../domain/write-conditions.ts'
import type { S3Context } from '../../s3-context.ts'
import { completeUpload, deleteParts, deleteUpload, findUpload, partsBehind } from '../../storage/uploads.ts'
import { BucketVersions } from '../../storage/versions.ts'
import { encryptionMembers } from '../encryption/object-keys.ts'
import { findBucket, presentBucket } from '../find-bucket.ts'
import { notifyOf } from '../notifications/notify.ts'
import { checksumMembers, versionMember } from '../objects/answers.ts'
import { writePermissions } from '../objects/object-permissions.ts'
import { chosenParts, wholeChecksum } from './completed-parts.ts'
import { uploadKey } from './find-upload.ts'
import { mostParts } from './upload-part.ts'

type Request = Validated<CompleteMultipartUploadRequest>

export const onCompletion = async (context: S3Context, input: Request): Promise<Permission[]> => {
  const { IfMatch, IfNoneMatch, Key, Bucket, ExpectedBucketOwner } = input
  const written = { Bucket, Key, ExpectedBucketOwner, IfMatch, IfNoneMatch }
  return writePermissions(context, await findBucket(context, input), written)
}

/** The kind of due work that forgets a completed upload; its key is the upload's id. */
export const forgetUploadWork = 's3.forget-upload'
/** For so long, completing an upload again answers the same. */
const rememberedMs = dayMs

/**
 * Makes an object of the parts of an upload. No byte is copied: the object lists where they are.
 * @throws ServiceError NoSuchUpload, InvalidPart, InvalidPartOrder, EntityTooSmall, BadDigest, PreconditionFailed …
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html
 */
export async function completeMultipartUpload(
  context: S3Context,
  input: Request,
): Promise<CompleteMultipartUploadOutput> {
  const { call, store } = context
  const bucket = await findBucket(context, input)
  const { Key = '', UploadId = '', MultipartUpload } = input
  refuseOtherConditions(input)
  const given = MultipartUpload?.Parts
  if (!MultipartUpload) throw noParts()
  if (!given || given.length === 0) throw malformedXml()
  const found = await findUpload(store.sql('s3'), bucket.id, Key, UploadId)
  if (!found) throw noSuchUpload(UploadId)
  // KMS decides about this too; the key of a customer need not come again.
  if (found.isActive && found.details.encryption.algorithm !== 'SSE-C') await uploadKey(context, bucket, found, {})
  const location = `${context.endpoint()}/${bucket.name}/${encodeURIComponent(Key)}`
  return call.transaction(async (tx) => {
    const present = await presentBucket(tx, bucket)
    const upload = await findUpload(tx.sql('s3'), bucket.id, Key, UploadId)
    if (!upload) throw noSuchUpload(UploadId)
    const { completed, encryption } = upload.isActive
      ? await complete(context, tx, present, upload, input, given)
      : upload.details
    if (!completed) throw noSuchUpload(UploadId)
    return {
      ...{ Location: location, Bucket: bucket.name, Key, ETag: quoted(completed.etag) },
      ...checksumMembers(completed.checksum),
      ...versionMember(present, completed.versionId),
      ...encryptionMembers(encryption),
    }
  })
}

async function complete(
  context: S3Context,
  tx: Transaction,
  bucket: Bucket,
  upload: Upload,
  input: Request,
  given: readonly CompletedPart[],
): Promise<Upload['details']> {
  const { call, contents } = context
  const sql = tx.sql('s3')
  const { key, uploadId, details } = upload
  const versions = new BucketVersions(tx, bucket, contents)
  const latest = await versions.latest(key)
  checkWriteConditions(input, key, latest)
  const uploaded = await partsBehind(sql, uploadId, { after: 0, limit: mostParts })
  const parts = chosenParts(upload, uploaded, given)
  const checksum = await wholeChecksum(upload, parts, input)
  const bytes = parts.reduce((sum, part) => sum + part.bytes, 0)
  if (input.MpuObjectSize !== undefined && input.MpuObjectSize !== bytes) {
    throw otherObjectSize(input.MpuObjectSize, bytes)
  }
  const content = await contents.join(
    tx,
    parts.map(({ number, content, checksum }) => ({ number, content, checksum })),
  )
  const chosen = new Set(parts)
  for (const part of uploaded) if (!chosen.has(part)) await contents.remove(tx, part.content)
  const nowMs = call.clock.nowMs()
  const { storageClass, initiator: _, checksum: __, completed: ___, ...described } = details
  const version = await versions.add<ObjectVersion>(
    {
      ...{ key, isMarker: false, modifiedMs: upload.initiatedMs, bytes, etag: joinedEtag(parts), storageClass },
      details: {
        ...(details.retention ? {} : lockOf(bucket, {}, nowMs)),
        ...described,
        ...{ content, checksum, partsCount: parts.length },
      },
    },
    latest,
  )
  const { etag } = version
  await notifyOf(context, tx, bucket, { name: 'ObjectCreated:CompleteMultipartUpload', version, bytes, etag })
  await deleteParts(sql, uploadId)
  const completed = { versionId: version.versionId, etag: version.etag, checksum }
  await completeUpload(sql, bucket.id, { ...upload, details: { ...details, completed } })
  await tx.schedule({
    ...{ kind: forgetUploadWork, key: uploadId, dueAtMs: nowMs + rememberedMs },
    ...{ scope: { accountId: bucket.accountId, region: bucket.region }, payload: { bucketId: bucket.id, key } },
  })
  return { ...details, completed }
}

/** The MD5 of the MD5s of the parts, with their number. */
function joinedEtag(parts: readonly Part[]): string {
  const md5 = createHash('md5')
  for (const { etag } of parts) md5.update(Buffer.from(etag, 'hex'))
  return `${md5.digest('hex')}-${parts.length}`
}

/** Forgets completed uploads. */
export const forgetUploadRunner: WorkRunner = async ({ key: uploadId, payload }) => {
  const { bucketId, key } = payload as { bucketId: string; key: string }
  return (tx) => deleteUpload(tx.sql('s3'), bucketId, key, uploadId)
}
