import { minuteMs, secondMs } from '../../../core/durations.ts'
import type { Scope, Store, Stored, Transaction } from '../../../core/store.ts'
import { tooManySubscriptions } from '../domain/errors.ts'
import { endpointKey, type Subscription } from '../domain/subscription.ts'
import { isFifo, scopeOf, type Topic } from '../domain/topic.ts'
import {
  accountCount,
  accountCounts,
  ownedSubscriptions,
  paces,
  subscriptionKey,
  subscriptions,
  topicCounts,
} from './collections.ts'

/** The kind of due work that drops a subscription which was not confirmed; its key is the subscription's ARN. */
export const dropWork = 'sns.drop-unconfirmed'

const mostSubscriptions = { standard: 12_500_000, fifo: 100 }

/** The subscription of an endpoint; undefined where it has none. */
export async function subscriptionOfEndpoint(
  reader: Pick<Store, 'in'>,
  topic: Topic,
  asked: Pick<Subscription, 'topicId' | 'protocol' | 'endpoint'>,
): Promise<Subscription | undefined> {
  const index = { name: 'endpoint', value: endpointKey(asked) }
  const [found] = await reader.in(subscriptions).list(scopeOf(topic), { index, limit: 1 })
  return found?.document
}

/** Adds a subscription. @throws ServiceError SubscriptionLimitExceeded, FilterPolicyLimitExceeded. */
export async function addSubscription(tx: Transaction, topic: Topic, subscription: Subscription): Promise<void> {
  const scope = scopeOf(topic)
  const filterPolicies = filtersOf(subscription)
  const state = subscription.isConfirmed ? 'confirmed' : 'pending'
  const { confirmed, pending } = await topicCounts.change(tx, scope, topic.id, { [state]: 1, filterPolicies })
  if (confirmed + pending > (isFifo(topic) ? mostSubscriptions.fifo : mostSubscriptions.standard)) {
    throw tooManySubscriptions()
  }
  if (filterPolicies > 0) await accountCounts.change(tx, scope, accountCount, { filterPolicies })
  await write(tx, scope, subscription)
}

const filtersOf = ({ attributes }: Subscription) => (attributes.FilterPolicy === undefined ? 0 : 1)

/** Writes a changed subscription, and counts what has changed of it. */
export async function changeSubscription(
  tx: Transaction,
  scope: Scope,
  before: Subscription,
  after: Subscription,
): Promise<void> {
  const filterPolicies = filtersOf(after) - filtersOf(before)
  const confirmed = Number(after.isConfirmed) - Number(before.isConfirmed)
  await topicCounts.change(tx, scope, after.topicId, { filterPolicies, confirmed, pending: -confirmed })
  if (filterPolicies !== 0) await accountCounts.change(tx, scope, accountCount, { filterPolicies })
  if (confirmed > 0) await tx.unschedule(dropWork, after.arn)
  await write(tx, scope, after)
}

async function write(tx: Transaction, scope: Scope, subscription: Subscription): Promise<void> {
  const { arn, id, ownerId, topicId, topicArn, protocol, endpoint, isConfirmed } = subscription
  await tx.in(subscriptions).put(scope, subscriptionKey(topicId, id), subscription)
  const listed = { arn, ownerId, topicArn, protocol, endpoint, isConfirmed }
  await tx.in(ownedSubscriptions).put(ownersScope(scope, subscription), arn, listed)
}

const ownersScope = ({ region }: Scope, { ownerId }: Subscription): Scope => ({ accountId: ownerId, region })

/** Removes a subscription as it is now. @returns it; undefined when it is gone. */
export async function removeSubscription(
  tx: Transaction,
  scope: Scope,
  { topicId, id }: Pick<Subscription, 'topicId' | 'id'>,
): Promise<Subscription | undefined> {
  const subscription = await tx.in(subscriptions).get(scope, subscriptionKey(topicId, id))
  if (!subscription) return undefined
  const { arn, isConfirmed } = subscription
  await tx.in(subscriptions).delete(scope, subscriptionKey(topicId, id))
  await tx.in(ownedSubscriptions).delete(ownersScope(scope, subscription), arn)
  await tx.in(paces).delete(scope, subscriptionKey(topicId, id))
  await tx.unschedule(dropWork, arn)
  const filterPolicies = 0 - filtersOf(subscription)
  const state = isConfirmed ? 'confirmed' : 'pending'
  await topicCounts.change(tx, scope, topicId, { [state]: -1, deleted: 1, filterPolicies })
  if (filterPolicies !== 0) await accountCounts.change(tx, scope, accountCount, { filterPolicies })
  return subscription
}

/** Takes the next place in the pace of a subscription. @returns when its next message may be delivered. */
export async function nextPlaceAtMs(
  tx: Transaction,
  scope: Scope,
  { topicId, id }: Subscription,
  perSecond: number,
  nowMs: number,
): Promise<number> {
  const key = subscriptionKey(topicId, id)
  const { nextAtMs = nowMs, cameAtMs = nowMs } = (await tx.in(paces).get(scope, key)) ?? {}
  // A clock that was set back since begins anew.
  const atMs = cameAtMs > nowMs + minuteMs ? nowMs : Math.max(nowMs, nextAtMs)
  await tx.in(paces).put(scope, key, { nextAtMs: atMs + secondMs / perSecond, cameAtMs: nowMs })
  return Math.ceil(atMs)
}

/** Subscriptions of a topic, in the order of their ids. */
export const subscriptionsOf = (
  reader: Pick<Store, 'in'>,
  topic: Pick<Topic, 'id' | 'accountId' | 'region'>,
  afterId: string | undefined,
  limit: number,
): Promise<Stored<Subscription>[]> =>
  reader
    .in(subscriptions)
    .list(scopeOf(topic), { idPrefix: `${topic.id}/`, limit, ...(afterId !== undefined && { afterId }) })

/** Forgets what was counted of a topic that is gone. */
export async function forgetCounts(tx: Transaction, scope: Scope, topicId: string): Promise<void> {
  const counted = await topicCounts.read(tx, scope, topicId)
  const back = Object.fromEntries(Object.entries(counted).map(([name, count]) => [name, 0 - count]))
  await topicCounts.change(tx, scope, topicId, back)
}
