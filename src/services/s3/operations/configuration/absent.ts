import type {
  GetBucketAccelerateConfigurationOutput,
  GetBucketRequestPaymentOutput,
  PutBucketAccelerateConfigurationRequest,
  PutBucketRequestPaymentRequest,
} from '@aws-sdk/client-s3'
import type { Validated } from '../../../../core/operation.ts'
import { malformedXml, notSupported } from '../../domain/errors.ts'
import type { S3Context } from '../../s3-context.ts'
import { findBucket, type OnBucket } from '../find-bucket.ts'

// Configurations of what is not here. What they are without one is answered and may be set; everything else would have no effect, and
// is refused.

const nothing = async (context: S3Context, input: OnBucket): Promise<undefined> => {
  await findBucket(context, input)
  return undefined
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
