import type {
  ListTagsForResourceInput,
  ListTagsForResourceOutput,
  TagResourceInput,
  UntagResourceInput,
} from '@aws-sdk/client-cloudwatch'
import { parseArn } from '../../../core/arn.ts'
import type { Permission, RequestContext, Validated } from '../../../core/operation.ts'
import { unlessRefused } from '../../../core/service-error.ts'
import type { CollectionSpec, Scope, Transaction } from '../../../core/store.ts'
import { removedTagKeys, requestTagKeys, resourceTagKeys } from '../../../kit/tag-keys.ts'
import type { Tag } from '../../../kit/tags.ts'
import type { CloudWatchContext } from '../cloudwatch-context.ts'
import { alarmNameIn } from '../domain/alarms/alarm.ts'
import { dashboardNameIn } from '../domain/dashboard.ts'
import { invalidValue, taggedResourceNotFound } from '../domain/errors.ts'
import { alarmTags } from '../domain/tags.ts'
import { alarms, dashboards } from '../storage/collections.ts'
import { alarmNamed } from './alarms/find-alarm.ts'
import { dashboardNamed } from './dashboards/dashboards.ts'

/** A resource that has tags, as an ARN names it. */
interface Tagged {
  type: 'ALARM' | 'DASHBOARD'
  name: string
  arn: string
}

/** @throws ServiceError - it is not the ARN of an alarm or a dashboard of the caller. */
function taggedAt({ call }: CloudWatchContext, arn: string): Tagged {
  const { service, resource = '' } = parseArn(arn) ?? {}
  if (service !== 'cloudwatch') throw invalidValue(`The value ${arn} for parameter ResourceARN is invalid.`)
  if (resource.startsWith('dashboard/')) {
    const name = dashboardNameIn(call.accountId, arn)
    if (name === undefined) throw taggedResourceNotFound('DASHBOARD', arn)
    return { type: 'DASHBOARD', name, arn }
  }
  if (!resource.startsWith('alarm:')) {
    throw invalidValue(`Strongroom does not support tags of ${arn}: tags are kept of alarms and dashboards.`)
  }
  const name = alarmNameIn(call, arn)
  if (name === undefined) throw taggedResourceNotFound('ALARM', arn)
  return { type: 'ALARM', name, arn }
}

/** The tags of a resource; undefined where there is no such resource. */
async function tagsOf(context: CloudWatchContext, { type, name }: Tagged): Promise<readonly Tag[] | undefined> {
  const found = type === 'ALARM' ? await alarmNamed(context, name) : await dashboardNamed(context, name)
  return found?.tags
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
  const tagged = taggedAt(context, arn)
  return call.transaction(async (tx) => {
    if (tagged.type === 'ALARM')
      await retag(tx, alarms, { accountId: call.accountId, region: call.region }, tagged, change)
    else await retag(tx, dashboards, { accountId: call.accountId, region: '' }, tagged, change)
    return {}
  })
}

async function retag<T extends { tags: readonly Tag[] }>(
  tx: Transaction,
  collection: CollectionSpec<T>,
  scope: Scope,
  { type, name, arn }: Tagged,
  change: (tags: readonly Tag[]) => Tag[],
): Promise<void> {
  const found = await tx.in(collection).get(scope, name)
  if (!found) throw taggedResourceNotFound(type, arn)
  await tx.in(collection).put(scope, name, { ...found, tags: change(found.tags) })
}

/** @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_ListTagsForResource.html */
export async function listTagsForResource(
  context: CloudWatchContext,
  { ResourceARN }: Validated<ListTagsForResourceInput>,
): Promise<ListTagsForResourceOutput> {
  const tagged = taggedAt(context, ResourceARN)
  const tags = await tagsOf(context, tagged)
  if (!tags) throw taggedResourceNotFound(tagged.type, ResourceARN)
  return { Tags: tags.map(({ Key, Value }) => ({ Key, Value })) }
}

async function tagged(context: CloudWatchContext, arn: string, keys: RequestContext = {}): Promise<Permission[]> {
  const resource = unlessRefused(() => taggedAt(context, arn))
  const tags = resource && (await tagsOf(context, resource))
  const action = `cloudwatch:${context.call.operation}`
  return [{ action, resource: arn, context: { ...resourceTagKeys(tags ?? []), ...keys } }]
}

export const onTagged = (context: CloudWatchContext, { ResourceARN = '' }: { ResourceARN?: string | undefined }) =>
  tagged(context, ResourceARN)

export const onTagging = (context: CloudWatchContext, { ResourceARN = '', Tags = [] }: Partial<TagResourceInput>) =>
  tagged(context, ResourceARN, requestTagKeys(Tags))

export const onUntagging = (
  context: CloudWatchContext,
  { ResourceARN = '', TagKeys = [] }: Partial<UntagResourceInput>,
) => tagged(context, ResourceARN, removedTagKeys(TagKeys))
