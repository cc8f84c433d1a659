import type { Store } from '../../../core/store.ts'
import { queueNotFound } from '../domain/errors.ts'
import { type Queue, scopeOf } from '../domain/queue.ts'
import { type QueuePlace, readQueueUrl } from '../domain/queue-name.ts'
import type { SqsContext } from '../sqs-context.ts'
import { queues } from '../storage/collections.ts'

/** The queue that a request's URL means. @throws ServiceError QueueDoesNotExist, InvalidAddress, MissingParameter. */
export const findQueue = async (context: SqsContext, url: string | undefined): Promise<Queue> =>
  queueAt(context, readQueueUrl(url, context.call.accountId))

/** @throws ServiceError QueueDoesNotExist. */
async function queueAt(context: SqsContext, place: QueuePlace): Promise<Queue> {
  const queue = await queueIfAt(context, place)
  if (!queue) throw queueNotFound()
  return queue
}

/** The queue of a name, looked up once for each call: the queue that was authorised is the one that is used. */
export const queueIfAt = async (
  { call, found }: SqsContext,
  { accountId, name }: QueuePlace,
): Promise<Queue | undefined> =>
  found.find(`${accountId}/${name}`, () => call.store.in(queues).get({ accountId, region: call.region }, name))

/** The queue as it is in a transaction. @throws ServiceError QueueDoesNotExist - it was deleted meanwhile. */
export async function presentQueue(tx: Pick<Store, 'in'>, queue: Queue): Promise<Queue> {
  const present = await tx.in(queues).get(scopeOf(queue), queue.name)
  if (present?.id !== queue.id) throw queueNotFound()
  return present
}

export const queueUrl = ({ endpoint }: Pick<SqsContext, 'endpoint'>, { accountId, name }: QueuePlace): string =>
  `${endpoint()}/${accountId}/${name}`
