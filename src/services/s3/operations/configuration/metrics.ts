import type {
  DeleteBucketMetricsConfigurationRequest,
  GetBucketMetricsConfigurationOutput,
  GetBucketMetricsConfigurationRequest,
  ListBucketMetricsConfigurationsOutput,
  ListBucketMetricsConfigurationsRequest,
  MetricsConfiguration,
  PutBucketMetricsConfigurationRequest,
} from '@aws-sdk/client-s3'
import type { Validated } from '../../../../core/operation.ts'
import { openPageToken, sealPageToken } from '../../../../kit/page-token.ts'
import type { Bucket } from '../../domain/bucket.ts'
import { noSuchConfiguration, tooManyConfigurations } from '../../domain/configuration-errors.ts'
import { invalidArgument } from '../../domain/errors.ts'
import {
  checkConfigurationId,
  checkMetricsConfiguration,
  mostMetricsConfigurations,
} from '../../domain/request-metrics.ts'
import type { S3Context } from '../../s3-context.ts'
import { findBucket } from '../find-bucket.ts'
import { changeBucket } from './change-bucket.ts'
import { withDocument } from './stored-document.ts'

/** The metrics configurations of a bucket, in order of their ids. */
export const metricsConfigurationsOf = ({ configurations }: Bucket) =>
  (configurations.metrics ?? []) as readonly (MetricsConfiguration & { Id: string })[]

/**
 * Counts requests of a bucket together, or changes which.
 * @throws ServiceError MalformedXML, InvalidConfigurationId, InvalidArgument, TooManyConfigurations, NotImplemented for access points.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketMetricsConfiguration.html
 */
export async function putBucketMetricsConfiguration(
  context: S3Context,
  input: Validated<PutBucketMetricsConfigurationRequest>,
): Promise<undefined> {
  const configuration = checkMetricsConfiguration(input.Id, input.MetricsConfiguration)
  return changeBucket(context, input, (bucket) => {
    const others = metricsConfigurationsOf(bucket).filter(({ Id }) => Id !== configuration.Id)
    if (others.length >= mostMetricsConfigurations) throw tooManyConfigurations()
    const all = [...others, configuration].sort((a, b) => (a.Id < b.Id ? -1 : 1))
    return withDocument(bucket, 'metrics', all)
  })
}

/**
 * @throws ServiceError NoSuchConfiguration, InvalidConfigurationId.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketMetricsConfiguration.html
 */
export async function getBucketMetricsConfiguration(
  context: S3Context,
  input: Validated<GetBucketMetricsConfigurationRequest>,
): Promise<GetBucketMetricsConfigurationOutput> {
  checkConfigurationId(input.Id)
  const found = metricsConfigurationsOf(await findBucket(context, input)).find(({ Id }) => Id === input.Id)
  if (!found) throw noSuchConfiguration()
  return { MetricsConfiguration: found }
}

/**
 * @throws ServiceError NoSuchConfiguration, InvalidConfigurationId.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketMetricsConfiguration.html
 */
export async function deleteBucketMetricsConfiguration(
  context: S3Context,
  input: Validated<DeleteBucketMetricsConfigurationRequest>,
): Promise<undefined> {
  checkConfigurationId(input.Id)
  return changeBucket(context, input, (bucket) => {
    const all = metricsConfigurationsOf(bucket)
    const others = all.filter(({ Id }) => Id !== input.Id)
    if (others.length === all.length) throw noSuchConfiguration()
    return withDocument(bucket, 'metrics', others)
  })
}

const pageSize = 100

/**
 * @throws ServiceError InvalidArgument.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListBucketMetricsConfigurations.html
 */
export async function listBucketMetricsConfigurations(
  context: S3Context,
  input: Validated<ListBucketMetricsConfigurationsRequest>,
): Promise<ListBucketMetricsConfigurationsOutput> {
  const { ContinuationToken: token } = input
  const bucket = await findBucket(context, input)
  const after = token === undefined ? '' : openPageToken(context, [bucket.id], token)
  if (typeof after !== 'string') {
    throw invalidArgument('The continuation token provided is incorrect', 'continuation-token', token)
  }
  const rest = metricsConfigurationsOf(bucket).filter(({ Id }) => Id > after)
  const page = rest.slice(0, pageSize)
  const isTruncated = rest.length > page.length
  return {
    ...(token !== undefined && { ContinuationToken: token }),
    IsTruncated: isTruncated,
    ...(isTruncated && { NextContinuationToken: sealPageToken(context, [bucket.id], page.at(-1)?.Id) }),
    ...(page.length > 0 && { MetricsConfigurationList: page as MetricsConfiguration[] }),
  }
}
