import type {
  DeleteBucketPolicyRequest,
  GetBucketPolicyRequest,
  GetBucketPolicyStatusOutput,
  GetBucketPolicyStatusRequest,
  PutBucketPolicyRequest,
} from '@aws-sdk/client-s3'
import type { Validated } from '../../../../core/operation.ts'
import { printedArn } from '../../../../core/principal.ts'
import { bucketArn } from '../../domain/bucket-name.ts'
import { bucketPolicies, checkStatements } from '../../domain/bucket-policy.ts'
import { noSuchBucketPolicy, publicPolicyPrevented } from '../../domain/configuration-errors.ts'
import { isPublicPolicy } from '../../domain/public-policy.ts'
import type { S3Context } from '../../s3-context.ts'
import { accountAccessOf } from '../../storage/account-access.ts'
import { findBucket } from '../find-bucket.ts'
import { changeBucket } from './change-bucket.ts'

/**
 * Sets the policy of a bucket.
 * @throws ServiceError MalformedPolicy, AccessDenied for a public policy that the public access block prevents.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketPolicy.html
 */
export async function putBucketPolicy(
  context: S3Context,
  input: Validated<PutBucketPolicyRequest>,
): Promise<undefined> {
  const { name, accountId } = await findBucket(context, input)
  const document = input.Policy ?? ''
  const policy = await bucketPolicies.accept(context.identity, document)
  checkStatements(bucketPolicies.read(document), name)
  const isPublic = isPublicPolicy(document)
  const ofAccount = await accountAccessOf(context.store, accountId)
  return changeBucket(context, input, (bucket) => {
    if (isPublic && (bucket.publicAccess?.BlockPublicPolicy || ofAccount?.BlockPublicPolicy)) {
      throw publicPolicyPrevented(printedArn(context.call.caller.principal), bucketArn(name))
    }
    return { ...bucket, policy }
  })
}

/**
 * Returns the policy as JSON text: no document of XML is around it.
 * @throws ServiceError NoSuchBucketPolicy.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketPolicy.html
 */
export async function getBucketPolicy(
  context: S3Context,
  input: Validated<GetBucketPolicyRequest>,
): Promise<{ Policy: string; ContentType: string }> {
  const { name, policy } = await findBucket(context, input)
  if (!policy) throw noSuchBucketPolicy(name)
  return { Policy: await bucketPolicies.shown(context.identity, policy), ContentType: 'application/json' }
}

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketPolicy.html */
export const deleteBucketPolicy = (
  context: S3Context,
  input: Validated<DeleteBucketPolicyRequest>,
): Promise<undefined> => changeBucket(context, input, ({ policy: _, ...bucket }) => bucket)

/**
 * Returns whether the policy of a bucket is public.
 * @throws ServiceError NoSuchBucketPolicy.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketPolicyStatus.html
 */
export async function getBucketPolicyStatus(
  context: S3Context,
  input: Validated<GetBucketPolicyStatusRequest>,
): Promise<GetBucketPolicyStatusOutput> {
  const { name, policy } = await findBucket(context, input)
  if (!policy) throw noSuchBucketPolicy(name)
  return { PolicyStatus: { IsPublic: isPublicPolicy(policy.document) } }
}
