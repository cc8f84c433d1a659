import type {
  ListTagsForResourceRequest,
  ListTagsForResourceResponse,
  TagResourceRequest,
  TagResourceResponse,
  UntagResourceRequest,
  UntagResourceResponse,
} from '@aws-sdk/client-sns'
import type { Validated } from '../../../core/operation.ts'
import { topicTags } from '../domain/tags.ts'
import type { SnsContext } from '../sns-context.ts'
import { changeTopic, findTopic } from './find-topic.ts'

/**
 * @throws ServiceError ResourceNotFound, InvalidParameter, TagLimitExceeded.
 * @see https://docs.aws.amazon.com/sns/latest/api/API_TagResource.html
 */
export async function tagResource(
  context: SnsContext,
  { ResourceArn, Tags }: Validated<TagResourceRequest>,
): Promise<TagResourceResponse> {
  const topic = await findTopic(context, ResourceArn, 'ResourceArn')
  return changeTopic(context, topic, (present) => ({ ...present, tags: topicTags.merge(present.tags, Tags) }), {})
}

/** @see https://docs.aws.amazon.com/sns/latest/api/API_UntagResource.html */
export async function untagResource(
  context: SnsContext,
  { ResourceArn, TagKeys }: Validated<UntagResourceRequest>,
): Promise<UntagResourceResponse> {
  const topic = await findTopic(context, ResourceArn, 'ResourceArn')
  return changeTopic(context, topic, (present) => ({ ...present, tags: topicTags.remove(present.tags, TagKeys) }), {})
}

/** @see https://docs.aws.amazon.com/sns/latest/api/API_ListTagsForResource.html */
export async function listTagsForResource(
  context: SnsContext,
  { ResourceArn }: Validated<ListTagsForResourceRequest>,
): Promise<ListTagsForResourceResponse> {
  const { tags } = await findTopic(context, ResourceArn, 'ResourceArn')
  return { Tags: [...tags] }
}
