import type {
  ChangeMessageVisibilityBatchRequest,
  ChangeMessageVisibilityBatchResult,
  ChangeMessageVisibilityRequest,
} from '@aws-sdk/client-sqs'
import { secondMs } from '../../../core/durations.ts'
import type { Validated } from '../../../core/operation.ts'
import {
  handleExpired,
  invalidValue,
  messageNotInFlight,
  messageUnavailable,
  missingParameter,
  visibilityBeyondLimit,
} from '../domain/errors.ts'
import { isFifo } from '../domain/queue.ts'
import { openReceipt } from '../domain/receipt-handle.ts'
import type { SqsContext } from '../sqs-context.ts'
import type { QueueMessages } from '../storage/queue-messages.ts'
import { checkBatch, eachEntry } from './batches.ts'
import { withMessages } from './delete-message.ts'
import { findQueue } from './find-queue.ts'

const mostSeconds = 43_200

interface Change {
  ReceiptHandle?: string | undefined
  VisibilityTimeout?: number | undefined
}

/**
 * Makes a message that was received visible after another time, counted from now.
 * @throws ServiceError MessageNotInflight, ReceiptHandleIsInvalid, InvalidParameterValue.
 * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ChangeMessageVisibility.html
 */
export async function changeMessageVisibility(
  context: SqsContext,
  { QueueUrl, ...given }: Validated<ChangeMessageVisibilityRequest>,
): Promise<void> {
  const queue = await findQueue(context, QueueUrl)
  await withMessages(context, queue, (messages) => change(context, messages, given))
  context.waiters.wakeIn(queue.id, (given.VisibilityTimeout ?? 0) * secondMs)
}

/** @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ChangeMessageVisibilityBatch.html */
export async function changeMessageVisibilityBatch(
  context: SqsContext,
  { QueueUrl, Entries }: Validated<ChangeMessageVisibilityBatchRequest>,
): Promise<ChangeMessageVisibilityBatchResult> {
  const queue = await findQueue(context, QueueUrl)
  const entries = checkBatch(Entries)
  const result = await withMessages(context, queue, (messages) =>
    eachEntry(entries, async ({ Id, ...given }) => {
      await change(context, messages, given)
      return { Id }
    }),
  )
  for (const { VisibilityTimeout = 0 } of entries) context.waiters.wakeIn(queue.id, VisibilityTimeout * secondMs)
  return result
}

async function change({ sealer }: SqsContext, messages: QueueMessages, given: Change): Promise<void> {
  const { ReceiptHandle: handle = '', VisibilityTimeout: seconds } = given
  if (seconds === undefined) throw missingParameter('VisibilityTimeout')
  if (seconds < 0 || seconds > mostSeconds) {
    throw invalidValue(seconds, 'VisibilityTimeout', 'Must be between 0 and 43200.')
  }
  const { queue, nowMs } = messages
  const { id, receives } = openReceipt(sealer, queue.id, handle)
  const message = await messages.get(id)
  if (message?.messagesId !== queue.messagesId || messages.isExpired(message)) throw messageUnavailable(handle)
  if (message.receives !== receives) throw isFifo(queue) ? handleExpired(handle) : messageNotInFlight()
  if (message.visibleAtMs <= nowMs) throw messageNotInFlight()
  const visibleAtMs = nowMs + seconds * secondMs
  if (visibleAtMs > (message.receivedAtMs ?? nowMs) + mostSeconds * secondMs) throw visibilityBeyondLimit(seconds)
  await messages.hide(id, message, visibleAtMs)
  if (message.groupKey === undefined) return
  await messages.changeGroup(message.groupKey, (inFlight) =>
    inFlight.map((one) => (one.id === id ? { id, visibleAtMs } : one)),
  )
}
