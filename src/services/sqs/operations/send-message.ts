import type {
  SendMessageBatchRequest,
  SendMessageBatchRequestEntry,
  SendMessageBatchResult,
  SendMessageRequest,
  SendMessageResult,
} from '@aws-sdk/client-sqs'
import { secondMs } from '../../../core/durations.ts'
import type { Validated } from '../../../core/operation.ts'
import { userIdOf } from '../../../core/principal.ts'
import type { Transaction } from '../../../core/store.ts'
import { newRequestId } from '../../../core/uuid.ts'
import { encryptContent } from '../domain/content-encryption.ts'
import { batchTooLong } from '../domain/errors.ts'
import type { MessageContent } from '../domain/message.ts'
import { md5, md5OfAttributes } from '../domain/message-attributes.ts'
import { encryptionOf, type Queue } from '../domain/queue.ts'
import type { SqsContext } from '../sqs-context.ts'
import { deduplicationIds, groupKeyOf } from '../storage/collections.ts'
import { QueueMessages } from '../storage/queue-messages.ts'
import { checkBatch, eachEntry } from './batches.ts'
import { findQueue, presentQueue } from './find-queue.ts'
import { type ReadMessage, readMessage } from './read-message.ts'

/**
 * Sends a message.
 * @throws ServiceError InvalidParameterValue, InvalidMessageContents, KmsAccessDenied …
 * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
 */
export async function sendMessage(
  context: SqsContext,
  { QueueUrl, ...given }: Validated<SendMessageRequest>,
): Promise<SendMessageResult> {
  const queue = await findQueue(context, QueueUrl)
  const sealed = await encrypted(context, queue, readMessage(queue, given as SendMessageRequest))
  const sent = await context.call.transaction(async (tx) => {
    const messages = await openQueue(tx, context, queue)
    const result = await send(tx, context, messages, sealed)
    await messages.save()
    return result
  })
  announce(context, queue, [sealed])
  return sent
}

const mostBatchBytes = 1_048_576

/** @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html */
export async function sendMessageBatch(
  context: SqsContext,
  { QueueUrl, Entries }: Validated<SendMessageBatchRequest>,
): Promise<SendMessageBatchResult> {
  const queue = await findQueue(context, QueueUrl)
  const entries = checkBatch(Entries)
  const read = await eachEntry(entries, (entry: SendMessageBatchRequestEntry) => ({
    id: entry.Id ?? '',
    message: readMessage(queue, entry),
  }))
  const bytes = read.Successful.reduce((sum, { message }) => sum + message.bytes, 0)
  if (bytes > mostBatchBytes) throw batchTooLong(mostBatchBytes, bytes)
  const sealed: (SealedMessage & { id: string })[] = []
  for (const { id, message } of read.Successful) sealed.push({ id, ...(await encrypted(context, queue, message)) })
  const result = await context.call.transaction(async (tx) => {
    const messages = await openQueue(tx, context, queue)
    const Successful = []
    for (const message of sealed) Successful.push({ Id: message.id, ...(await send(tx, context, messages, message)) })
    await messages.save()
    return { Successful, Failed: read.Failed }
  })
  announce(context, queue, sealed)
  return result
}

type SealedMessage = ReadMessage & { stored: MessageContent }

/** The message as it is stored: with SSE-KMS under a data key. The store seals every content besides. */
async function encrypted({ call, dataKeys }: SqsContext, queue: Queue, message: ReadMessage): Promise<SealedMessage> {
  const encryption = encryptionOf(queue)
  if (encryption.kind === 'sqs') return { ...message, stored: { content: message.content } }
  const key = await dataKeys.forSending(call, queue, encryption)
  return { ...message, stored: { content: encryptContent(message.content, key, queue.arn) } }
}

const openQueue = async (tx: Transaction, { call }: SqsContext, queue: Queue): Promise<QueueMessages> =>
  QueueMessages.open(tx, await presentQueue(tx, queue), call.clock.nowMs())

type Sent = Omit<SendMessageResult, 'MessageId' | 'MD5OfMessageBody'> & { MessageId: string; MD5OfMessageBody: string }

async function send(
  tx: Transaction,
  { call }: SqsContext,
  messages: QueueMessages,
  message: SealedMessage,
): Promise<Sent> {
  const { content, attributes, systemAttributes, stored, delaySeconds, group, deduplicationId } = message
  const { queue } = messages
  const put = async () => {
    const messageId = newRequestId()
    const sequenceNumber = await messages.add(
      {
        ...{ messageId, senderId: userIdOf(call.caller.principal), contentId: await messages.addContent(stored) },
        ...(group !== undefined && { group }),
        ...(deduplicationId !== undefined && { deduplicationId, groupKey: groupKeyOf(group ?? '') }),
      },
      delaySeconds,
    )
    return { messageId, sequenceNumber }
  }
  const byGroup = queue.attributes.DeduplicationScope === 'messageGroup'
  const place = { operation: call.operation, accountId: queue.accountId, region: queue.region, clock: call.clock }
  const within = JSON.stringify([queue.id, ...(byGroup ? [group] : [])])
  const { messageId, sequenceNumber } = await deduplicationIds.once(
    tx,
    place,
    { token: deduplicationId, input: {}, within },
    put,
  )
  const digests = { body: md5OfAttributes(attributes), system: md5OfAttributes(systemAttributes) }
  return {
    MessageId: messageId,
    MD5OfMessageBody: md5(content.body),
    ...(digests.body !== undefined && { MD5OfMessageAttributes: digests.body }),
    ...(digests.system !== undefined && { MD5OfMessageSystemAttributes: digests.system }),
    ...(deduplicationId !== undefined && { SequenceNumber: sequenceNumber }),
  }
}

/** Counts what was sent, and wakes receivers that wait for it. */
function announce(
  { waiters, metrics }: SqsContext,
  queue: Queue,
  sent: readonly Pick<ReadMessage, 'delaySeconds'>[],
): void {
  if (sent.length > 0) metrics.count(queue, 'NumberOfMessagesSent', sent.length)
  for (const { delaySeconds } of sent) {
    if (delaySeconds === 0) waiters.wake(queue.id)
    else waiters.wakeIn(queue.id, delaySeconds * secondMs)
  }
}
