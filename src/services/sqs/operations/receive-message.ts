import type { ReceiveMessageRequest, ReceiveMessageResult, Message as ShownMessage } from '@aws-sdk/client-sqs'
import { secondMs } from '../../../core/durations.ts'
import type { Validated } from '../../../core/operation.ts'
import type { Transaction } from '../../../core/store.ts'
import { shownAttributes } from '../../../kit/message-attributes.ts'
import { noAttemptInStandard, tooManyInFlight } from '../domain/errors.ts'
import { chosenAttributes, md5, md5OfAttributes } from '../domain/message-attributes.ts'
import { isFifo, numberOf, type Queue } from '../domain/queue.ts'
import { sealReceipt } from '../domain/receipt-handle.ts'
import type { SqsContext } from '../sqs-context.ts'
import { firstVisibleAtMs, QueueMessages } from '../storage/queue-messages.ts'
import { type Claim, type ClaimedMessage, type ClaimOptions, claimMessages, clearMessages } from './claim-messages.ts'
import { findQueue, presentQueue } from './find-queue.ts'
import { checkRange, checkToken } from './read-message.ts'
import { noteAttempt, repeatedAttempt } from './receive-attempts.ts'

type Request = Validated<ReceiveMessageRequest>

const mostReceived = 10

/** How many messages of a queue are in flight at most. */
const mostInFlight = { standard: 120_000, fifo: 20_000 }

/**
 * Receives messages, at most ten. With a wait time it waits until there is one: woken by what is sent or becomes visible, not by
 * asking the store.
 * @throws ServiceError InvalidParameterValue, OverLimit, KmsAccessDenied …
 * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html
 */
export async function receiveMessage(context: SqsContext, request: Request): Promise<ReceiveMessageResult> {
  const { MaxNumberOfMessages, VisibilityTimeout, WaitTimeSeconds, ReceiveRequestAttemptId } = request
  checkRange('MaxNumberOfMessages', MaxNumberOfMessages, [1, mostReceived])
  checkRange('VisibilityTimeout', VisibilityTimeout, [0, 43_200])
  checkRange('WaitTimeSeconds', WaitTimeSeconds, [0, 20])
  if (ReceiveRequestAttemptId !== undefined) checkToken('ReceiveRequestAttemptId', ReceiveRequestAttemptId)
  const queue = await findQueue(context, request.QueueUrl)
  if (ReceiveRequestAttemptId !== undefined && !isFifo(queue)) throw noAttemptInStandard()
  const waitSeconds = WaitTimeSeconds ?? numberOf(queue, 'ReceiveMessageWaitTimeSeconds')
  const waiter = waitSeconds > 0 ? context.waiters.join(queue.id) : undefined
  const ending = waiter && AbortSignal.any([context.call.signal, AbortSignal.timeout(waitSeconds * secondMs)])
  try {
    for (;;) {
      const received = await receive(context, queue, request, waitSeconds > 0)
      if (received) return received
      if (!waiter || !ending || !(await waiter.woken(ending))) {
        context.metrics.count(queue, 'NumberOfEmptyReceives', 1)
        return {}
      }
      // What came for a client that has gone is for the next.
      if (context.call.signal.aborted) return {}
    }
  } finally {
    waiter?.leave()
  }
}

/**
 * Receives once. A queue that the last receive found something in is not looked into before the transaction: of ten receives, one
 * fewer read.
 * @returns undefined when there is nothing, and nothing was changed.
 */
async function receive(
  context: SqsContext,
  queue: Queue,
  request: Request,
  waits: boolean,
): Promise<ReceiveMessageResult | undefined> {
  const { call, dataKeys, waiters, filledQueues } = context
  let isFilled = filledQueues.get(queue.id) ?? request.ReceiveRequestAttemptId !== undefined
  for (;;) {
    const nowMs = call.clock.nowMs()
    if (!isFilled) {
      const visibleAtMs = await firstVisibleAtMs(call.store, await presentQueue(call.store, queue))
      if (visibleAtMs === undefined || visibleAtMs > nowMs) {
        if (visibleAtMs !== undefined) waiters.wakeIn(queue.id, visibleAtMs - nowMs)
        return undefined
      }
    }
    const found: { claim?: HandedClaim } = {}
    try {
      const answer = await call.transaction(async (tx) => {
        const messages = await QueueMessages.open(tx, await presentQueue(tx, queue), nowMs)
        found.claim = await claim(context, tx, messages, request, waits)
        const { claimed, locked, isChanged } = found.claim
        if (!isChanged || (claimed.length === 0 && (waits || locked.length > 0))) throw new NothingClaimed()
        return answerOf(request, found.claim)
      })
      filledQueues.set(queue.id, true)
      wakeOthers(context, queue, found.claim)
      context.metrics.count(queue, 'NumberOfMessagesReceived', answer.Messages?.length ?? 0)
      return answer
    } catch (thrown) {
      if (!(thrown instanceof NothingClaimed)) throw thrown
    }
    if (found.claim?.isChanged) {
      await clear(context, queue, nowMs)
      continue
    }
    const locked = found.claim?.locked ?? []
    if (locked.length === 0 && !isFilled) return undefined
    if (locked.length === 0) {
      filledQueues.delete(queue.id)
      isFilled = false
    }
    for (const content of locked) await dataKeys.open(call, queue, content)
  }
}

/**
 * Removes and moves what cannot be received any more, before the receiver that found only that looks again: its own transaction is
 * that of its answer.
 */
async function clear({ store, waiters }: SqsContext, queue: Queue, nowMs: number): Promise<void> {
  const { deadLetterQueue } = await store.transaction(async (tx) => {
    const messages = await QueueMessages.open(tx, await presentQueue(tx, queue), nowMs)
    return clearMessages(tx, messages, mostReceived)
  })
  if (deadLetterQueue) waiters.wake(deadLetterQueue.id)
}

/** A claim whose messages have receipt handles. */
interface HandedClaim extends Claim {
  claimed: HandedMessage[]
}

type HandedMessage = ClaimedMessage & { receiptHandle: string }

/** Claims what the request may receive: the same as before, where it is another try of the same attempt. */
async function claim(
  { call, dataKeys, sealer }: SqsContext,
  tx: Transaction,
  messages: QueueMessages,
  { MaxNumberOfMessages = 1, VisibilityTimeout, ReceiveRequestAttemptId: attemptId }: Request,
  waits: boolean,
): Promise<HandedClaim> {
  const { queue } = messages
  const options: ClaimOptions = {
    most: MaxNumberOfMessages,
    visibilityMs: (VisibilityTimeout ?? numberOf(queue, 'VisibilityTimeout')) * secondMs,
    dataKey: (content) => dataKeys.known(call, content),
  }
  const repeated = attemptId === undefined ? undefined : await repeatedAttempt(tx, messages, attemptId, options)
  const most = Math.min(options.most, repeated ? options.most : placesLeft(messages, waits))
  const made = repeated ?? (await claimMessages(tx, messages, { ...options, most }))
  const claimed = made.claimed.map((one): HandedMessage => {
    const { id, message, receiptHandle = sealReceipt(sealer, queue.id, { id, receives: message.receives }) } = one
    return { ...one, receiptHandle }
  })
  if (attemptId !== undefined && !repeated && claimed.length > 0) await noteAttempt(tx, messages, attemptId, claimed)
  if (repeated) await messages.save()
  return { ...made, claimed }
}

/** Undoes a transaction that has found nothing to receive. */
class NothingClaimed extends Error {}

/** How many more messages can be in flight. @throws ServiceError OverLimit - standard queues say so to those who do not wait. */
function placesLeft({ queue, count }: QueueMessages, waits: boolean): number {
  const fifo = isFifo(queue)
  const left = Math.max(0, (fifo ? mostInFlight.fifo : mostInFlight.standard) - count.totals.inFlight)
  if (left === 0 && !fifo && !waits) throw tooManyInFlight()
  return left
}

/** There may be more; and what was received is visible again at a time. */
function wakeOthers({ waiters, call }: SqsContext, queue: Queue, claim: Claim | undefined): void {
  waiters.wake(queue.id)
  if (claim?.deadLetterQueue) waiters.wake(claim.deadLetterQueue.id)
  for (const { message } of claim?.claimed ?? []) waiters.wakeIn(queue.id, message.visibleAtMs - call.clock.nowMs())
}

const answerOf = (request: Request, { claimed }: HandedClaim): ReceiveMessageResult =>
  claimed.length === 0 ? {} : { Messages: claimed.map((one) => shown(request, one)) }

function shown(request: Request, claimed: HandedMessage): ShownMessage {
  const { message, content, receiptHandle } = claimed
  const asked = new Set<string>([...(request.AttributeNames ?? []), ...(request.MessageSystemAttributeNames ?? [])])
  const system = Object.entries(systemAttributes(claimed)).filter(([name]) => asked.has('All') || asked.has(name))
  const attributes = chosenAttributes(content.attributes ?? [], request.MessageAttributeNames)
  const digest = md5OfAttributes(attributes)
  return {
    MessageId: message.messageId,
    ReceiptHandle: receiptHandle,
    MD5OfBody: md5(content.body),
    Body: content.body,
    ...(system.length > 0 && { Attributes: Object.fromEntries(system) }),
    ...(digest !== undefined && { MD5OfMessageAttributes: digest, MessageAttributes: shownAttributes(attributes) }),
  }
}

function systemAttributes({ message, content }: ClaimedMessage): Record<string, string> {
  const { group, deduplicationId, sequenceNumber, deadLetterSourceArn } = message
  return {
    SenderId: message.senderId,
    SentTimestamp: String(message.sentAtMs),
    ApproximateReceiveCount: String(message.receives),
    ApproximateFirstReceiveTimestamp: String(message.firstReceivedAtMs),
    ...(sequenceNumber !== undefined && { SequenceNumber: sequenceNumber }),
    ...(deduplicationId !== undefined && { MessageDeduplicationId: deduplicationId }),
    ...(group !== undefined && { MessageGroupId: group }),
    ...(content.traceHeader !== undefined && { AWSTraceHeader: content.traceHeader }),
    ...(deadLetterSourceArn !== undefined && { DeadLetterQueueSourceArn: deadLetterSourceArn }),
  }
}
