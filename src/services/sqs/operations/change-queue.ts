import type { Transaction } from '../../../core/store.ts'
import { type Queue, scopeOf } from '../domain/queue.ts'
import type { SqsContext } from '../sqs-context.ts'
import { queues } from '../storage/collections.ts'
import { presentQueue } from './find-queue.ts'

/** Changes a queue in the call's transaction. @throws ServiceError QueueDoesNotExist; what `change` throws. */
export const changeQueue = (
  { call }: SqsContext,
  queue: Queue,
  change: (present: Queue, tx: Transaction) => Queue | Promise<Queue>,
): Promise<void> =>
  call.transaction(async (tx) => {
    const changed = await change(await presentQueue(tx, queue), tx)
    await tx.in(queues).put(scopeOf(queue), queue.name, { ...changed, modifiedAtMs: call.clock.nowMs() })
  })
