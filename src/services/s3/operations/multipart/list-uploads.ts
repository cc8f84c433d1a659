import type {
  ListMultipartUploadsOutput,
  ListMultipartUploadsRequest,
  ListPartsOutput,
  ListPartsRequest,
} from '@aws-sdk/client-s3'
import type { Validated } from '../../../../core/operation.ts'
import { canonicalId } from '../../domain/bucket.ts'
import { givesCustomerKey } from '../../domain/customer-keys.ts'
import { invalidArgument } from '../../domain/errors.ts'
import { readPage } from '../../domain/listing.ts'
import { quoted } from '../../domain/object.ts'
import type { Upload } from '../../domain/upload.ts'
import { checksumMember, defaultChecksum } from '../../domain/upload-checksums.ts'
import type { S3Context } from '../../s3-context.ts'
import { listedUploads } from '../../storage/listing.ts'
import { partsBehind } from '../../storage/uploads.ts'
import { findBucket } from '../find-bucket.ts'
import { shownPrefixes, shownRequest } from '../listing/list-objects.ts'
import { listRequest, startBehind } from '../listing/list-request.ts'
import { activeUpload, uploadKey } from './find-upload.ts'

const mostListed = 1000

/**
 * Lists uploads that are under way, in the order of their keys and then of their beginnings.
 * @throws ServiceError InvalidArgument.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListMultipartUploads.html
 */
export async function listMultipartUploads(
  context: S3Context,
  input: Validated<ListMultipartUploadsRequest>,
): Promise<ListMultipartUploadsOutput> {
  const bucket = await findBucket(context, input)
  const { KeyMarker = '', UploadIdMarker = '' } = input
  const request = listRequest(input, input.MaxUploads, 'max-uploads')
  const { encode, from } = request
  const rows = listedUploads({ sql: context.store.sql('s3'), bucket: bucket.id, before: request.before })
  // An id without its key is passed over, as in AWS.
  const isMarked =
    UploadIdMarker !== '' && KeyMarker !== '' && Buffer.compare(Buffer.from(KeyMarker), Buffer.from(from)) >= 0
  const start = isMarked
    ? { key: KeyMarker, uploadId: UploadIdMarker }
    : { key: startBehind(request, KeyMarker), uploadId: '' }
  const { entries, last } = await readPage(rows, request, start)
  const Owner = { ID: canonicalId(bucket.accountId) }
  const Uploads = entries.flatMap(({ row }) => (row ? [{ ...shownUpload(row), Key: encode(row.key), Owner }] : []))
  return {
    Bucket: bucket.name,
    ...shownRequest(input, encode),
    ...{ KeyMarker: encode(KeyMarker), UploadIdMarker, MaxUploads: request.most, IsTruncated: last !== undefined },
    ...(Uploads.length > 0 && { Uploads }),
    ...shownPrefixes(entries, encode),
    ...(last && {
      NextKeyMarker: encode(last.row?.key ?? last.prefix ?? ''),
      ...(last.row && { NextUploadIdMarker: last.row.uploadId }),
    }),
  }
}

const shownUpload = ({ uploadId, initiatedMs, details: { storageClass, initiator, checksum } }: Upload) => ({
  UploadId: uploadId,
  Initiated: new Date(initiatedMs),
  StorageClass: storageClass,
  Initiator: { ID: initiator.arn },
  ...(checksum && { ChecksumAlgorithm: checksum.algorithm, ChecksumType: checksum.type }),
})

/**
 * Lists the parts of an upload in the order of their numbers.
 * @throws ServiceError NoSuchUpload, InvalidArgument.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListParts.html
 */
export async function listParts(context: S3Context, input: Validated<ListPartsRequest>): Promise<ListPartsOutput> {
  const bucket = await findBucket(context, input)
  const { Key, UploadId, MaxParts = mostListed, PartNumberMarker = '0' } = input
  const marker = Number(PartNumberMarker)
  if (!Number.isInteger(marker) || marker < 0) {
    throw invalidArgument(
      'Argument part-number-marker must be an integer between 0 and 2147483647',
      'part-number-marker',
      PartNumberMarker,
    )
  }
  if (MaxParts < 0) {
    throw invalidArgument('Argument max-parts must be an integer between 0 and 2147483647', 'max-parts', MaxParts)
  }
  const upload = await activeUpload(context.store.sql('s3'), bucket, input)
  if (givesCustomerKey(input)) await uploadKey(context, bucket, upload, input)
  const most = Math.min(MaxParts, mostListed)
  const found = await partsBehind(context.store.sql('s3'), upload.uploadId, { after: marker, limit: most + 1 })
  const parts = found.slice(0, most)
  const { checksum } = upload.details
  const algorithm = checksum?.algorithm ?? defaultChecksum
  const { Initiated: _, UploadId: __, ...shown } = shownUpload(upload)
  return {
    ...{ Bucket: bucket.name, Key, UploadId },
    ...{ PartNumberMarker: String(marker), MaxParts: most, IsTruncated: found.length > most },
    ...(found.length > most && { NextPartNumberMarker: String(parts.at(-1)?.number ?? marker) }),
    ...(parts.length > 0 && {
      Parts: parts.map(({ number, modifiedMs, etag, bytes, checksum: sum }) => ({
        ...{ PartNumber: number, LastModified: new Date(modifiedMs), ETag: quoted(etag), Size: bytes },
        ...(sum !== undefined && { [checksumMember(algorithm)]: sum }),
      })),
    }),
    ...shown,
    Owner: { ID: canonicalId(bucket.accountId) },
  }
}
