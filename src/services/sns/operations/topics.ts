import type { DeleteTopicInput, ListTopicsInput, ListTopicsResponse } from '@aws-sdk/client-sns'
import type { Validated } from '../../../core/operation.ts'
import type { WorkRunner } from '../../../core/scheduler.ts'
import { isFifo, readTopicArn, scopeOf } from '../domain/topic.ts'
import type { SnsContext } from '../sns-context.ts'
import { accountCount, accountCounts, publishedCounts, subscriptions, topics } from '../storage/collections.ts'
import { forgetCounts, removeSubscription } from '../storage/topic-subscriptions.ts'
import { topicIfAt } from './find-topic.ts'
import { pageOf } from './pages.ts'

/**
 * Lists the caller's topics by name, a hundred a page.
 * @throws ServiceError InvalidParameter - the token.
 * @see https://docs.aws.amazon.com/sns/latest/api/API_ListTopics.html
 */
export async function listTopics(
  context: SnsContext,
  { NextToken }: Validated<ListTopicsInput>,
): Promise<ListTopicsResponse> {
  const { call } = context
  const scope = { accountId: call.accountId, region: call.region }
  const { rows, next } = await pageOf(context, [], NextToken, (afterId, limit) =>
    call.store.in(topics).list(scope, { limit, ...(afterId !== undefined && { afterId }) }),
  )
  return {
    Topics: rows.map(({ arn }) => ({ TopicArn: arn })),
    ...(next !== undefined && { NextToken: next }),
  }
}

/** The kind of due work that removes the subscriptions of a deleted topic; its key is the topic's id. */
export const discardWork = 'sns.discard-subscriptions'

/**
 * Deletes a topic with its subscriptions, which are removed behind the request. One that is not there is deleted.
 * @see https://docs.aws.amazon.com/sns/latest/api/API_DeleteTopic.html
 */
export async function deleteTopic(context: SnsContext, { TopicArn }: Validated<DeleteTopicInput>): Promise<void> {
  const { call } = context
  const topic = await topicIfAt(context, readTopicArn(TopicArn, 'TopicArn', call.region))
  if (!topic) return
  const scope = scopeOf(topic)
  await call.transaction(async (tx) => {
    const present = await tx.in(topics).get(scope, topic.name)
    if (present?.id !== topic.id) return
    await tx.in(topics).delete(scope, topic.name)
    await tx.in(publishedCounts).delete(scope, topic.id)
    await accountCounts.change(tx, scope, accountCount, isFifo(topic) ? { fifoTopics: -1 } : { topics: -1 })
    await tx.schedule({ kind: discardWork, key: topic.id, dueAtMs: call.clock.nowMs(), scope, payload: null })
  })
}

/** How many are removed in one transaction, so that requests do not wait long for it. */
const atOnce = 100

export const discardRunner: WorkRunner =
  async ({ scope, key: topicId, payload }) =>
  async (tx) => {
    const found = await tx.in(subscriptions).list(scope, { idPrefix: `${topicId}/`, limit: atOnce })
    for (const { document } of found) await removeSubscription(tx, scope, document)
    if (found.length === atOnce) return { payload }
    await forgetCounts(tx, scope, topicId)
    return undefined
  }
