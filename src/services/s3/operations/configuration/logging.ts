import type { GetBucketLoggingOutput, PutBucketLoggingRequest } from '@aws-sdk/client-s3'
import type { Validated } from '../../../../core/operation.ts'
import { servicePrincipal } from '../../../../core/services/service-calls.ts'
import { checkLoggingTarget } from '../../domain/access-logging.ts'
import type { Bucket } from '../../domain/bucket.ts'
import { bucketArn } from '../../domain/bucket-name.ts'
import { crossLocationLogging, invalidLoggingTarget } from '../../domain/configuration-errors.ts'
import { malformedXml } from '../../domain/errors.ts'
import { fromStored } from '../../domain/stored-document.ts'
import type { S3Context } from '../../s3-context.ts'
import { bucketNamed, findBucket, type OnBucket } from '../find-bucket.ts'
import { objectPermission } from '../permissions.ts'
import { changeBucket } from './change-bucket.ts'
import { withDocument, withoutDocument } from './stored-document.ts'

/** Writes access logs, on AWS. */
export const loggingPrincipal = 'logging.s3.amazonaws.com'

/**
 * Says where the access logs of a bucket are to go, or that there are none.
 * @throws ServiceError MalformedXML, InvalidArgument, InvalidTargetBucketForLogging, CrossLocationLoggingProhibited,
 *   AccessControlListNotSupported.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/enable-server-access-logging.html
 */
export async function putBucketLogging(
  context: S3Context,
  input: Validated<PutBucketLoggingRequest>,
): Promise<undefined> {
  if (!input.BucketLoggingStatus) throw malformedXml()
  const { LoggingEnabled } = input.BucketLoggingStatus
  if (!LoggingEnabled) return changeBucket(context, input, (bucket) => withoutDocument(bucket, 'logging'))
  const target = checkLoggingTarget(LoggingEnabled)
  await checkTargetBucket(context, await findBucket(context, input), target)
  return changeBucket(context, input, (bucket) => withDocument(bucket, 'logging', { LoggingEnabled: target }))
}

async function checkTargetBucket(
  context: S3Context,
  source: Bucket,
  { TargetBucket, TargetPrefix = '' }: { TargetBucket: string; TargetPrefix?: string | undefined },
): Promise<void> {
  const target = await bucketNamed(context, TargetBucket)
  if (!target) throw invalidLoggingTarget('The target bucket for logging does not exist', TargetBucket)
  if (target.accountId !== source.accountId) {
    throw invalidLoggingTarget(
      'The owner for the bucket to be logged and the target bucket must be the same.',
      TargetBucket,
    )
  }
  if (target.region !== source.region) throw crossLocationLogging()
  const caller = servicePrincipal(loggingPrincipal, { arn: bucketArn(source.name), accountId: source.accountId })
  const write = await objectPermission(context, target, `${TargetPrefix}*`, 'PutObject')
  if (await context.calls.allows({ caller, region: source.region }, write)) return
  throw invalidLoggingTarget(
    `The policy of the target bucket must allow ${loggingPrincipal} to put objects under the target prefix`,
    TargetBucket,
  )
}

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketLogging.html */
export async function getBucketLogging(context: S3Context, input: OnBucket): Promise<GetBucketLoggingOutput> {
  const { configurations } = await findBucket(context, input)
  return (fromStored(configurations.logging) as GetBucketLoggingOutput | undefined) ?? {}
}
