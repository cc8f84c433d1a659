import type {
  GetSubscriptionAttributesInput,
  GetSubscriptionAttributesResponse,
  ListSubscriptionsByTopicInput,
  ListSubscriptionsByTopicResponse,
  ListSubscriptionsInput,
  ListSubscriptionsResponse,
  SetSubscriptionAttributesInput,
  Subscription as ShownSubscription,
} from '@aws-sdk/client-sns'
import type { Validated } from '../../../core/operation.ts'
import type { Transaction } from '../../../core/store.ts'
import { effectiveSubscriptionPolicy } from '../domain/delivery-policy.ts'
import { notSubscriptionsOwner, subscriptionNotFound } from '../domain/errors.ts'
import { isHttp, type Subscription } from '../domain/subscription.ts'
import { changedSubscriptionAttributes, filterScopeOf } from '../domain/subscription-attributes.ts'
import { readSubscriptionArn, scopeOf, type Topic } from '../domain/topic.ts'
import type { SnsContext } from '../sns-context.ts'
import { type ListedSubscription, ownedSubscriptions, subscriptionKey, subscriptions } from '../storage/collections.ts'
import { changeSubscription, subscriptionsOf } from '../storage/topic-subscriptions.ts'
import { findTopic, regionFor, topicIfAt } from './find-topic.ts'
import { pageOf } from './pages.ts'

/** @see https://docs.aws.amazon.com/sns/latest/api/API_ListSubscriptions.html */
export async function listSubscriptions(
  context: SnsContext,
  { NextToken }: Validated<ListSubscriptionsInput>,
): Promise<ListSubscriptionsResponse> {
  const { call } = context
  const scope = { accountId: call.accountId, region: call.region }
  const { rows, next } = await pageOf(context, [], NextToken, (afterId, limit) =>
    call.store.in(ownedSubscriptions).list(scope, { limit, ...(afterId !== undefined && { afterId }) }),
  )
  return { Subscriptions: rows.map(listed), ...(next !== undefined && { NextToken: next }) }
}

/**
 * @throws ServiceError NotFound, InvalidParameter.
 * @see https://docs.aws.amazon.com/sns/latest/api/API_ListSubscriptionsByTopic.html
 */
export async function listSubscriptionsByTopic(
  context: SnsContext,
  { TopicArn, NextToken }: Validated<ListSubscriptionsByTopicInput>,
): Promise<ListSubscriptionsByTopicResponse> {
  const topic = await findTopic(context, TopicArn)
  const { rows, next } = await pageOf(context, [topic.id], NextToken, (afterId, limit) =>
    subscriptionsOf(context.call.store, topic, afterId, limit),
  )
  return { Subscriptions: rows.map(listed), ...(next !== undefined && { NextToken: next }) }
}

const listed = ({
  arn,
  ownerId,
  protocol,
  endpoint,
  topicArn,
  isConfirmed,
}: ListedSubscription): ShownSubscription => ({
  SubscriptionArn: isConfirmed ? arn : 'PendingConfirmation',
  Owner: ownerId,
  Protocol: protocol,
  Endpoint: endpoint,
  TopicArn: topicArn,
})

export interface FoundSubscription {
  topic: Topic
  subscription: Subscription
}

/** The subscription of an ARN; undefined where it, or its topic, is gone. @throws ServiceError InvalidParameter. */
export async function subscriptionIfAt(context: SnsContext, arn: string): Promise<FoundSubscription | undefined> {
  const { topic: place, id } = readSubscriptionArn(arn, regionFor(context.call, arn))
  const topic = await topicIfAt(context, place)
  if (!topic) return undefined
  const subscription = await context.call.store.in(subscriptions).get(scopeOf(topic), subscriptionKey(topic.id, id))
  return subscription && { topic, subscription }
}

/** @throws ServiceError InvalidParameter; NotFound; AuthorizationError - it is another account's. */
async function ownSubscription(context: SnsContext, arn: string): Promise<FoundSubscription> {
  const found = await subscriptionIfAt(context, arn)
  if (!found) throw subscriptionNotFound()
  if (found.subscription.ownerId !== context.call.accountId) throw notSubscriptionsOwner()
  return found
}

/**
 * Shows the attributes of a subscription to the account that owns it.
 * @throws ServiceError NotFound, AuthorizationError, InvalidParameter.
 * @see https://docs.aws.amazon.com/sns/latest/api/API_GetSubscriptionAttributes.html
 */
export async function getSubscriptionAttributes(
  context: SnsContext,
  { SubscriptionArn }: Validated<GetSubscriptionAttributesInput>,
): Promise<GetSubscriptionAttributesResponse> {
  const { topic, subscription } = await ownSubscription(context, SubscriptionArn)
  const { attributes, endpoint } = subscription
  const { RawMessageDelivery = 'false', ...others } = attributes
  const ofTopic = topic.attributes.DeliveryPolicy
  return {
    Attributes: {
      SubscriptionArn: subscription.arn,
      TopicArn: subscription.topicArn,
      Protocol: subscription.protocol,
      Endpoint: endpoint,
      Owner: subscription.ownerId,
      SubscriptionPrincipal: subscription.principalArn,
      ConfirmationWasAuthenticated: String(subscription.wasAuthenticated),
      PendingConfirmation: String(!subscription.isConfirmed),
      RawMessageDelivery,
      ...others,
      ...(attributes.FilterPolicy !== undefined && { FilterPolicyScope: filterScopeOf(attributes) }),
      ...(isHttp(subscription) && {
        EffectiveDeliveryPolicy: effectiveSubscriptionPolicy(ofTopic, attributes.DeliveryPolicy),
      }),
    },
  }
}

/**
 * Sets one attribute of a subscription.
 * @throws ServiceError NotFound, AuthorizationError, InvalidParameter, FilterPolicyLimitExceeded.
 * @see https://docs.aws.amazon.com/sns/latest/api/API_SetSubscriptionAttributes.html
 */
export async function setSubscriptionAttributes(
  context: SnsContext,
  { SubscriptionArn, AttributeName, AttributeValue = '' }: Validated<SetSubscriptionAttributesInput>,
): Promise<void> {
  const { topic, subscription } = await ownSubscription(context, SubscriptionArn)
  const given = { [AttributeName]: AttributeValue }
  await context.call.transaction(async (tx) => {
    const present = await presentSubscription(tx, topic, subscription.id)
    const attributes = changedSubscriptionAttributes(present, given, false)
    await changeSubscription(tx, scopeOf(topic), present, { ...present, attributes })
  })
}

/** The subscription as it is in a transaction. @throws ServiceError NotFound - it was ended meanwhile. */
export async function presentSubscription(tx: Transaction, topic: Topic, id: string): Promise<Subscription> {
  const present = await tx.in(subscriptions).get(scopeOf(topic), subscriptionKey(topic.id, id))
  if (!present) throw subscriptionNotFound()
  return present
}
