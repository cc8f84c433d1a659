import { randomUUID } from 'node:crypto'
import type { SubscribeInput, SubscribeResponse } from '@aws-sdk/client-sns'
import type { Validated } from '../../../core/operation.ts'
import { printedArn } from '../../../core/principal.ts'
import type { WorkRunner } from '../../../core/scheduler.ts'
import { leadsHere } from '../../../kit/http-endpoints.ts'
import { invalidParameter, subscriptionAttributesDiffer } from '../domain/errors.ts'
import {
  accountOfEndpoint,
  isHttp,
  readEndpoint,
  type Subscription,
  type SubscriptionAttributes,
} from '../domain/subscription.ts'
import { changedSubscriptionAttributes } from '../domain/subscription-attributes.ts'
import { scopeOf } from '../domain/topic.ts'
import type { SnsContext } from '../sns-context.ts'
import { endedSubscriptions, subscriptionKey, subscriptions } from '../storage/collections.ts'
import {
  addSubscription,
  dropWork,
  removeSubscription,
  subscriptionOfEndpoint,
} from '../storage/topic-subscriptions.ts'
import { confirmableMs, signedConfirmation } from './confirmations.ts'
import { enqueueConfirmation } from './deliver.ts'
import { findTopic, presentTopic } from './find-topic.ts'

/**
 * Subscribes an endpoint to a topic. Queues and functions of the caller's account are confirmed at once; others get a message with a
 * token. An endpoint that is subscribed already is found, and gets another message while it is not confirmed.
 * @throws ServiceError InvalidParameter, NotFound, SubscriptionLimitExceeded, FilterPolicyLimitExceeded.
 * @see https://docs.aws.amazon.com/sns/latest/api/API_Subscribe.html
 */
export async function subscribe(
  context: SnsContext,
  { TopicArn, Protocol, Endpoint, Attributes = {}, ReturnSubscriptionArn = false }: Validated<SubscribeInput>,
): Promise<SubscribeResponse> {
  const { call } = context
  const topic = await findTopic(context, TopicArn)
  if (!Endpoint) throw invalidParameter('Endpoint')
  const protocol = readEndpoint(topic, Protocol, Endpoint, context.httpEndpoints)
  if (isHttp({ protocol })) refuseOwnAddress(context, Endpoint)
  const id = randomUUID()
  const asked = { protocol, endpoint: Endpoint, topicId: topic.id, topicArn: topic.arn }
  const given = Attributes as Record<string, string>
  const attributes = changedSubscriptionAttributes({ ...asked, attributes: {} }, given, true)
  const isConfirmed = accountOfEndpoint(asked) === call.accountId
  const subscription: Subscription = {
    ...{ ...asked, id, arn: `${topic.arn}:${id}`, ownerId: call.accountId },
    ...{ principalArn: printedArn(call.caller.principal), attributes, isConfirmed },
    ...{ wasAuthenticated: isConfirmed, authenticatesUnsubscribe: isConfirmed },
  }
  const existing = await subscriptionOfEndpoint(call.store, topic, asked)
  const meant = existing ?? subscription
  const confirmation = meant.isConfirmed
    ? undefined
    : await signedConfirmation(context, topic, meant, 'SubscriptionConfirmation')
  return call.transaction(async (tx) => {
    await presentTopic(tx, topic)
    const present = await subscriptionOfEndpoint(tx, topic, asked)
    if (present) checkSame(present.attributes, attributes, given)
    else await addSubscription(tx, topic, subscription)
    const subscribed = present ?? subscription
    if (!subscribed.isConfirmed) {
      const nowMs = call.clock.nowMs()
      const work = { kind: dropWork, key: subscribed.arn, dueAtMs: nowMs + confirmableMs, scope: scopeOf(topic) }
      await tx.schedule({ ...work, payload: { topicId: topic.id, id: subscribed.id } })
      // Where another call has subscribed the endpoint meanwhile, that one's message is on its way.
      if (confirmation && subscribed.id === meant.id) {
        await enqueueConfirmation(context, tx, { topic, subscription: subscribed, confirmation })
      }
    }
    const shown = subscribed.isConfirmed || ReturnSubscriptionArn
    return { SubscriptionArn: shown ? subscribed.arn : 'pending confirmation' }
  })
}

/** The server's own requests must not be made by way of a subscription. */
function refuseOwnAddress({ endpoint }: SnsContext, url: string): void {
  const [asked, own] = [new URL(url), new URL(endpoint())]
  const portOf = ({ port, protocol }: URL) => port || (protocol === 'https:' ? '443' : '80')
  const sameHost = asked.hostname === own.hostname || leadsHere(asked.hostname)
  if (sameHost && portOf(asked) === portOf(own)) throw invalidParameter('Endpoint', 'It is the address of this server.')
}

/** Attributes that a request does not name are not compared. */
function checkSame(
  present: SubscriptionAttributes,
  asked: SubscriptionAttributes,
  given: Readonly<Record<string, string>>,
): void {
  for (const name of Object.keys(given) as (keyof SubscriptionAttributes)[]) {
    if ((present[name] ?? defaults[name]) !== (asked[name] ?? defaults[name])) throw subscriptionAttributesDiffer()
  }
}

const defaults: SubscriptionAttributes = { RawMessageDelivery: 'false', FilterPolicyScope: 'MessageAttributes' }

/** Drops a subscription that was not confirmed, or restored, in its time. */
export const dropRunner: WorkRunner =
  async ({ scope, payload }) =>
  async (tx) => {
    const { topicId, id } = payload as { topicId: string; id: string }
    await tx.in(endedSubscriptions).delete(scope, subscriptionKey(topicId, id))
    const subscription = await tx.in(subscriptions).get(scope, subscriptionKey(topicId, id))
    if (subscription && !subscription.isConfirmed) await removeSubscription(tx, scope, subscription)
  }
