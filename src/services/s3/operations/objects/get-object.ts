import type { Readable } from 'node:stream'
import type { GetObjectOutput, GetObjectRequest, HeadObjectOutput, HeadObjectRequest } from '@aws-sdk/client-s3'
import type { BlobRange } from '../../../../core/blobs.ts'
import type { Validated } from '../../../../core/operation.ts'
import { FoundOnce } from '../../../../kit/found-once.ts'
import type { Bucket } from '../../domain/bucket.ts'
import { invalidObjectState } from '../../domain/configuration-errors.ts'
import { anonymousResponseHeaders, invalidPartNumber, invalidRequest } from '../../domain/errors.ts'
import { isArchived } from '../../domain/new-object.ts'
import type { ObjectChecksum, ObjectVersion } from '../../domain/object.ts'
import { contentRange, readRange } from '../../domain/ranges.ts'
import { checkReadConditions } from '../../domain/read-conditions.ts'
import type { S3Context } from '../../s3-context.ts'
import { keyOf } from '../encryption/object-keys.ts'
import { findBucket } from '../find-bucket.ts'
import { checksumMembers, descriptionOf } from './answers.ts'
import { findObject } from './find-object.ts'
import { existingObjectPermission } from './object-permissions.ts'

type GetRequest = Validated<GetObjectRequest>
type ReadRequest = GetRequest | Validated<HeadObjectRequest>

/** What of an object is read. */
interface Selection {
  range: BlobRange
  isPartial: boolean
  checksum: ObjectChecksum | undefined
  partsCount?: number
}

/**
 * Reads an object, or a range or part of it.
 * @throws ServiceError NoSuchKey, NoSuchVersion, MethodNotAllowed, PreconditionFailed, NotModified, InvalidRange, InvalidPartNumber,
 *   InvalidObjectState, KMS.…
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
 */
export async function getObject(
  context: S3Context,
  input: GetRequest,
): Promise<Omit<GetObjectOutput, 'Body'> & { Body: Buffer | Readable; StatusCode: number }> {
  const overrides = responseOverrides(context, input)
  const bucket = await findBucket(context, input)
  for (let tries = 0; ; tries++) {
    const version = await findObject(context, bucket, input)
    if (isArchived(version.storageClass)) throw invalidObjectState(version.storageClass)
    checkReadConditions(input, version)
    const { content, encryption } = version.details
    const key = await keyOf(context, bucket, version.key, encryption, input)
    const selection = await select(context, version, input)
    const Body = await context.contents.open(content, selection.range, key)
    if (Body) return { ...(await answer(context, bucket, version, input, selection)), ...overrides, Body }
    // It was replaced since its row was read.
    if (tries === mostTries) throw new Error(`the content of a version of ${bucket.name} is missing`)
    context.versions = new FoundOnce()
  }
}

const mostTries = 3

/**
 * Describes an object as GetObject does, without its bytes.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html
 */
export async function headObject(
  context: S3Context,
  input: Validated<HeadObjectRequest>,
): Promise<HeadObjectOutput & { StatusCode: number }> {
  const overrides = responseOverrides(context, input)
  const bucket = await findBucket(context, input)
  const version = await findObject(context, bucket, input)
  checkReadConditions(input, version)
  const { encryption } = version.details
  // With the key of a customer, it must be shown; KMS is asked only for what depends on the content.
  const needsKey = encryption.algorithm === 'SSE-C' || input.ChecksumMode === 'ENABLED'
  if (needsKey || input.SSECustomerAlgorithm !== undefined) {
    await keyOf(context, bucket, version.key, encryption, input)
  }
  return { ...(await answer(context, bucket, version, input, await select(context, version, input))), ...overrides }
}

async function answer(
  context: S3Context,
  bucket: Bucket,
  version: ObjectVersion,
  input: ReadRequest,
  { range, isPartial, checksum, partsCount }: Selection,
) {
  return {
    StatusCode: isPartial ? 206 : 200,
    ...descriptionOf(bucket, version),
    ContentLength: range.end - range.start,
    ...(isPartial && { ContentRange: contentRange(range, version.bytes) }),
    ...(partsCount !== undefined && { PartsCount: partsCount }),
    ...(input.ChecksumMode === 'ENABLED' && checksumMembers(checksum)),
    ...(await tagCount(context, bucket, version, input)),
  }
}

/** The number of tags, for callers who may read them. */
async function tagCount(context: S3Context, bucket: Bucket, { details: { tags } }: ObjectVersion, input: ReadRequest) {
  if (tags.length === 0) return {}
  const actions = ['GetObjectTagging', 'GetObjectVersionTagging'] as const
  const permission = await existingObjectPermission(context, bucket, input, actions)
  return (await context.call.allows(permission)) ? { TagCount: tags.length } : {}
}

async function select({ contents }: S3Context, version: ObjectVersion, input: ReadRequest): Promise<Selection> {
  const { bytes, details } = version
  const { checksum, content } = details
  const { PartNumber, Range } = input
  const whole = { start: 0, end: bytes }
  if (PartNumber === undefined) {
    const range = readRange(Range, bytes)
    // The checksum of the whole is not that of a part: clients compare it with what they get.
    return range ? { range, isPartial: true, checksum: undefined } : { range: whole, isPartial: false, checksum }
  }
  if (Range !== undefined) throw invalidRequest('Cannot specify both Range header and partNumber query parameter')
  if (PartNumber < 1 || PartNumber > 10_000) throw invalidPartNumber(PartNumber, details.partsCount ?? 1)
  if (content.kind !== 'parts') {
    if (PartNumber !== 1) throw invalidPartNumber(PartNumber, 1)
    // Of an object that was not uploaded in parts, the first part is the whole.
    return { range: whole, isPartial: bytes > 0, checksum }
  }
  const parts = (await contents.parts(content)) ?? []
  let start = 0
  for (const part of parts) {
    const end = start + part.content.bytes
    if (part.number === PartNumber) {
      const ofPart: ObjectChecksum | undefined =
        checksum && part.checksum !== undefined
          ? { algorithm: checksum.algorithm, type: checksum.type, value: part.checksum }
          : undefined
      return { range: { start, end }, isPartial: true, checksum: ofPart, partsCount: parts.length }
    }
    start = end
  }
  throw invalidPartNumber(PartNumber, parts.length)
}

/** Headers of the answer that the request asks for in place of the object's. @throws ServiceError InvalidRequest. */
function responseOverrides({ call }: S3Context, input: ReadRequest) {
  const overrides = {
    ...(input.ResponseCacheControl !== undefined && { CacheControl: input.ResponseCacheControl }),
    ...(input.ResponseContentDisposition !== undefined && { ContentDisposition: input.ResponseContentDisposition }),
    ...(input.ResponseContentEncoding !== undefined && { ContentEncoding: input.ResponseContentEncoding }),
    ...(input.ResponseContentLanguage !== undefined && { ContentLanguage: input.ResponseContentLanguage }),
    ...(input.ResponseContentType !== undefined && { ContentType: input.ResponseContentType }),
    ...(input.ResponseExpires !== undefined && { Expires: input.ResponseExpires }),
  }
  if (Object.keys(overrides).length > 0 && call.caller.principal.kind === 'anonymous') throw anonymousResponseHeaders()
  return overrides
}
