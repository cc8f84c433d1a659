import type { ConfirmSubscriptionInput, ConfirmSubscriptionResponse, UnsubscribeInput } from '@aws-sdk/client-sns'
import type { Validated } from '../../../core/operation.ts'
import { invalidToken, notSubscriptionsOwner } from '../domain/errors.ts'
import { isHttp } from '../domain/subscription.ts'
import { scopeOf } from '../domain/topic.ts'
import type { SnsContext } from '../sns-context.ts'
import { endedSubscriptions, subscriptionKey, subscriptions } from '../storage/collections.ts'
import {
  addSubscription,
  changeSubscription,
  dropWork,
  removeSubscription,
  subscriptionOfEndpoint,
} from '../storage/topic-subscriptions.ts'
import { confirmableMs, openToken, signedConfirmation } from './confirmations.ts'
import { enqueueConfirmation } from './deliver.ts'
import { findTopic } from './find-topic.ts'
import { subscriptionIfAt } from './subscriptions.ts'

/**
 * Confirms a subscription with the token that its endpoint got, or restores one with the token of its end. One that is confirmed
 * already stays so.
 * @throws ServiceError InvalidParameter, NotFound.
 * @see https://docs.aws.amazon.com/sns/latest/api/API_ConfirmSubscription.html
 */
export async function confirmSubscription(
  context: SnsContext,
  { TopicArn, Token, AuthenticateOnUnsubscribe }: Validated<ConfirmSubscriptionInput>,
): Promise<ConfirmSubscriptionResponse> {
  const { call, sealer } = context
  const topic = await findTopic(context, TopicArn)
  const { topicId, subscriptionId } = openToken(sealer, Token, call.clock.nowMs())
  if (topicId !== topic.id) throw invalidToken()
  const wasAuthenticated = call.caller.principal.kind !== 'anonymous'
  const authenticatesUnsubscribe = wasAuthenticated && AuthenticateOnUnsubscribe?.toLowerCase() === 'true'
  return call.transaction(async (tx) => {
    const place = [scopeOf(topic), subscriptionKey(topicId, subscriptionId)] as const
    const state = { isConfirmed: true, wasAuthenticated, authenticatesUnsubscribe }
    const present = await tx.in(subscriptions).get(...place)
    if (present && !present.isConfirmed) {
      await changeSubscription(tx, scopeOf(topic), present, { ...present, ...state })
    }
    if (present) return { SubscriptionArn: present.arn }
    const ended = await tx.in(endedSubscriptions).get(...place)
    if (!ended || (await subscriptionOfEndpoint(tx, topic, ended))) throw invalidToken()
    await tx.in(endedSubscriptions).delete(...place)
    await addSubscription(tx, topic, { ...ended, ...state })
    return { SubscriptionArn: ended.arn }
  })
}

/**
 * Ends a subscription; one that is gone is ended. Where another than its owner does so, the endpoint is notified.
 * @throws ServiceError InvalidParameter; AuthorizationError - it is another account's.
 * @see https://docs.aws.amazon.com/sns/latest/api/API_Unsubscribe.html
 */
export async function unsubscribe(
  context: SnsContext,
  { SubscriptionArn }: Validated<UnsubscribeInput>,
): Promise<void> {
  const { call } = context
  const found = await subscriptionIfAt(context, SubscriptionArn)
  if (!found) return
  const { topic, subscription } = found
  const isOwner = call.accountId === subscription.ownerId
  const isAnonymous = call.caller.principal.kind === 'anonymous'
  const isAllowed = isAnonymous ? !subscription.authenticatesUnsubscribe : isOwner || call.accountId === topic.accountId
  if (!isAllowed) throw notSubscriptionsOwner()
  const notice =
    isOwner || !isHttp(subscription) || !subscription.isConfirmed
      ? undefined
      : await signedConfirmation(context, topic, subscription, 'UnsubscribeConfirmation')
  await call.transaction(async (tx) => {
    const ended = await removeSubscription(tx, scopeOf(topic), subscription)
    if (!notice || !ended) return
    const { id, arn } = ended
    await tx.in(endedSubscriptions).put(scopeOf(topic), subscriptionKey(topic.id, id), ended)
    const dueAtMs = call.clock.nowMs() + confirmableMs
    const payload = { topicId: topic.id, id }
    await tx.schedule({ kind: dropWork, key: arn, dueAtMs, scope: scopeOf(topic), payload })
    await enqueueConfirmation(context, tx, { topic, subscription, confirmation: notice })
  })
}
