import type {
  GetBucketNotificationConfigurationRequest,
  NotificationConfiguration,
  PutBucketNotificationConfigurationRequest,
} from '@aws-sdk/client-s3'
import type { Validated } from '../../../../core/operation.ts'
import { ServiceError } from '../../../../core/service-error.ts'
import { servicePrincipal } from '../../../../core/services/service-calls.ts'
import { type CallTarget, isCall } from '../../../../kit/deliveries/delivery.ts'
import type { Bucket } from '../../domain/bucket.ts'
import { bucketArn } from '../../domain/bucket-name.ts'
import { invalidDestinations } from '../../domain/configuration-errors.ts'
import { malformedXml } from '../../domain/errors.ts'
import { type NotificationRule, readNotifications, shownNotifications } from '../../domain/notification-rules.ts'
import { testMessage } from '../../domain/object-events.ts'
import type { S3Context } from '../../s3-context.ts'
import { changeBucket } from '../configuration/change-bucket.ts'
import { findBucket } from '../find-bucket.ts'
import { s3Principal, targetOf } from './notify.ts'

/**
 * Replaces the notification configuration of a bucket. Each destination gets a test message first, so that one which S3 may not
 * reach is refused here.
 * @throws ServiceError InvalidArgument, MalformedXML.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketNotificationConfiguration.html
 */
export async function putBucketNotificationConfiguration(
  context: S3Context,
  input: Validated<PutBucketNotificationConfigurationRequest>,
): Promise<undefined> {
  if (!input.NotificationConfiguration) throw malformedXml()
  const bucket = await findBucket(context, input)
  const notifications = readNotifications(input.NotificationConfiguration, bucket.region)
  if (!input.SkipDestinationValidation) await tryDestinations(context, bucket, notifications.rules)
  const isEmpty = notifications.rules.length === 0 && !notifications.eventBridge
  return changeBucket(context, input, ({ notifications: _, ...rest }) => (isEmpty ? rest : { ...rest, notifications }))
}

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketNotificationConfiguration.html */
export async function getBucketNotificationConfiguration(
  context: S3Context,
  input: Validated<GetBucketNotificationConfigurationRequest>,
): Promise<NotificationConfiguration> {
  const { notifications } = await findBucket(context, input)
  return notifications ? shownNotifications(notifications) : {}
}

/** @throws ServiceError InvalidArgument, with every destination that was refused. */
async function tryDestinations(context: S3Context, bucket: Bucket, rules: readonly NotificationRule[]): Promise<void> {
  const refused: { arn: string; reason: string }[] = []
  const tried = new Set<string>()
  for (const rule of rules) {
    if (tried.has(rule.arn)) continue
    tried.add(rule.arn)
    const reason = await refusalOf(context, bucket, rule)
    if (reason !== undefined) refused.push({ arn: rule.arn, reason })
  }
  if (refused.length > 0) throw invalidDestinations(refused)
}

async function refusalOf(
  { call, calls }: S3Context,
  bucket: Bucket,
  rule: NotificationRule,
): Promise<string | undefined> {
  const message = testMessage(bucket.name, call.clock.nowMs(), call.requestId)
  const target = targetOf(rule, message)
  if (!isCall(target)) return undefined
  const { accountId, name } = bucket
  try {
    await calls.invoke({
      ...{ caller: servicePrincipal(s3Principal, { arn: bucketArn(name), accountId }), region: target.region },
      // The target's types were checked where it was made.
      ...({ service: target.service, operation: target.operation, input: tested(target, rule) } as object),
    } as never)
    return undefined
  } catch (error) {
    if (!(error instanceof ServiceError) || error.status >= 500) throw error
    return reasonOf(rule, error)
  }
}

/** A function is not run for a test: it is asked whether it may be. */
const tested = ({ input }: CallTarget, { kind, arn }: NotificationRule): object =>
  kind === 'function' ? { FunctionName: arn, InvocationType: 'DryRun' } : input

const absent = /NonExistentQueue|QueueDoesNotExist|NotFound/

function reasonOf({ kind, arn }: NotificationRule, { code }: ServiceError): string {
  if (kind === 'function') return `Not authorized to invoke function [${arn}]`
  const what = kind === 'queue' ? 'queue' : 'topic'
  return absent.test(code)
    ? `The destination ${what} does not exist`
    : `Permissions on the destination ${what} do not allow S3 to publish notifications from this bucket`
}
