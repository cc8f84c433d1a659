import type {
  DeleteBucketTaggingRequest,
  DeleteObjectTaggingRequest,
  GetBucketTaggingOutput,
  GetBucketTaggingRequest,
  GetObjectTaggingOutput,
  GetObjectTaggingRequest,
  PutBucketTaggingRequest,
  PutObjectTaggingRequest,
} from '@aws-sdk/client-s3'
import type { Validated } from '../../../../core/operation.ts'
import type { Tag } from '../../../../kit/tags.ts'
import { noSuchTagSet } from '../../domain/configuration-errors.ts'
import { malformedXml } from '../../domain/errors.ts'
import { bucketTagging, objectTagging } from '../../domain/object-tags.ts'
import type { S3Context } from '../../s3-context.ts'
import { findBucket } from '../find-bucket.ts'
import { versionMember } from '../objects/answers.ts'
import { changeObject } from '../objects/change-object.ts'
import { findObject } from '../objects/find-object.ts'
import type { OnObject } from '../objects/object-permissions.ts'
import { changeBucket } from './change-bucket.ts'

/** @throws ServiceError NoSuchTagSet. @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketTagging.html */
export async function getBucketTagging(
  context: S3Context,
  input: Validated<GetBucketTaggingRequest>,
): Promise<GetBucketTaggingOutput> {
  const { name, tags } = await findBucket(context, input)
  if (tags.length === 0) throw noSuchTagSet(name)
  return { TagSet: [...tags] }
}

/** Replaces all tags. @throws ServiceError InvalidTag, MalformedXML. @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketTagging.html */
export async function putBucketTagging(
  context: S3Context,
  input: Validated<PutBucketTaggingRequest>,
): Promise<undefined> {
  const { TagSet } = input.Tagging ?? {}
  if (!TagSet) throw malformedXml()
  const tags = bucketTagging.merge([], TagSet)
  return changeBucket(context, input, (bucket) => ({ ...bucket, tags }))
}

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketTagging.html */
export const deleteBucketTagging = (
  context: S3Context,
  input: Validated<DeleteBucketTaggingRequest>,
): Promise<undefined> => changeBucket(context, input, (bucket) => ({ ...bucket, tags: [] }))

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectTagging.html */
export async function getObjectTagging(
  context: S3Context,
  input: Validated<GetObjectTaggingRequest>,
): Promise<GetObjectTaggingOutput> {
  const bucket = await findBucket(context, input)
  const { versionId, details } = await findObject(context, bucket, input)
  return { ...versionMember(bucket, versionId), TagSet: [...details.tags] }
}

const setTags = (context: S3Context, input: OnObject, tags: readonly Tag[], event: string) =>
  changeObject(
    context,
    input,
    (version) => ({ ...version, details: { ...version.details, tags } }),
    (bucket, { versionId }) => versionMember(bucket, versionId),
    event,
  )

/** Replaces all tags. @throws ServiceError InvalidTag, BadRequest. @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectTagging.html */
export async function putObjectTagging(
  context: S3Context,
  input: Validated<PutObjectTaggingRequest>,
): Promise<{ VersionId?: string }> {
  const { TagSet } = input.Tagging ?? {}
  if (!TagSet) throw malformedXml()
  return setTags(context, input, objectTagging.merge([], TagSet), 'ObjectTagging:Put')
}

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjectTagging.html */
export const deleteObjectTagging = (
  context: S3Context,
  input: Validated<DeleteObjectTaggingRequest>,
): Promise<{ VersionId?: string }> => setTags(context, input, [], 'ObjectTagging:Delete')
