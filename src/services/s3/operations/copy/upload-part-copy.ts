import type { UploadPartCopyOutput, UploadPartCopyRequest } from '@aws-sdk/client-s3'
import type { BlobRange } from '../../../../core/blobs.ts'
import type { Permission, Validated } from '../../../../core/operation.ts'
import { invalidArgument } from '../../domain/errors.ts'
import { defaultChecksum } from '../../domain/upload-checksums.ts'
import { copyTooLarge } from '../../domain/upload-errors.ts'
import type { S3Context } from '../../s3-context.ts'
import { findBucket } from '../find-bucket.ts'
import { activeUpload, uploadKey } from '../multipart/find-upload.ts'
import { checkPartNumber, keepPart } from '../multipart/upload-part.ts'
import { writePermissions } from '../objects/object-permissions.ts'
import { mostBytes, store } from '../objects/receive.ts'
import { findSource, readSource, sourceKeys, sourcePermission } from './find-source.ts'

type Request = Validated<UploadPartCopyRequest>

export async function onPartCopy(context: S3Context, input: Request): Promise<Permission[]> {
  const bucket = await findBucket(context, input)
  const { Bucket, Key } = input
  return [
    await sourcePermission(context, input),
    ...(await writePermissions(context, bucket, { Bucket, Key }, sourceKeys(input))),
  ]
}

/**
 * Makes a part of an upload of another object, or of a range of it.
 * @throws ServiceError NoSuchUpload, NoSuchKey, PreconditionFailed, InvalidArgument, InvalidRequest.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPartCopy.html
 */
export async function uploadPartCopy(context: S3Context, input: Request): Promise<UploadPartCopyOutput> {
  const bucket = await findBucket(context, input)
  const { PartNumber: number = 0 } = input
  checkPartNumber(number)
  const upload = await activeUpload(context.store.sql('s3'), bucket, input)
  const found = await findSource(context, input)
  const range = readSourceRange(input.CopySourceRange, found.version.bytes)
  if (range.end - range.start > mostBytes) throw copyTooLarge(mostBytes)
  const key = await uploadKey(context, bucket, upload, input)
  const algorithm = upload.details.checksum?.algorithm ?? defaultChecksum
  const pieces = await readSource(context, found, range, input)
  const received = await store(context.contents, pieces, { expected: { algorithm }, key })
  const at = new Date(context.call.clock.nowMs())
  return keepPart(context, { bucket, upload, number, received }, ({ ETag, sum, encryption }) => ({
    CopyPartResult: { ETag, LastModified: at, ...sum },
    ...(found.bucket.versioning && { CopySourceVersionId: found.version.versionId }),
    ...encryption,
  }))
}

/** Both ends must be within the source. @throws ServiceError InvalidArgument. */
function readSourceRange(header: string | undefined, size: number): BlobRange {
  if (header === undefined) return { start: 0, end: size }
  const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(header) ?? []
  const start = Number(first)
  const end = Number(last) + 1
  if (first === undefined || last === undefined || start >= end) {
    throw invalidArgument(
      'The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the zero-based offsets of the first and last bytes to copy',
      'x-amz-copy-source-range',
      header,
    )
  }
  if (end > size) {
    throw invalidArgument(
      `Range specified is not valid for source object of size: ${size}`,
      'x-amz-copy-source-range',
      header,
    )
  }
  return { start, end }
}
