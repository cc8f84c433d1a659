import type {
  ListTagsForResourceInput,
  ListTagsForResourceOutput,
  TagResourceInput,
  UntagResourceInput,
} from '@aws-sdk/client-cloudwatch'
import { parseArn } from '../../../core/arn.ts'
import type { Permission, RequestContext, Validated } from '../../../core/operation.ts'
import { removedTagKeys, requestTagKeys, resourceTagKeys } from '../../../kit/tag-keys.ts'
import type { Tag } from '../../../kit/tags.ts'
import type { CloudWatchContext } from '../cloudwatch-context.ts'
import { alarmNameIn } from '../domain/alarms/alarm.ts'
import { invalidValue, taggedResourceNotFound } from '../domain/errors.ts'
import { alarmTags } from '../domain/tags.ts'
import { alarms } from '../storage/collections.ts'
import { alarmNamed } from './alarms/find-alarm.ts'

/** The name of the alarm that an ARN stands for. @throws ServiceError - it is not the ARN of an alarm. */
function taggedAlarm({ call }: CloudWatchContext, arn: string): string {
  const { service, resource = '' } = parseArn(arn) ?? {}
  if (service !== 'cloudwatch') throw invalidValue(`The value ${arn} for parameter ResourceARN is invalid.`)
  if (!resource.startsWith('alarm:')) {
    throw invalidValue(`Strongroom does not support tags of ${arn}: tags are kept of alarms alone.`)
  }
  const name = alarmNameIn(call, arn)
  if (name === undefined) throw taggedResourceNotFound('ALARM', arn)
  return name
}

/** @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_TagResource.html */
export async function tagResource(
  context: CloudWatchContext,
  { ResourceARN, Tags }: Validated<TagResourceInput>,
): Promise<object> {
  return changeTags(context, ResourceARN, (tags) => alarmTags.merge(tags, Tags))
}

/** @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_UntagResource.html */
export async function untagResource(
  context: CloudWatchContext,
  { ResourceARN, TagKeys }: Validated<UntagResourceInput>,
): Promise<object> {
  return changeTags(context, ResourceARN, (tags) => alarmTags.remove(tags, TagKeys))
}

async function changeTags(
  context: CloudWatchContext,
  arn: string,
  change: (tags: readonly Tag[]) => Tag[],
): Promise<object> {
  const { call } = context
  const scope = { accountId: call.accountId, region: call.region }
  const name = taggedAlarm(context, arn)
  return call.transaction(async (tx) => {
    const alarm = await tx.in(alarms).get(scope, name)
    if (!alarm) throw taggedResourceNotFound('ALARM', arn)
    await tx.in(alarms).put(scope, name, { ...alarm, tags: change(alarm.tags) })
    return {}
  })
}

/** @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_ListTagsForResource.html */
export async function listTagsForResource(
  context: CloudWatchContext,
  { ResourceARN }: Validated<ListTagsForResourceInput>,
): Promise<ListTagsForResourceOutput> {
  const alarm = await alarmNamed(context, taggedAlarm(context, ResourceARN))
  if (!alarm) throw taggedResourceNotFound('ALARM', ResourceARN)
  return { Tags: alarm.tags.map(({ Key, Value }) => ({ Key, Value })) }
}

const tagged = async (context: CloudWatchContext, arn: string, keys: RequestContext = {}): Promise<Permission[]> => {
  const { call } = context
  const name = alarmNameIn(call, arn)
  const alarm = name === undefined ? undefined : await alarmNamed(context, name)
  return [
    {
      action: `cloudwatch:${call.operation}`,
      resource: arn,
      context: { ...resourceTagKeys(alarm?.tags ?? []), ...keys },
    },
  ]
}

export const onTagged = (context: CloudWatchContext, { ResourceARN = '' }: { ResourceARN?: string | undefined }) =>
  tagged(context, ResourceARN)

export const onTagging = (context: CloudWatchContext, { ResourceARN = '', Tags = [] }: Partial<TagResourceInput>) =>
  tagged(context, ResourceARN, requestTagKeys(Tags))

export const onUntagging = (
  context: CloudWatchContext,
  { ResourceARN = '', TagKeys = [] }: Partial<UntagResourceInput>,
) => tagged(context, ResourceARN, removedTagKeys(TagKeys))
