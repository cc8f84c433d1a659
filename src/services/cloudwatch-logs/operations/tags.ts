import type {
  ListTagsForResourceRequest,
  ListTagsForResourceResponse,
  ListTagsLogGroupRequest,
  ListTagsLogGroupResponse,
  TagLogGroupRequest,
  TagResourceRequest,
  UntagLogGroupRequest,
  UntagResourceRequest,
} from '@aws-sdk/client-cloudwatch-logs'
import type { Validated } from '../../../core/operation.ts'
import { mergeTags, removeTags } from '../domain/group-tags.ts'
import type { LogsContext } from '../logs-context.ts'
import { changeGroup, findGroup } from './find-group.ts'
import { nameOfArn } from './permissions.ts'

/** @see https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_TagResource.html */
export async function tagResource(context: LogsContext, input: Validated<TagResourceRequest>): Promise<void> {
  const group = await findGroup(context, nameOfArn(context, input))
  await changeGroup(context, group, (present) => ({
    ...present,
    tags: mergeTags(present.tags, input.tags, input.resourceArn),
  }))
}

/** @see https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_UntagResource.html */
export async function untagResource(context: LogsContext, input: Validated<UntagResourceRequest>): Promise<void> {
  const group = await findGroup(context, nameOfArn(context, input))
  await changeGroup(context, group, (present) => ({ ...present, tags: removeTags(present.tags, input.tagKeys) }))
}

/** @see https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_ListTagsForResource.html */
export async function listTagsForResource(
  context: LogsContext,
  input: Validated<ListTagsForResourceRequest>,
): Promise<ListTagsForResourceResponse> {
  const { tags } = await findGroup(context, nameOfArn(context, input))
  return { tags: { ...tags } }
}

/** @see https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_TagLogGroup.html */
export async function tagLogGroup(
  context: LogsContext,
  { logGroupName, tags }: Validated<TagLogGroupRequest>,
): Promise<void> {
  const group = await findGroup(context, logGroupName)
  await changeGroup(context, group, (present) => ({ ...present, tags: mergeTags(present.tags, tags) }))
}

/** @see https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_UntagLogGroup.html */
export async function untagLogGroup(
  context: LogsContext,
  { logGroupName, tags }: Validated<UntagLogGroupRequest>,
): Promise<void> {
  const group = await findGroup(context, logGroupName)
  await changeGroup(context, group, (present) => ({ ...present, tags: removeTags(present.tags, tags) }))
}

/** @see https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_ListTagsLogGroup.html */
export async function listTagsLogGroup(
  context: LogsContext,
  { logGroupName }: Validated<ListTagsLogGroupRequest>,
): Promise<ListTagsLogGroupResponse> {
  const { tags } = await findGroup(context, logGroupName)
  return { tags: { ...tags } }
}
