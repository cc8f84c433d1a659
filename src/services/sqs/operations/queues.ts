import type {
  DeleteQueueRequest,
  GetQueueUrlRequest,
  GetQueueUrlResult,
  ListQueuesRequest,
  ListQueuesResult,
  PurgeQueueRequest,
} from '@aws-sdk/client-sqs'
import { minuteMs } from '../../../core/durations.ts'
import type { Validated } from '../../../core/operation.ts'
import type { Transaction } from '../../../core/store.ts'
import { missingParameter, purgeInProgress, queueNotFound } from '../domain/errors.ts'
import { type Queue, scopeOf } from '../domain/queue.ts'
import type { SqsContext } from '../sqs-context.ts'
import { deletedQueues, moveTasks, queues } from '../storage/collections.ts'
import { expireWork } from '../storage/queue-messages.ts'
import { newId } from './create-queue.ts'
import { discardWork } from './discard-messages.ts'
import { findQueue, presentQueue, queueIfAt, queueUrl } from './find-queue.ts'
import { moveWork } from './move-work.ts'
import { checkPaging, pageOf, placeOf } from './queue-pages.ts'

/** @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_GetQueueUrl.html */
export async function getQueueUrl(
  context: SqsContext,
  { QueueName, QueueOwnerAWSAccountId }: Validated<GetQueueUrlRequest>,
): Promise<GetQueueUrlResult> {
  if (!QueueName) throw missingParameter('QueueName')
  const accountId = QueueOwnerAWSAccountId ?? context.call.accountId
  const queue = await queueIfAt(context, { accountId, name: QueueName })
  if (!queue) throw queueNotFound()
  return { QueueUrl: queueUrl(context, queue) }
}

/**
 * Lists the caller's queues by name.
 * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ListQueues.html
 */
export async function listQueues(
  context: SqsContext,
  { QueueNamePrefix = '', NextToken, MaxResults }: Validated<ListQueuesRequest>,
): Promise<ListQueuesResult> {
  const { call } = context
  checkPaging(NextToken, MaxResults)
  const after = placeOf(context, [QueueNamePrefix], NextToken)
  const read = (afterId: string | undefined, limit: number) =>
    call.store
      .in(queues)
      .list(
        { accountId: call.accountId, region: call.region },
        { limit, ...(QueueNamePrefix && { idPrefix: QueueNamePrefix }), ...(afterId !== undefined && { afterId }) },
      )
  const { rows, next } = await pageOf(context, [QueueNamePrefix], { read, after, limit: MaxResults })
  return {
    ...(rows.length > 0 && { QueueUrls: rows.map((queue) => queueUrl(context, queue)) }),
    ...(next !== undefined && { NextToken: next }),
  }
}

/**
 * Deletes a queue with its messages, which are removed behind the request.
 * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_DeleteQueue.html
 */
export async function deleteQueue(context: SqsContext, { QueueUrl }: Validated<DeleteQueueRequest>): Promise<void> {
  const { call } = context
  const queue = await findQueue(context, QueueUrl)
  await call.transaction(async (tx) => {
    const present = await presentQueue(tx, queue)
    await tx.in(queues).delete(scopeOf(queue), queue.name)
    await tx.in(deletedQueues).put(scopeOf(queue), queue.name, { deletedAtMs: call.clock.nowMs() })
    await tx.in(moveTasks).delete(scopeOf(queue), queue.id)
    await tx.unschedule(moveWork, queue.id)
    await discardMessages(tx, present, call.clock.nowMs())
  })
}

const purgeEveryMs = minuteMs

/**
 * Removes all messages of a queue: from now on it has none of them.
 * @throws ServiceError PurgeQueueInProgress.
 * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_PurgeQueue.html
 */
export async function purgeQueue(context: SqsContext, { QueueUrl }: Validated<PurgeQueueRequest>): Promise<void> {
  const { call } = context
  const queue = await findQueue(context, QueueUrl)
  const nowMs = call.clock.nowMs()
  await call.transaction(async (tx) => {
    const present = await presentQueue(tx, queue)
    const { purgedAtMs } = present
    if (purgedAtMs !== undefined && nowMs >= purgedAtMs && nowMs < purgedAtMs + purgeEveryMs) {
      throw purgeInProgress(queue.name)
    }
    await discardMessages(tx, present, nowMs)
    await tx.in(queues).put(scopeOf(queue), queue.name, { ...present, messagesId: newId(), purgedAtMs: nowMs })
  })
}

async function discardMessages(tx: Transaction, queue: Queue, nowMs: number): Promise<void> {
  const { messagesId } = queue
  await tx.unschedule(expireWork, messagesId)
  await tx.schedule({ kind: discardWork, key: messagesId, dueAtMs: nowMs, scope: scopeOf(queue), payload: {} })
}
