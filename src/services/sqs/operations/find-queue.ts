import type { Store } from '../../../core/store.ts'
import { queueNotFound } from '../domain/errors.ts'
import { type Queue, scopeOf } from '../domain/queue.ts'
import { type QueuePlace, readQueueUrl } from '../domain/queue-name.ts'
import type { SqsContext } from '../sqs-context.ts'
import { queues } from '../storage/collections.ts'

/** The queue that a request's URL means. @throws ServiceError QueueDoesNotExist, InvalidAddress, MissingParameter. */
export const findQueue = ({ call }: SqsContext, url: string | undefined): Promise<Queue> =>
  queueAt({ call }, readQueueUrl(url, call.accountId))

/** @throws ServiceError QueueDoesNotExist. */
export async function queueAt({ call }: Pick<SqsContext, 'call'>, place: QueuePlace): Promise<Queue> {
  const queue = await queueIfAt({ call }, place)
  if (!queue) throw queueNotFound()
  return queue
}

export const queueIfAt = async (
  { call }: Pick<SqsContext, 'call'>,
  { accountId, name }: QueuePlace,
): Promise<Queue | undefined> => call.store.in(queues).get({ accountId, region: call.region }, name)

/** The queue as it is in a transaction. @throws ServiceError QueueDoesNotExist - it was deleted meanwhile. */
export async function presentQueue(tx: Pick<Store, 'in'>, queue: Queue): Promise<Queue> {
  const present = await tx.in(queues).get(scopeOf(queue), queue.name)
  if (present?.id !== queue.id) throw queueNotFound()
  return present
}

export const queueUrl = ({ endpoint }: Pick<SqsContext, 'endpoint'>, { accountId, name }: QueuePlace): string =>
  `${endpoint()}/${accountId}/${name}`
