import type { ListDeadLetterSourceQueuesRequest, ListDeadLetterSourceQueuesResult } from '@aws-sdk/client-sqs'
import type { Validated } from '../../../core/operation.ts'
import type { Transaction } from '../../../core/store.ts'
import { invalidValue } from '../domain/errors.ts'
import { allowsRedriveFrom, isFifo, type Queue, redrivePolicyOf, scopeOf } from '../domain/queue.ts'
import { placeOfArn } from '../domain/queue-name.ts'
import type { SqsContext } from '../sqs-context.ts'
import { queues } from '../storage/collections.ts'
import { findQueue, queueUrl } from './find-queue.ts'
import { checkPaging, pageOf, placeOf } from './queue-pages.ts'

/** The dead-letter queue of a queue; undefined where it has none, or where that is gone. */
export async function deadLetterQueue(tx: Transaction, queue: Queue): Promise<Queue | undefined> {
  const policy = redrivePolicyOf(queue)
  const place = policy && placeOfArn(policy.deadLetterTargetArn)
  if (!place || place.accountId !== queue.accountId || place.region !== queue.region) return undefined
  return tx.in(queues).get(scopeOf(queue), place.name)
}

/** Checks that the dead-letter queue that a queue names exists, is of its type and takes its messages. @throws ServiceError */
export async function checkDeadLetterTarget(tx: Transaction, queue: Queue): Promise<void> {
  if (!queue.attributes.RedrivePolicy) return
  const refused = (reason: string) => invalidValue(queue.attributes.RedrivePolicy, 'RedrivePolicy', reason)
  const target = await deadLetterQueue(tx, queue)
  if (!target) throw refused('Dead letter target does not exist.')
  if (isFifo(target) !== isFifo(queue)) {
    throw refused(`Dead-letter queue must be same type of queue as the source.`)
  }
  if (!allowsRedriveFrom(target, queue.arn)) throw refused('The dead-letter queue does not allow this source queue.') // (U)
}

/**
 * Lists the queues whose dead-letter queue is this one.
 * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ListDeadLetterSourceQueues.html
 */
export async function listDeadLetterSourceQueues(
  context: SqsContext,
  { QueueUrl, NextToken, MaxResults }: Validated<ListDeadLetterSourceQueuesRequest>,
): Promise<ListDeadLetterSourceQueuesResult> {
  checkPaging(NextToken, MaxResults)
  const queue = await findQueue(context, QueueUrl)
  const afterId = placeOf(context, [queue.arn], NextToken)
  const read = (after: string | undefined, limit: number) =>
    context.call.store.in(queues).list(scopeOf(queue), {
      ...{ index: { name: 'deadLetterTarget', value: queue.arn }, limit },
      ...(after !== undefined && { afterId: after }),
    })
  const { rows, next } = await pageOf(context, [queue.arn], { read, after: afterId, limit: MaxResults })
  return {
    queueUrls: rows.map((source) => queueUrl(context, source)),
    ...(next !== undefined && { NextToken: next }),
  }
}
