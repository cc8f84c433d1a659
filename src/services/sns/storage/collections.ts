import { minuteMs } from '../../../core/durations.ts'
import type { CollectionSpec, Scope } from '../../../core/store.ts'
import { clientTokenCollection, clientTokens, type UsedToken } from '../../../kit/client-tokens.ts'
import { counters } from '../../../kit/counters.ts'
import { tooManyFilterPolicies, tooManyTopics } from '../domain/errors.ts'
import { endpointKey, type Subscription } from '../domain/subscription.ts'
import type { Topic } from '../domain/topic.ts'

/** By name. */
export const topics: CollectionSpec<Topic> = { name: 'sns.topics' }

/** Where their topic is, by the topic's id and their own. */
export const subscriptions: CollectionSpec<Subscription> = {
  name: 'sns.subscriptions',
  indexes: { endpoint: (subscription) => [endpointKey(subscription)] },
}

/** Subscriptions that were ended by another than their owner: their endpoints can restore them, for as long as a token is valid. */
export const endedSubscriptions: CollectionSpec<Subscription> = { name: 'sns.ended-subscriptions' }

export const subscriptionKey = (topicId: string, id: string): string => `${topicId}/${id}`

/** What the account that subscribed sees in its list, in its own scope; by ARN. */
export interface ListedSubscription {
  arn: string
  ownerId: string
  topicArn: string
  protocol: string
  endpoint: string
  isConfirmed: boolean
}

export const ownedSubscriptions: CollectionSpec<ListedSubscription> = { name: 'sns.owned-subscriptions' }

type AccountCount = 'topics' | 'fifoTopics' | 'filterPolicies'

/** What an account has in a Region. */
export const accountCounts = counters<AccountCount>({
  collection: { name: 'sns.account-counts' },
  none: { topics: 0, fifoTopics: 0, filterPolicies: 0 },
  quotas: {
    topics: { most: 100_000, exceeded: tooManyTopics },
    fifoTopics: { most: 1000, exceeded: tooManyTopics },
    filterPolicies: { most: 10_000, exceeded: tooManyFilterPolicies },
  },
})

export const accountCount = 'account'

type TopicCount = 'confirmed' | 'pending' | 'deleted' | 'filterPolicies'

/** Subscriptions of a topic, by its id. */
export const topicCounts = counters<TopicCount>({
  collection: { name: 'sns.topic-counts' },
  none: { confirmed: 0, pending: 0, deleted: 0, filterPolicies: 0 },
  quotas: { filterPolicies: { most: 200, exceeded: tooManyFilterPolicies } },
})

/** How many messages a FIFO topic has had, by its id: gives their sequence numbers. */
export const publishedCounts: CollectionSpec<{ published: number }> = { name: 'sns.published-counts' }

/**
 * When the next message may go to a subscription with a throttle policy, and when the last one came, by the subscription's key.
 */
export const paces: CollectionSpec<{ nextAtMs: number; cameAtMs?: number }> = { name: 'sns.paces' }

const usedTokens: CollectionSpec<UsedToken> = { name: 'sns.deduplication-ids', ...clientTokenCollection }

/** What was published to FIFO topics in the last five minutes. */
export const deduplicationIds = clientTokens({ collection: usedTokens, windowMs: 5 * minuteMs })

/** The key that messages are signed with, and its certificate. */
export interface SigningKeyDocument {
  /** Base64 of PKCS#8. */
  privateKey: string
  /** PEM. */
  certificate: string
}

export const signingKeys: CollectionSpec<SigningKeyDocument> = { name: 'sns.signing-keys', sealed: ['privateKey'] }

/** The key is the server's, not an account's. */
export const everywhere: Scope = { accountId: '', region: '' }
