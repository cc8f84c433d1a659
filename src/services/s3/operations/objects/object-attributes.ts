import type { GetObjectAttributesOutput, GetObjectAttributesRequest } from '@aws-sdk/client-s3'
import type { Permission, Validated } from '../../../../core/operation.ts'
import type { Bucket } from '../../domain/bucket.ts'
import { invalidArgument } from '../../domain/errors.ts'
import type { ObjectVersion } from '../../domain/object.ts'
import { checksumMember } from '../../domain/upload-checksums.ts'
import type { S3Context } from '../../s3-context.ts'
import { keyOf } from '../encryption/object-keys.ts'
import { findBucket } from '../find-bucket.ts'
import { checksumMembers, versionMember } from './answers.ts'
import { findObject } from './find-object.ts'
import { existingObjectPermission } from './object-permissions.ts'

type Request = Validated<GetObjectAttributesRequest>

/** Attributes need to read the object, and a permission of their own. */
export async function onAttributes(context: S3Context, input: Request): Promise<Permission[]> {
  const bucket = await findBucket(context, input)
  const actions = [
    ['GetObject', 'GetObjectVersion'],
    ['GetObjectAttributes', 'GetObjectVersionAttributes'],
  ] as const
  return Promise.all(actions.map((action) => existingObjectPermission(context, bucket, input, action)))
}

const known = new Set<string>(['ETag', 'Checksum', 'ObjectParts', 'StorageClass', 'ObjectSize'])
const mostParts = 1000

/**
 * Describes an object, as far as the request asks.
 * @throws ServiceError InvalidArgument, and as HeadObject.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectAttributes.html
 */
export async function getObjectAttributes(context: S3Context, input: Request): Promise<GetObjectAttributesOutput> {
  const asked = new Set<string>(input.ObjectAttributes ?? [])
  if (asked.size === 0 || [...asked].some((name) => !known.has(name))) {
    throw invalidArgument('Invalid attribute name specified.', 'x-amz-object-attributes', [...asked].join(','))
  }
  const bucket = await findBucket(context, input)
  const version = await findObject(context, bucket, input)
  const { encryption, checksum } = version.details
  if (encryption.algorithm === 'SSE-C' || input.SSECustomerAlgorithm !== undefined) {
    await keyOf(context, bucket, version.key, encryption, input)
  }
  return {
    LastModified: new Date(version.modifiedMs),
    ...versionMember(bucket, version.versionId),
    // Without quotes, unlike everywhere else.
    ...(asked.has('ETag') && { ETag: version.etag }),
    ...(asked.has('Checksum') && checksum && { Checksum: checksumMembers(checksum) }),
    ...(asked.has('ObjectParts') && (await partsOf(context, bucket, version, input))),
    ...(asked.has('StorageClass') && { StorageClass: version.storageClass }),
    ...(asked.has('ObjectSize') && { ObjectSize: version.bytes }),
  }
}

async function partsOf(
  { contents }: S3Context,
  _bucket: Bucket,
  { details: { content, checksum } }: ObjectVersion,
  { MaxParts = mostParts, PartNumberMarker = '0' }: Request,
): Promise<Pick<GetObjectAttributesOutput, 'ObjectParts'>> {
  if (content.kind !== 'parts') return {}
  const parts = (await contents.parts(content)) ?? []
  // AWS lists parts only where each has a checksum of its own that counts.
  if (checksum?.type !== 'COMPOSITE') return { ObjectParts: { TotalPartsCount: parts.length } }
  const most = Math.min(MaxParts, mostParts)
  const rest = parts.filter(({ number }) => number > Number(PartNumberMarker))
  const page = rest.slice(0, most)
  return {
    ObjectParts: {
      TotalPartsCount: parts.length,
      PartNumberMarker,
      NextPartNumberMarker: String(page.at(-1)?.number ?? 0),
      ...{ MaxParts: most, IsTruncated: rest.length > most },
      Parts: page.map((part) => ({
        ...{ PartNumber: part.number, Size: part.content.bytes },
        ...(part.checksum !== undefined && { [checksumMember(checksum.algorithm)]: part.checksum }),
      })),
    },
  }
}
