import type { CreateTrailRequest, UpdateTrailRequest } from '@aws-sdk/client-cloudtrail'
import { formatArn, parseArn } from '../../../../core/arn.ts'
import type { Permission } from '../../../../core/operation.ts'
import type { CloudTrailContext } from '../../cloudtrail-context.ts'
import { cloudtrailPrincipal } from '../../delivery/bucket-writer.ts'
import { checkBucket, checkKey, checkLogs, checkTopic } from '../../delivery/destinations.ts'
import {
  invalidBucketName,
  invalidPrefix,
  invalidTopicName,
  multiRegionNeedsGlobalEvents,
  roleAndGroupNeeded,
} from '../../domain/errors.ts'
import type { Trail } from '../../domain/trail.ts'

/** What requests to create and to update a trail say about where it delivers. */
export type GivenSettings = Omit<CreateTrailRequest, 'Name' | 'S3BucketName' | 'TagsList'> &
  Pick<UpdateTrailRequest, 'S3BucketName'>

export const bucketNameForm = /^(?!\d+\.\d+\.\d+\.\d+$)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/

/** @throws ServiceError InvalidParameterCombinationException */
export function checkRegions(isMultiRegion: boolean, includesGlobalEvents: boolean): void {
  if (isMultiRegion && !includesGlobalEvents) throw multiRegionNeedsGlobalEvents()
}

/**
 * Takes over what a request says about a trail's destinations, and tries each that it changes, in AWS's order: bucket, key, topic,
 * log group. What is given as an empty text is taken away.
 * @param before - the trail; its bucket is `''` where there is none yet.
 * @throws ServiceError as CreateTrail and UpdateTrail refuse destinations.
 */
export async function withSettings(context: CloudTrailContext, before: Trail, given: GivenSettings): Promise<Trail> {
  const trail = withTexts(before, given)
  const isWritten = given.S3BucketName !== undefined || given.S3KeyPrefix !== undefined || given.KmsKeyId !== undefined
  const { calls } = context
  if (isWritten) trail.bucketRegion = await checkBucket(calls, trail)
  if (given.KmsKeyId) trail.kmsKeyArn = await checkKey(calls, trail, given.KmsKeyId)
  if (trail.topic && given.SnsTopicName) await checkTopic(calls, trail, trail.topic.arn)
  checkLogsTogether(before, given)
  const namesLogs = given.CloudWatchLogsLogGroupArn || given.CloudWatchLogsRoleArn
  if (trail.logs && namesLogs) await checkLogs(context, trail, trail.logs)
  return trail
}

/** @throws ServiceError InvalidS3BucketNameException, InvalidS3PrefixException, InvalidSnsTopicNameException */
function withTexts(before: Trail, given: GivenSettings): Trail {
  const { S3BucketName: bucket = before.bucket, S3KeyPrefix, SnsTopicName, KmsKeyId } = given
  if (!bucketNameForm.test(bucket)) throw invalidBucketName(bucket)
  const { topic, prefix, kmsKeyArn, logs, ...rest } = before
  const groupArn = given.CloudWatchLogsLogGroupArn ?? logs?.groupArn
  const roleArn = given.CloudWatchLogsRoleArn ?? logs?.roleArn
  const nextPrefix = S3KeyPrefix === undefined ? prefix : checkPrefix(S3KeyPrefix)
  const nextTopic = SnsTopicName === undefined ? topic : topicOf(before, SnsTopicName)
  return {
    ...{ ...rest, bucket },
    ...(nextPrefix && { prefix: nextPrefix }),
    ...(nextTopic && { topic: nextTopic }),
    ...(kmsKeyArn !== undefined && KmsKeyId === undefined && { kmsKeyArn }),
    ...(groupArn && roleArn && { logs: { groupArn, roleArn } }),
  }
}

function checkPrefix(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused.
  if (text.length > 200 || /[\u0000-\u001f\u007f]/.test(text)) throw invalidPrefix()
  return text.replace(/\/+$/, '')
}

function topicOf({ homeRegion, accountId }: Trail, nameOrArn: string): Trail['topic'] {
  if (nameOrArn === '') return undefined
  const arn = parseArn(nameOrArn)
  const name = arn ? arn.resource : nameOrArn
  if ((arn && arn.service !== 'sns') || !/^[\w-]{1,256}$/.test(name)) throw invalidTopicName(nameOrArn)
  const own = { partition: 'aws', service: 'sns', region: homeRegion, accountId, resource: name }
  return { name: nameOrArn, arn: arn ? nameOrArn : formatArn(own) }
}

/** A log group needs a role, and a role a log group. @throws ServiceError InvalidCloudWatchLogsRoleArnException */
function checkLogsTogether({ logs }: Trail, given: GivenSettings): void {
  const group = given.CloudWatchLogsLogGroupArn ?? logs?.groupArn ?? ''
  const role = given.CloudWatchLogsRoleArn ?? logs?.roleArn ?? ''
  if ((group === '') !== (role === '')) throw roleAndGroupNeeded()
}

/** Returns the permission to give a role to CloudTrail, where a request does. */
export function passRole(
  { call }: CloudTrailContext,
  { CloudWatchLogsRoleArn: roleArn }: GivenSettings,
  trailArn: string,
): Permission[] {
  if (!roleArn) return []
  return [
    {
      ...{ action: 'iam:PassRole', resource: roleArn },
      resourceAccountId: /^arn:[^:]+:iam::(\d{12}):/.exec(roleArn)?.[1] ?? call.accountId,
      context: { 'iam:PassedToService': cloudtrailPrincipal, 'iam:AssociatedResourceArn': trailArn },
    },
  ]
}
