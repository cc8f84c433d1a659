import { dayMs } from '../../../core/durations.ts'
import type { Transaction } from '../../../core/store.ts'
import type { Delivery, DeliveryTarget } from '../../../kit/deliveries/delivery.ts'
import { toFunction, toQueue } from '../../../kit/deliveries/targets.ts'
import { isBinary, shownAttributes } from '../../../kit/message-attributes.ts'
import type { HttpMessage } from '../delivery/http-sender.ts'
import { awsRetryPolicy, effectiveDelivery, type RequestPolicy } from '../domain/delivery-policy.ts'
import { lambdaEvent, type Notification, notificationText } from '../domain/envelope.ts'
import { deadLetterArnOf, isHttp, type Subscription } from '../domain/subscription.ts'
import { isFifo, scopeOf, type Topic } from '../domain/topic.ts'
import type { SnsContext } from '../sns-context.ts'
import { nextPlaceAtMs } from '../storage/topic-subscriptions.ts'
import type { SignedConfirmation } from './confirmations.ts'

/** No retry policy takes longer: that of AWS's own endpoints ends after 23 days. */
const longestMs = 30 * dayMs

/** What a subscriber is to get, and its place among the messages of a FIFO topic. */
export interface OutgoingMessage extends Notification {
  group?: string
  deduplicationId?: string
}

type Outboxes = Pick<SnsContext, 'deliveries' | 'httpDeliveries'>

/** Hands a message to its delivery, in the transaction that publishes it. Addresses of e-mail get none. */
export async function enqueueMessage(
  { deliveries, httpDeliveries }: Outboxes,
  tx: Transaction,
  { topic, subscription, message }: { topic: Topic; subscription: Subscription; message: OutgoingMessage },
  nowMs: number,
): Promise<void> {
  const target = targetFor(topic, subscription, message)
  if (!target) return
  const { attributes } = subscription
  const http = isHttp(subscription)
    ? effectiveDelivery(topic.attributes.DeliveryPolicy, attributes.DeliveryPolicy)
    : undefined
  const retryPolicy = http?.healthyRetryPolicy ?? awsRetryPolicy
  const perSecond = http?.throttlePolicy?.maxReceivesPerSecond
  const delivery: Delivery = {
    ...{ scope: scopeOf(topic), sourceArn: topic.arn, target },
    retry: { retries: retryPolicy.numRetries, maxAgeMs: longestMs },
    ...deadLetterOf(subscription, message),
    // Behind a message of its group that is tried again, the others wait.
    ...(isFifo(topic) && { order: JSON.stringify([subscription.arn, message.group]) }),
    about: { isNotification: true, ...(http && { retryPolicy }) },
    ...(perSecond && { notBeforeMs: await nextPlaceAtMs(tx, scopeOf(topic), subscription, perSecond, nowMs) }),
  }
  await (http ? httpDeliveries : deliveries).enqueue(tx, delivery, nowMs)
}

const isRaw = ({ attributes }: Subscription) => attributes.RawMessageDelivery === 'true'

function targetFor(topic: Topic, subscription: Subscription, message: OutgoingMessage): DeliveryTarget | undefined {
  const { protocol, endpoint, arn } = subscription
  if (protocol === 'sqs') return toQueue(endpoint, queueMessage(subscription, message))
  if (protocol === 'lambda') return toFunction(endpoint, lambdaEvent(message, arn))
  if (protocol !== 'http' && protocol !== 'https') return undefined
  const { requestPolicy } = effectiveDelivery(topic.attributes.DeliveryPolicy, subscription.attributes.DeliveryPolicy)
  return httpTarget(endpoint, {
    body: isRaw(subscription) ? message.text : notificationText(message),
    headers: headersOf('Notification', message, { subscription, requestPolicy }),
  })
}

function queueMessage(subscription: Subscription, message: OutgoingMessage) {
  const { group, deduplicationId } = message
  const raw = isRaw(subscription)
  return {
    MessageBody: raw ? message.text : notificationText(message),
    ...(raw && message.attributes.length > 0 && { MessageAttributes: shownAttributes(message.attributes) }),
    ...(group !== undefined && { MessageGroupId: group }),
    ...(subscription.endpoint.endsWith('.fifo') && { MessageDeduplicationId: deduplicationId }),
  }
}

function deadLetterOf(subscription: Subscription, message: OutgoingMessage): Pick<Delivery, 'deadLetter'> {
  const queueArn = deadLetterArnOf(subscription)
  if (queueArn === undefined) return {}
  const raw = isRaw(subscription)
  const texts = message.attributes.filter((attribute) => !isBinary(attribute))
  return {
    deadLetter: {
      ...{ queueArn, body: raw ? message.text : notificationText(message) },
      ...(raw && { attributes: Object.fromEntries(texts.map(({ name, value }) => [name, value])) }),
      ...(queueArn.endsWith('.fifo') && { groupId: message.group, deduplicationId: message.deduplicationId }),
    },
  }
}

const httpTarget = (url: string, message: Omit<HttpMessage, 'url'>): DeliveryTarget => ({
  ...{ arn: url, sender: 'http', input: { url, ...message } },
})

const headersOf = (
  type: string,
  { messageId, topicArn }: { messageId: string; topicArn: string },
  { subscription, requestPolicy }: { subscription?: Subscription; requestPolicy: RequestPolicy },
): Record<string, string> => ({
  'Content-Type': requestPolicy.headerContentType,
  'User-Agent': 'Amazon Simple Notification Service Agent',
  'x-amz-sns-message-type': type,
  'x-amz-sns-message-id': messageId,
  'x-amz-sns-topic-arn': topicArn,
  ...(subscription && { 'x-amz-sns-subscription-arn': subscription.arn }),
  ...(subscription && isRaw(subscription) && { 'x-amz-sns-rawdelivery': 'true' }),
})

/** Hands a message about a subscription to its delivery. Functions and addresses of e-mail get none. */
export async function enqueueConfirmation(
  { call, deliveries, httpDeliveries }: SnsContext,
  tx: Transaction,
  { topic, subscription, confirmation }: { topic: Topic; subscription: Subscription; confirmation: SignedConfirmation },
): Promise<void> {
  const { endpoint, protocol } = subscription
  const delivery = { scope: scopeOf(topic), sourceArn: topic.arn }
  const nowMs = call.clock.nowMs()
  if (isHttp(subscription)) {
    const { healthyRetryPolicy: retryPolicy, requestPolicy } = effectiveDelivery(
      topic.attributes.DeliveryPolicy,
      subscription.attributes.DeliveryPolicy,
    )
    const { type, messageId, text: body } = confirmation
    const target = httpTarget(endpoint, {
      ...{ body, headers: headersOf(type, { messageId, topicArn: topic.arn }, { requestPolicy }) },
    })
    const retry = { retries: retryPolicy.numRetries, maxAgeMs: longestMs }
    await httpDeliveries.enqueue(tx, { ...delivery, target, retry, about: { retryPolicy } }, nowMs)
  } else if (protocol === 'sqs') {
    const message = endpoint.endsWith('.fifo')
      ? { MessageGroupId: subscription.id, MessageDeduplicationId: confirmation.messageId }
      : {}
    const target = toQueue(endpoint, { MessageBody: confirmation.text, ...message })
    await deliveries.enqueue(tx, { ...delivery, target, retry: { retries: 100, maxAgeMs: dayMs } }, nowMs)
  }
}
