import type { DeleteMessageBatchRequest, DeleteMessageBatchResult, DeleteMessageRequest } from '@aws-sdk/client-sqs'
import type { Validated } from '../../../core/operation.ts'
import { handleExpired } from '../domain/errors.ts'
import { isFifo, type Queue } from '../domain/queue.ts'
import { openReceipt, type Receipt } from '../domain/receipt-handle.ts'
import type { SqsContext } from '../sqs-context.ts'
import { QueueMessages } from '../storage/queue-messages.ts'
import { checkBatch, eachEntry } from './batches.ts'
import { findQueue, presentQueue } from './find-queue.ts'

/**
 * Deletes a message; one that is gone already is deleted.
 * @throws ServiceError ReceiptHandleIsInvalid; InvalidParameterValue - FIFO: the message is visible again.
 * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_DeleteMessage.html
 */
export async function deleteMessage(
  context: SqsContext,
  { QueueUrl, ReceiptHandle }: Validated<DeleteMessageRequest>,
): Promise<void> {
  const queue = await findQueue(context, QueueUrl)
  const receipt = openReceipt(context.sealer, queue.id, ReceiptHandle)
  await withMessages(context, queue, (messages) => remove(messages, receipt, ReceiptHandle ?? ''))
  context.waiters.wake(queue.id)
  context.metrics.count(queue, 'NumberOfMessagesDeleted', 1)
}

/** @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_DeleteMessageBatch.html */
export async function deleteMessageBatch(
  context: SqsContext,
  { QueueUrl, Entries }: Validated<DeleteMessageBatchRequest>,
): Promise<DeleteMessageBatchResult> {
  const queue = await findQueue(context, QueueUrl)
  const entries = checkBatch(Entries)
  const result = await withMessages(context, queue, (messages) =>
    eachEntry(entries, async ({ Id, ReceiptHandle }) => {
      await remove(messages, openReceipt(context.sealer, queue.id, ReceiptHandle), ReceiptHandle ?? '')
      return { Id }
    }),
  )
  context.waiters.wake(queue.id)
  context.metrics.count(queue, 'NumberOfMessagesDeleted', result.Successful.length)
  return result
}

/** Works on the messages of a queue in the call's transaction. */
export const withMessages = <R>(
  { call }: SqsContext,
  queue: Queue,
  work: (messages: QueueMessages) => Promise<R>,
): Promise<R> =>
  call.transaction(async (tx) => {
    const messages = await QueueMessages.open(tx, await presentQueue(tx, queue), call.clock.nowMs())
    const result = await work(messages)
    await messages.save()
    return result
  })

/**
 * An old handle of a standard queue's message succeeds and deletes nothing: AWS promises deletion for the latest one only.
 * @throws ServiceError InvalidParameterValue - FIFO: an old handle, or the message is visible again.
 */
async function remove(messages: QueueMessages, { id, receives }: Receipt, handle: string): Promise<void> {
  const message = await messages.get(id)
  if (message?.messagesId !== messages.queue.messagesId) return
  const isLatest = message.receives === receives
  if (isFifo(messages.queue) && (!isLatest || message.visibleAtMs <= messages.nowMs)) throw handleExpired(handle)
  if (isLatest) await messages.remove(id, message)
}
