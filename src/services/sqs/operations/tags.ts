import type { ListQueueTagsRequest, ListQueueTagsResult, TagQueueRequest, UntagQueueRequest } from '@aws-sdk/client-sqs'
import type { Validated } from '../../../core/operation.ts'
import { missingParameter } from '../domain/errors.ts'
import { checkTags } from '../domain/queue-tags.ts'
import type { SqsContext } from '../sqs-context.ts'
import { changeQueue } from './change-queue.ts'
import { findQueue } from './find-queue.ts'

/** @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_TagQueue.html */
export async function tagQueue(context: SqsContext, { QueueUrl, Tags }: Validated<TagQueueRequest>): Promise<void> {
  if (!Tags) throw missingParameter('Tags')
  const queue = await findQueue(context, QueueUrl)
  await changeQueue(context, queue, (present) => ({ ...present, tags: checkTags(queue.name, present.tags, Tags) }))
}

/** @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_UntagQueue.html */
export async function untagQueue(
  context: SqsContext,
  { QueueUrl, TagKeys }: Validated<UntagQueueRequest>,
): Promise<void> {
  if (!TagKeys) throw missingParameter('TagKeys')
  const queue = await findQueue(context, QueueUrl)
  const removed = new Set(TagKeys)
  await changeQueue(context, queue, (present) => ({
    ...present,
    tags: Object.fromEntries(Object.entries(present.tags).filter(([key]) => !removed.has(key))),
  }))
}

/** @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ListQueueTags.html */
export async function listQueueTags(
  context: SqsContext,
  { QueueUrl }: Validated<ListQueueTagsRequest>,
): Promise<ListQueueTagsResult> {
  const { tags } = await findQueue(context, QueueUrl)
  return Object.keys(tags).length === 0 ? {} : { Tags: { ...tags } }
}
