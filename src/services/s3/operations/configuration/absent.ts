import type {
  DeleteBucketReplicationRequest,
  DeleteBucketWebsiteRequest,
  GetBucketAccelerateConfigurationOutput,
  GetBucketLoggingOutput,
  GetBucketRequestPaymentOutput,
  PutBucketAccelerateConfigurationRequest,
  PutBucketLoggingRequest,
  PutBucketReplicationRequest,
  PutBucketRequestPaymentRequest,
  PutBucketWebsiteRequest,
} from '@aws-sdk/client-s3'
import type { Validated } from '../../../../core/operation.ts'
import { noReplication, noSuchWebsite } from '../../domain/configuration-errors.ts'
import { malformedXml, notSupported } from '../../domain/errors.ts'
import type { S3Context } from '../../s3-context.ts'
import { findBucket, type OnBucket } from '../find-bucket.ts'

// Configurations of what is not here. What they are without one is answered and may be set; everything else would have no effect, and
// is refused.

const nothing = async (context: S3Context, input: OnBucket): Promise<undefined> => {
  await findBucket(context, input)
  return undefined
}

/** @throws ServiceError NotImplemented. @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketWebsite.html */
export async function putBucketWebsite(
  context: S3Context,
  input: Validated<PutBucketWebsiteRequest>,
): Promise<undefined> {
  await findBucket(context, input)
  throw notSupported('A website')
}

/** @throws ServiceError NoSuchWebsiteConfiguration. @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketWebsite.html */
export async function getBucketWebsite(context: S3Context, input: OnBucket): Promise<undefined> {
  throw noSuchWebsite((await findBucket(context, input)).name)
}

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketWebsite.html */
export const deleteBucketWebsite: (
  context: S3Context,
  input: Validated<DeleteBucketWebsiteRequest>,
) => Promise<undefined> = nothing

/** @throws ServiceError NotImplemented. @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketReplication.html */
export async function putBucketReplication(
  context: S3Context,
  input: Validated<PutBucketReplicationRequest>,
): Promise<undefined> {
  await findBucket(context, input)
  throw notSupported('Replication')
}

/** @throws ServiceError ReplicationConfigurationNotFoundError. @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketReplication.html */
export async function getBucketReplication(context: S3Context, input: OnBucket): Promise<undefined> {
  throw noReplication((await findBucket(context, input)).name)
}

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketReplication.html */
export const deleteBucketReplication: (
  context: S3Context,
  input: Validated<DeleteBucketReplicationRequest>,
) => Promise<undefined> = nothing

/** @throws ServiceError NotImplemented for a target. @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketLogging.html */
export async function putBucketLogging(
  context: S3Context,
  input: Validated<PutBucketLoggingRequest>,
): Promise<undefined> {
  if (input.BucketLoggingStatus?.LoggingEnabled) throw notSupported('Server access logging')
  return nothing(context, input)
}

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketLogging.html */
export async function getBucketLogging(context: S3Context, input: OnBucket): Promise<GetBucketLoggingOutput> {
  await findBucket(context, input)
  return {}
}

/** @throws ServiceError NotImplemented, MalformedXML. @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketAccelerateConfiguration.html */
export async function putBucketAccelerateConfiguration(
  context: S3Context,
  input: Validated<PutBucketAccelerateConfigurationRequest>,
): Promise<undefined> {
  const status = input.AccelerateConfiguration?.Status
  if (status === 'Enabled') throw notSupported('Transfer acceleration')
  if (status !== 'Suspended') throw malformedXml()
  return nothing(context, input)
}

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketAccelerateConfiguration.html */
export async function getBucketAccelerateConfiguration(
  context: S3Context,
  input: OnBucket,
): Promise<GetBucketAccelerateConfigurationOutput> {
  await findBucket(context, input)
  return {}
}

/** @throws ServiceError NotImplemented, MalformedXML. @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketRequestPayment.html */
export async function putBucketRequestPayment(
  context: S3Context,
  input: Validated<PutBucketRequestPaymentRequest>,
): Promise<undefined> {
  const payer = input.RequestPaymentConfiguration?.Payer
  if (payer === 'Requester') throw notSupported('A bucket whose requesters pay')
  if (payer !== 'BucketOwner') throw malformedXml()
  return nothing(context, input)
}

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketRequestPayment.html */
export async function getBucketRequestPayment(
  context: S3Context,
  input: OnBucket,
): Promise<GetBucketRequestPaymentOutput> {
  await findBucket(context, input)
  return { Payer: 'BucketOwner' }
}
