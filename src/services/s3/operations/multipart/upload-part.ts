import type { UploadPartOutput, UploadPartRequest } from '@aws-sdk/client-s3'
import type { Validated } from '../../../../core/operation.ts'
import type { Bucket } from '../../domain/bucket.ts'
import { quoted } from '../../domain/object.ts'
import type { Part, Upload } from '../../domain/upload.ts'
import { type ChecksumMember, checksumMember, defaultChecksum } from '../../domain/upload-checksums.ts'
import { otherChecksumType, wrongPartNumber } from '../../domain/upload-errors.ts'
import type { S3Context } from '../../s3-context.ts'
import { addPart, deletePart, findPart } from '../../storage/uploads.ts'
import { encryptionMembers } from '../encryption/object-keys.ts'
import { findBucket, presentBucket } from '../find-bucket.ts'
import { etagOf } from '../objects/put-object.ts'
import { type Received, receive } from '../objects/receive.ts'
import { activeUpload, uploadKey } from './find-upload.ts'

export const mostParts = 10_000

/** @throws ServiceError InvalidArgument. */
export function checkPartNumber(number: number): void {
  if (number < 1 || number > mostParts) throw wrongPartNumber(number)
}

/**
 * Stores a part of an upload; a number that comes again replaces the part before.
 * @throws ServiceError NoSuchUpload, InvalidArgument, BadDigest, EntityTooLarge …
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPart.html
 */
export async function uploadPart(context: S3Context, input: Validated<UploadPartRequest>): Promise<UploadPartOutput> {
  const bucket = await findBucket(context, input)
  const { PartNumber: number = 0, Body } = input
  checkPartNumber(number)
  const upload = await activeUpload(context.store.sql('s3'), bucket, input)
  const key = await uploadKey(context, bucket, upload, input)
  const { checksum } = upload.details
  const algorithm = checksum?.algorithm ?? defaultChecksum
  const received = await receive(context.contents, Body, input, { key, algorithm })
  return keepPart(context, { bucket, upload, number, received }, ({ ETag, sum, encryption }) => ({
    ETag,
    ...sum,
    ...encryption,
  }))
}

interface NewPart {
  bucket: Bucket
  upload: Upload
  number: number
  received: Received
}

/** What a part that was kept is answered with. */
interface KeptPart {
  ETag: string
  sum: Partial<Record<ChecksumMember, string>>
  encryption: ReturnType<typeof encryptionMembers>
}

/** Keeps a part that was stored. @param answer - makes the answer. @throws ServiceError NoSuchUpload, InvalidRequest … */
export async function keepPart<Answer>(
  { call, contents }: S3Context,
  { bucket, upload, number, received }: NewPart,
  answer: (kept: KeptPart) => Answer,
): Promise<Answer> {
  const { content, md5, checksum, algorithm, expected } = received
  const isGiven = expected.value !== undefined || expected.trailer !== undefined
  const { encryption } = upload.details
  const part: Part = {
    ...{ number, modifiedMs: call.clock.nowMs(), bytes: content.ref.bytes, etag: etagOf(encryption, md5) },
    ...{ content: content.ref, checksum },
  }
  return contents.keepOrDiscard(content, async () => {
    if (upload.details.checksum && isGiven && expected.algorithm !== algorithm) {
      throw otherChecksumType(algorithm, expected.algorithm)
    }
    return call.transaction(async (tx) => {
      const sql = tx.sql('s3')
      await presentBucket(tx, bucket)
      await activeUpload(sql, bucket, { Key: upload.key, UploadId: upload.uploadId })
      const replaced = await findPart(sql, upload.uploadId, number)
      if (replaced) {
        await contents.remove(tx, replaced.content)
        await deletePart(sql, upload.uploadId, number)
      }
      await contents.keep(tx, content)
      await addPart(sql, upload.uploadId, part)
      const sum = { [checksumMember(algorithm)]: checksum }
      return answer({ ETag: quoted(part.etag), sum, encryption: encryptionMembers(encryption) })
    })
  })
}
