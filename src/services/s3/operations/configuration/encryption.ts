import type {
  DeleteBucketEncryptionRequest,
  GetBucketEncryptionOutput,
  GetBucketEncryptionRequest,
  PutBucketEncryptionRequest,
  ServerSideEncryptionRule,
} from '@aws-sdk/client-s3'
import type { Validated } from '../../../../core/operation.ts'
import { type DefaultEncryption, defaultEncryption } from '../../domain/bucket.ts'
import { invalidArgument, malformedXml } from '../../domain/errors.ts'
import type { S3Context } from '../../s3-context.ts'
import { findBucket } from '../find-bucket.ts'
import { changeBucket } from './change-bucket.ts'

const algorithms = ['AES256', 'aws:kms', 'aws:kms:dsse'] as const

/**
 * Sets how objects are encrypted whose requests do not say, and whether customers' keys are taken.
 * @throws ServiceError MalformedXML, InvalidArgument.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketEncryption.html
 */
export async function putBucketEncryption(
  context: S3Context,
  input: Validated<PutBucketEncryptionRequest>,
): Promise<undefined> {
  const [rule, ...more] = input.ServerSideEncryptionConfiguration?.Rules ?? []
  if (!rule || more.length > 0) throw malformedXml()
  readRule(rule, defaultEncryption)
  return changeBucket(context, input, (bucket) => ({ ...bucket, encryption: readRule(rule, bucket.encryption) }))
}

/** @param present - what stays where the rule does not say. */
function readRule(rule: ServerSideEncryptionRule, present: DefaultEncryption): DefaultEncryption {
  const { ApplyServerSideEncryptionByDefault: byDefault, BucketKeyEnabled, BlockedEncryptionTypes } = rule
  const algorithm = algorithms.find((one) => one === (byDefault?.SSEAlgorithm ?? 'AES256'))
  if (!algorithm) throw malformedXml()
  const keyId = byDefault?.KMSMasterKeyID
  if (keyId !== undefined && algorithm === 'AES256') {
    throw invalidArgument(
      'a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms or aws:kms:dsse',
      'KMSMasterKeyID',
      keyId,
    )
  }
  const blocked = BlockedEncryptionTypes?.EncryptionType
  if (blocked?.some((type) => type !== 'SSE-C' && type !== 'NONE')) throw malformedXml()
  return {
    ...{ algorithm, bucketKey: BucketKeyEnabled ?? false },
    ...(keyId !== undefined && { keyId }),
    blocksCustomerKeys: blocked ? blocked.includes('SSE-C') : present.blocksCustomerKeys,
  }
}

/** Every bucket has a default. @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketEncryption.html */
export async function getBucketEncryption(
  context: S3Context,
  input: Validated<GetBucketEncryptionRequest>,
): Promise<GetBucketEncryptionOutput> {
  const { algorithm, keyId, bucketKey, blocksCustomerKeys } = (await findBucket(context, input)).encryption
  const rule: ServerSideEncryptionRule = {
    ApplyServerSideEncryptionByDefault: {
      SSEAlgorithm: algorithm,
      ...(keyId !== undefined && { KMSMasterKeyID: keyId }),
    },
    BucketKeyEnabled: bucketKey,
    BlockedEncryptionTypes: { EncryptionType: [blocksCustomerKeys ? 'SSE-C' : 'NONE'] },
  }
  return { ServerSideEncryptionConfiguration: { Rules: [rule] } }
}

/** Goes back to encryption with keys of S3's. @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketEncryption.html */
export const deleteBucketEncryption = (
  context: S3Context,
  input: Validated<DeleteBucketEncryptionRequest>,
): Promise<undefined> =>
  changeBucket(context, input, (bucket) => ({
    ...bucket,
    encryption: { ...defaultEncryption, blocksCustomerKeys: bucket.encryption.blocksCustomerKeys },
  }))
