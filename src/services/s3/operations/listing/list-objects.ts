import type {
  _Object as ListedObject,
  ListObjectsOutput,
  ListObjectsRequest,
  ListObjectsV2Output,
  ListObjectsV2Request,
} from '@aws-sdk/client-s3'
import type { RequestContext, Validated } from '../../../../core/operation.ts'
import { openPageToken, sealPageToken } from '../../../../kit/page-token.ts'
import { type Bucket, canonicalId } from '../../domain/bucket.ts'
import { invalidArgument } from '../../domain/errors.ts'
import { type ListEntry, type ListPage, readPage } from '../../domain/listing.ts'
import { type ObjectVersion, quoted } from '../../domain/object.ts'
import type { S3Context } from '../../s3-context.ts'
import { currentObjects } from '../../storage/listing.ts'
import { findBucket, type OnBucket } from '../find-bucket.ts'
import { type GivenList, listRequest, startBehind } from './list-request.ts'

/** Condition keys of lists. */
export const listKeys = ({
  Prefix,
  Delimiter,
  MaxKeys,
}: OnBucket & GivenList & { MaxKeys?: number | undefined }): RequestContext => ({
  ...(Prefix !== undefined && { 's3:prefix': Prefix }),
  ...(Delimiter !== undefined && { 's3:delimiter': Delimiter }),
  ...(MaxKeys !== undefined && { 's3:max-keys': String(MaxKeys) }),
})

/**
 * Lists objects in the order of their keys' bytes. A page costs the same, whatever the bucket holds.
 * @throws ServiceError InvalidArgument.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html
 */
export async function listObjectsV2(
  context: S3Context,
  input: Validated<ListObjectsV2Request>,
): Promise<ListObjectsV2Output> {
  const bucket = await findBucket(context, input)
  const { ContinuationToken, StartAfter = '', FetchOwner } = input
  const request = listRequest(input, input.MaxKeys, 'maxKeys')
  const list = [bucket.id, request.prefix, request.delimiter]
  let after: unknown = StartAfter
  if (ContinuationToken !== undefined) {
    after = openPageToken(context, list, ContinuationToken)
    if (typeof after !== 'string') {
      throw invalidArgument('The continuation token provided is incorrect', 'continuation-token', ContinuationToken)
    }
  }
  const page = await pageBehind(context, bucket, request, String(after))
  const { encode } = request
  return {
    Name: bucket.name,
    ...shownRequest(input, encode),
    MaxKeys: request.most,
    KeyCount: page.entries.length,
    IsTruncated: page.last !== undefined,
    ...shownEntries(page, encode, FetchOwner ? bucket : undefined),
    ...(ContinuationToken !== undefined && { ContinuationToken }),
    ...(page.last && { NextContinuationToken: sealPageToken(context, list, nameOf(page.last)) }),
    ...(StartAfter !== '' && { StartAfter: encode(StartAfter) }),
  }
}

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjects.html */
export async function listObjects(
  context: S3Context,
  input: Validated<ListObjectsRequest>,
): Promise<ListObjectsOutput> {
  const bucket = await findBucket(context, input)
  const { Marker = '' } = input
  const request = listRequest(input, input.MaxKeys, 'maxKeys')
  const page = await pageBehind(context, bucket, request, Marker)
  const { encode } = request
  return {
    Name: bucket.name,
    ...shownRequest(input, encode),
    Marker: encode(Marker),
    MaxKeys: request.most,
    IsTruncated: page.last !== undefined,
    ...shownEntries(page, encode, bucket),
    // Without a delimiter, clients take the last key.
    ...(page.last && request.delimiter !== '' && { NextMarker: encode(nameOf(page.last)) }),
  }
}

const pageBehind = (
  { store }: S3Context,
  bucket: Bucket,
  request: ReturnType<typeof listRequest>,
  key: string,
): Promise<ListPage<ObjectVersion>> => {
  const rows = currentObjects({ sql: store.sql('s3'), bucket: bucket.id, before: request.before })
  return readPage(rows, request, startBehind(request, key))
}

const nameOf = ({ row, prefix }: ListEntry<ObjectVersion>): string => row?.key ?? prefix ?? ''

/** The members of an answer that repeat the request. */
export const shownRequest = (
  { Prefix = '', Delimiter, EncodingType }: GivenList,
  encode: (text: string) => string,
) => ({
  Prefix: encode(Prefix),
  ...(Delimiter !== undefined && Delimiter !== '' && { Delimiter: encode(Delimiter) }),
  ...(EncodingType !== undefined && { EncodingType: 'url' as const }),
})

export const shownPrefixes = (entries: readonly ListEntry<unknown>[], encode: (text: string) => string) => {
  const prefixes = entries.flatMap(({ prefix }) => (prefix === undefined ? [] : [{ Prefix: encode(prefix) }]))
  return prefixes.length > 0 ? { CommonPrefixes: prefixes } : {}
}

function shownEntries(
  { entries }: ListPage<ObjectVersion>,
  encode: (text: string) => string,
  owned: Bucket | undefined,
): Pick<ListObjectsV2Output, 'Contents' | 'CommonPrefixes'> {
  const Owner = owned && { ID: canonicalId(owned.accountId) }
  const Contents = entries.flatMap(({ row }): ListedObject[] =>
    row ? [{ ...shownObject(row), Key: encode(row.key), ...(Owner && { Owner }) }] : [],
  )
  return { ...(Contents.length > 0 && { Contents }), ...shownPrefixes(entries, encode) }
}

/** The members of an object in lists. */
export const shownObject = ({ modifiedMs, etag, bytes, storageClass, details: { checksum } }: ObjectVersion) => ({
  LastModified: new Date(modifiedMs),
  ETag: quoted(etag),
  ...(checksum && { ChecksumAlgorithm: [checksum.algorithm], ChecksumType: checksum.type }),
  Size: bytes,
  StorageClass: storageClass as ListedObject['StorageClass'] & ObjectVersion['storageClass'],
})
