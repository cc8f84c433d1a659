import type {
  AccessControlPolicy,
  DeleteBucketOwnershipControlsRequest,
  DeletePublicAccessBlockRequest,
  GetBucketAclOutput,
  GetBucketAclRequest,
  GetBucketOwnershipControlsOutput,
  GetBucketOwnershipControlsRequest,
  GetObjectAclOutput,
  GetObjectAclRequest,
  GetPublicAccessBlockOutput,
  GetPublicAccessBlockRequest,
  PutBucketAclRequest,
  PutBucketOwnershipControlsRequest,
  PutObjectAclRequest,
  PutPublicAccessBlockRequest,
} from '@aws-sdk/client-s3'
import type { Validated } from '../../../../core/operation.ts'
import { type Bucket, canonicalId } from '../../domain/bucket.ts'
import { noOwnershipControls, noPublicAccessBlock } from '../../domain/configuration-errors.ts'
import { aclNotSupported, malformedXml, notSupported } from '../../domain/errors.ts'
import { readOwnership } from '../../domain/ownership.ts'
import type { S3Context } from '../../s3-context.ts'
import { findBucket } from '../find-bucket.ts'
import { versionMember } from '../objects/answers.ts'
import { findObject } from '../objects/find-object.ts'
import { changeBucket } from './change-bucket.ts'

/** @throws ServiceError MalformedXML. @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutPublicAccessBlock.html */
export async function putPublicAccessBlock(
  context: S3Context,
  input: Validated<PutPublicAccessBlockRequest>,
): Promise<undefined> {
  const given = input.PublicAccessBlockConfiguration
  if (!given) throw malformedXml()
  const {
    BlockPublicAcls = false,
    IgnorePublicAcls = false,
    BlockPublicPolicy = false,
    RestrictPublicBuckets = false,
  } = given
  const publicAccess = { BlockPublicAcls, IgnorePublicAcls, BlockPublicPolicy, RestrictPublicBuckets }
  return changeBucket(context, input, (bucket) => ({ ...bucket, publicAccess }))
}

/**
 * @throws ServiceError NoSuchPublicAccessBlockConfiguration.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetPublicAccessBlock.html
 */
export async function getPublicAccessBlock(
  context: S3Context,
  input: Validated<GetPublicAccessBlockRequest>,
): Promise<GetPublicAccessBlockOutput> {
  const { name, publicAccess } = await findBucket(context, input)
  if (!publicAccess) throw noPublicAccessBlock(name)
  return { PublicAccessBlockConfiguration: publicAccess }
}

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeletePublicAccessBlock.html */
export const deletePublicAccessBlock = (
  context: S3Context,
  input: Validated<DeletePublicAccessBlockRequest>,
): Promise<undefined> => changeBucket(context, input, ({ publicAccess: _, ...bucket }) => bucket)

/**
 * @throws ServiceError MalformedXML, NotImplemented for objects that belong to their writers.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketOwnershipControls.html
 */
export async function putBucketOwnershipControls(
  context: S3Context,
  input: Validated<PutBucketOwnershipControlsRequest>,
): Promise<undefined> {
  const rules = input.OwnershipControls?.Rules ?? []
  if (rules.length !== 1) throw malformedXml()
  const ownership = readOwnership(rules[0]?.ObjectOwnership)
  return changeBucket(context, input, (bucket) => ({ ...bucket, ownership }))
}

/**
 * @throws ServiceError OwnershipControlsNotFoundError.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketOwnershipControls.html
 */
export async function getBucketOwnershipControls(
  context: S3Context,
  input: Validated<GetBucketOwnershipControlsRequest>,
): Promise<GetBucketOwnershipControlsOutput> {
  const { name, ownership } = await findBucket(context, input)
  if (!ownership) throw noOwnershipControls(name)
  return { OwnershipControls: { Rules: [{ ObjectOwnership: ownership }] } }
}

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketOwnershipControls.html */
export const deleteBucketOwnershipControls = (
  context: S3Context,
  input: Validated<DeleteBucketOwnershipControlsRequest>,
): Promise<undefined> => changeBucket(context, input, ({ ownership: _, ...bucket }) => bucket)

/** The one access control list that there is: the owner of the bucket has everything. */
const privateAcl = ({ accountId }: Bucket) => ({
  Owner: { ID: canonicalId(accountId) },
  Grants: [
    { Grantee: { ID: canonicalId(accountId), Type: 'CanonicalUser' as const }, Permission: 'FULL_CONTROL' as const },
  ],
})

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketAcl.html */
export const getBucketAcl = async (
  context: S3Context,
  input: Validated<GetBucketAclRequest>,
): Promise<GetBucketAclOutput> => privateAcl(await findBucket(context, input))

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectAcl.html */
export async function getObjectAcl(
  context: S3Context,
  input: Validated<GetObjectAclRequest>,
): Promise<GetObjectAclOutput> {
  const bucket = await findBucket(context, input)
  await findObject(context, bucket, input)
  return privateAcl(bucket)
}

interface GivenAcl {
  ACL?: string | undefined
  AccessControlPolicy?: AccessControlPolicy | undefined
  [grant: `Grant${string}`]: string | undefined
}

/** Accepts lists that say what is already so. @throws ServiceError AccessControlListNotSupported, NotImplemented. */
function checkAcl(bucket: Bucket, input: GivenAcl): void {
  const { ACL, AccessControlPolicy } = input
  const grants = Object.entries(input).some(([name, value]) => name.startsWith('Grant') && value !== undefined)
  const isOwn =
    AccessControlPolicy === undefined
      ? ACL === 'private' || ACL === 'bucket-owner-full-control'
      : ACL === undefined && isPrivateAcl(bucket, AccessControlPolicy)
  if (isOwn && !grants) return
  throw bucket.ownership === 'BucketOwnerEnforced'
    ? aclNotSupported()
    : notSupported('An access control list beside the private one')
}

function isPrivateAcl({ accountId }: Bucket, { Owner, Grants = [] }: AccessControlPolicy): boolean {
  const owner = canonicalId(accountId)
  const [grant] = Grants
  const isOwners = grant?.Grantee?.Type === 'CanonicalUser' && grant.Grantee.ID === owner
  return Grants.length === 1 && isOwners && grant?.Permission === 'FULL_CONTROL' && (Owner?.ID ?? owner) === owner
}

/**
 * @throws ServiceError AccessControlListNotSupported, NotImplemented.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketAcl.html
 */
export async function putBucketAcl(context: S3Context, input: Validated<PutBucketAclRequest>): Promise<undefined> {
  checkAcl(await findBucket(context, input), input)
  return undefined
}

/**
 * @throws ServiceError AccessControlListNotSupported, NotImplemented.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectAcl.html
 */
export async function putObjectAcl(
  context: S3Context,
  input: Validated<PutObjectAclRequest>,
): Promise<{ VersionId?: string }> {
  const bucket = await findBucket(context, input)
  const { versionId } = await findObject(context, bucket, input)
  checkAcl(bucket, input)
  return versionMember(bucket, versionId)
}
