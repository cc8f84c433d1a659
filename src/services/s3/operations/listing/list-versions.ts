import type {
  DeleteMarkerEntry,
  ObjectVersion as ListedVersion,
  ListObjectVersionsOutput,
  ListObjectVersionsRequest,
} from '@aws-sdk/client-s3'
import type { Validated } from '../../../../core/operation.ts'
import { withElementOrder } from '../../../../core/services/element-order.ts'
import { type Bucket, canonicalId } from '../../domain/bucket.ts'
import { invalidArgument } from '../../domain/errors.ts'
import { readPage } from '../../domain/listing.ts'
import type { S3Context } from '../../s3-context.ts'
import { allVersions, beforeVersions, behindVersions, type VersionPlace } from '../../storage/listing.ts'
import { versionWithId } from '../../storage/versions.ts'
import { findBucket } from '../find-bucket.ts'
import { shownObject, shownPrefixes, shownRequest } from './list-objects.ts'
import { listRequest, startBehind } from './list-request.ts'

type Request = Validated<ListObjectVersionsRequest>

/**
 * Lists all versions and delete markers: keys in order, the newest of each first.
 * @throws ServiceError InvalidArgument.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectVersions.html
 */
export async function listObjectVersions(context: S3Context, input: Request): Promise<ListObjectVersionsOutput> {
  const bucket = await findBucket(context, input)
  const { KeyMarker = '', VersionIdMarker } = input
  const request = listRequest(input, input.MaxKeys, 'max-keys')
  const { encode } = request
  const rows = allVersions({ sql: context.store.sql('s3'), bucket: bucket.id, before: request.before })
  const page = await readPage(rows, request, await startOf(context, bucket, request, input))
  const Owner = { ID: canonicalId(bucket.accountId) }
  const Versions: ListedVersion[] = []
  const DeleteMarkers: DeleteMarkerEntry[] = []
  const order: ('Versions' | 'DeleteMarkers')[] = []
  // The newest version comes first; behind a marker within a key, its newest was on the page before.
  let before = VersionIdMarker === undefined ? undefined : KeyMarker
  for (const { row } of page.entries) {
    if (!row) continue
    const common = { Key: encode(row.key), VersionId: row.versionId, IsLatest: row.key !== before, Owner }
    before = row.key
    order.push(row.isMarker ? 'DeleteMarkers' : 'Versions')
    if (row.isMarker) DeleteMarkers.push({ ...common, LastModified: new Date(row.modifiedMs) })
    else Versions.push({ ...shownObject(row), ...common, StorageClass: row.storageClass as 'STANDARD' })
  }
  const { last } = page
  const listed: ListObjectVersionsOutput = {
    Name: bucket.name,
    ...shownRequest(input, encode),
    KeyMarker: encode(KeyMarker),
    VersionIdMarker: VersionIdMarker ?? '',
    MaxKeys: request.most,
    IsTruncated: last !== undefined,
    ...(Versions.length > 0 && { Versions }),
    ...(DeleteMarkers.length > 0 && { DeleteMarkers }),
    ...shownPrefixes(page.entries, encode),
    ...(last && {
      NextKeyMarker: encode(last.row?.key ?? last.prefix ?? ''),
      ...(last.row && { NextVersionIdMarker: last.row.versionId }),
    }),
  }
  // Versions and delete markers stand in one sequence.
  return withElementOrder(listed, order)
}

async function startOf(
  { store }: S3Context,
  bucket: Bucket,
  request: ReturnType<typeof listRequest>,
  { KeyMarker = '', VersionIdMarker }: Request,
): Promise<VersionPlace> {
  if (VersionIdMarker === undefined) return { key: startBehind(request, KeyMarker), place: beforeVersions }
  if (VersionIdMarker === '') {
    throw invalidArgument('A version-id marker cannot be empty.', 'version-id-marker', VersionIdMarker)
  }
  if (KeyMarker === '') {
    throw invalidArgument(
      'A version-id marker cannot be specified without a key marker.',
      'version-id-marker',
      VersionIdMarker,
    )
  }
  const marked = await versionWithId(store.sql('s3'), bucket.id, KeyMarker, VersionIdMarker)
  // Of a version that is gone, the place is not known: the list goes on with the next key.
  const place = { key: KeyMarker, place: marked?.place ?? behindVersions }
  const { from } = request
  return Buffer.compare(Buffer.from(from), Buffer.from(KeyMarker)) > 0 ? { key: from, place: beforeVersions } : place
}
