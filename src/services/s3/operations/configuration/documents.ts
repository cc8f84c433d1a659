import type {
  DeleteBucketCorsRequest,
  DeleteBucketLifecycleRequest,
  GetBucketCorsOutput,
  GetBucketCorsRequest,
  GetBucketLifecycleConfigurationOutput,
  GetBucketLifecycleConfigurationRequest,
  PutBucketCorsRequest,
  PutBucketLifecycleConfigurationOutput,
  PutBucketLifecycleConfigurationRequest,
} from '@aws-sdk/client-s3'
import type { Validated } from '../../../../core/operation.ts'
import type { Transaction } from '../../../../core/store.ts'
import type { Bucket } from '../../domain/bucket.ts'
import { noSuchCors, noSuchLifecycle } from '../../domain/configuration-errors.ts'
import { checkCorsRules } from '../../domain/cors.ts'
import { invalidArgument } from '../../domain/errors.ts'
import { checkLifecycleRules } from '../../domain/lifecycle.ts'
import { fromStored } from '../../domain/stored-document.ts'
import type { S3Context } from '../../s3-context.ts'
import { findBucket, type OnBucket } from '../find-bucket.ts'
import { scheduleLifecycle } from '../lifecycle/run-lifecycle.ts'
import { changeBucket } from './change-bucket.ts'
import { removal, withDocument, withoutDocument } from './stored-document.ts'

/** @throws ServiceError MalformedXML, InvalidRequest. @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketCors.html */
export async function putBucketCors(context: S3Context, input: Validated<PutBucketCorsRequest>): Promise<undefined> {
  const rules = checkCorsRules(input.CORSConfiguration?.CORSRules)
  return changeBucket(context, input, (bucket) => withDocument(bucket, 'cors', rules))
}

/** @throws ServiceError NoSuchCORSConfiguration. @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketCors.html */
export async function getBucketCors(
  context: S3Context,
  input: Validated<GetBucketCorsRequest>,
): Promise<GetBucketCorsOutput> {
  const { name, configurations } = await findBucket(context, input)
  if (!configurations.cors) throw noSuchCors(name)
  return { CORSRules: fromStored(configurations.cors) as GetBucketCorsOutput['CORSRules'] }
}

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketCors.html */
export const deleteBucketCors: (context: S3Context, input: Validated<DeleteBucketCorsRequest>) => Promise<undefined> =
  removal('cors')

const minimumSizes = ['all_storage_classes_128K', 'varies_by_storage_class']

/**
 * @throws ServiceError MalformedXML, InvalidArgument, InvalidRequest.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketLifecycleConfiguration.html
 */
export async function putBucketLifecycleConfiguration(
  context: S3Context,
  input: Validated<PutBucketLifecycleConfigurationRequest>,
): Promise<PutBucketLifecycleConfigurationOutput> {
  const Rules = checkLifecycleRules(input.LifecycleConfiguration?.Rules)
  const { TransitionDefaultMinimumObjectSize = 'all_storage_classes_128K' } = input
  if (!minimumSizes.includes(TransitionDefaultMinimumObjectSize)) {
    throw invalidArgument(
      'Invalid value',
      'x-amz-transition-default-minimum-object-size',
      TransitionDefaultMinimumObjectSize,
    )
  }
  const document = { Rules, TransitionDefaultMinimumObjectSize }
  const answer = { TransitionDefaultMinimumObjectSize }
  return changeLifecycle(context, input, (bucket) => withDocument(bucket, 'lifecycle', document), answer)
}

/** Changes the rules of a bucket. What is being done by the old ones is not done any more. */
function changeLifecycle<Answer>(
  context: S3Context,
  input: OnBucket,
  change: (bucket: Bucket) => Bucket,
  answer: Answer,
): Promise<Answer> {
  const changeRules = async (bucket: Bucket, tx: Transaction) => {
    const changed = change(bucket)
    await scheduleLifecycle(tx, changed, context.call.clock.nowMs())
    return changed
  }
  return changeBucket(context, input, changeRules, answer)
}

/**
 * @throws ServiceError NoSuchLifecycleConfiguration.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketLifecycleConfiguration.html
 */
export async function getBucketLifecycleConfiguration(
  context: S3Context,
  input: Validated<GetBucketLifecycleConfigurationRequest>,
): Promise<GetBucketLifecycleConfigurationOutput> {
  const { name, configurations } = await findBucket(context, input)
  if (!configurations.lifecycle) throw noSuchLifecycle(name)
  return fromStored(configurations.lifecycle) as GetBucketLifecycleConfigurationOutput
}

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketLifecycle.html */
export const deleteBucketLifecycle = (
  context: S3Context,
  input: Validated<DeleteBucketLifecycleRequest>,
): Promise<undefined> => changeLifecycle(context, input, (bucket) => withoutDocument(bucket, 'lifecycle'), undefined)
