import type { GetBucketWebsiteOutput, PutBucketWebsiteRequest } from '@aws-sdk/client-s3'
import type { Validated } from '../../../../core/operation.ts'
import { noSuchWebsite } from '../../domain/configuration-errors.ts'
import { fromStored } from '../../domain/stored-document.ts'
import { checkWebsite } from '../../domain/website.ts'
import type { S3Context } from '../../s3-context.ts'
import { findBucket, type OnBucket } from '../find-bucket.ts'
import { changeBucket } from './change-bucket.ts'
import { removal, withDocument } from './stored-document.ts'

// The configuration is kept for the programs that manage it. No endpoint serves websites.

/**
 * @throws ServiceError MalformedXML, InvalidArgument, InvalidRequest.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketWebsite.html
 */
export async function putBucketWebsite(
  context: S3Context,
  input: Validated<PutBucketWebsiteRequest>,
): Promise<undefined> {
  const website = checkWebsite(input.WebsiteConfiguration)
  return changeBucket(context, input, (bucket) => withDocument(bucket, 'website', website))
}

/** @throws ServiceError NoSuchWebsiteConfiguration. @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketWebsite.html */
export async function getBucketWebsite(context: S3Context, input: OnBucket): Promise<GetBucketWebsiteOutput> {
  const { name, configurations } = await findBucket(context, input)
  if (!configurations.website) throw noSuchWebsite(name)
  return fromStored(configurations.website) as GetBucketWebsiteOutput
}

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketWebsite.html */
export const deleteBucketWebsite = removal('website')
