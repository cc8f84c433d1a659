import type { WorkRunner, WorkSpec } from '../../../core/scheduler.ts'
import type { CollectionSpec, Transaction } from '../../../core/store.ts'
import type { Signature } from '../domain/envelope.ts'
import { FilteredMessage } from '../domain/filter-policy.ts'
import { type ReadMessage, textFor } from '../domain/message.ts'
import type { Subscription } from '../domain/subscription.ts'
import { filterScopeOf } from '../domain/subscription-attributes.ts'
import { isFifo, scopeOf, type Topic } from '../domain/topic.ts'
import type { SnsDependencies } from '../sns-context.ts'
import { topics } from '../storage/collections.ts'
import { subscriptionsOf } from '../storage/topic-subscriptions.ts'
import { unsubscribeUrl } from './confirmations.ts'
import { enqueueMessage } from './deliver.ts'

/** A message that is published. */
export interface Publication {
  message: ReadMessage
  messageId: string
  timestamp: string
  sequenceNumber?: string
  /** By the text that they are of. */
  signatures: Readonly<Record<string, Signature>>
}

type FanOutContext = Pick<SnsDependencies, 'clock' | 'deliveries' | 'httpDeliveries' | 'endpoint' | 'metrics'>

/** How many subscribers get a message in one transaction, and how many bytes. FIFO topics have no more subscribers than that. */
const most = { atOnce: 100, bytes: 2_097_152 }

/** All subscribers of a FIFO topic at once, so that its messages stay in order. */
const pageSizeOf = (topic: Topic, { bytes }: ReadMessage): number =>
  isFifo(topic) ? most.atOnce : Math.min(most.atOnce, Math.ceil(most.bytes / bytes))

/** The kind of due work that hands a message to further subscribers; its key is the message's id. */
export const fanOutWork = 'sns.fan-out'

/** Messages that not all subscribers have got yet, by their id. */
const publications: CollectionSpec<{ publication: Publication }> = { name: 'sns.publications', sealed: ['publication'] }

interface FanOutPlace {
  topicName: string
  topicId: string
  /** The last subscription that has got the message. */
  afterId: string
}

/**
 * Hands a message to the deliveries of a topic's subscribers: to the first page of them in this transaction, to the others behind it, so
 * that publishing costs the same however many there are.
 * @param notSigned - thrown where a subscriber is to get a text that has no signature.
 */
export async function fanOut(
  context: FanOutContext,
  tx: Transaction,
  topic: Topic,
  publication: Publication,
  notSigned: () => Error,
): Promise<void> {
  const afterId = await handToPage(context, tx, topic, publication, undefined, notSigned)
  if (afterId === undefined) return
  // A subscription of a further page may be confirmed before it gets there.
  if (!isFifo(topic) && Object.keys(publication.signatures).length === 0) throw notSigned()
  await tx.in(publications).put(scopeOf(topic), publication.messageId, { publication })
  const place: FanOutPlace = { topicName: topic.name, topicId: topic.id, afterId }
  const work = { kind: fanOutWork, key: publication.messageId, dueAtMs: context.clock.nowMs() }
  await tx.schedule({ ...work, scope: scopeOf(topic), payload: place })
}

/** @returns behind which subscription the next page begins; undefined where this was the last. */
async function handToPage(
  context: FanOutContext,
  tx: Transaction,
  topic: Topic,
  publication: Publication,
  afterId: string | undefined,
  notSigned: () => Error,
): Promise<string | undefined> {
  const { texts, attributes } = publication.message
  const filtered = new FilteredMessage(texts.default, attributes)
  const pageSize = pageSizeOf(topic, publication.message)
  const page = await subscriptionsOf(tx, topic, afterId, pageSize)
  let filteredOut = 0
  for (const { document } of page) {
    if (!document.isConfirmed) continue
    if (!isWanted(document, filtered)) {
      filteredOut++
      continue
    }
    const message = messageFor(context, topic, document, publication)
    if (!message) throw notSigned()
    await enqueueMessage(context, tx, { topic, subscription: document, message }, context.clock.nowMs())
  }
  context.metrics.filteredOut(topic, filteredOut)
  return page.length === pageSize ? page.at(-1)?.id : undefined
}

const isWanted = ({ attributes }: Subscription, message: FilteredMessage): boolean =>
  attributes.FilterPolicy === undefined || message.fits(attributes.FilterPolicy, filterScopeOf(attributes))

/** @returns undefined where it must be signed and is not. */
function messageFor(
  { endpoint }: FanOutContext,
  topic: Topic,
  subscription: Subscription,
  { message, messageId, timestamp, sequenceNumber, signatures }: Publication,
) {
  const { subject, attributes, group, deduplicationId } = message
  const text = textFor(message, subscription.protocol)
  const signature = Object.hasOwn(signatures, text) ? signatures[text] : undefined
  const isRaw = subscription.attributes.RawMessageDelivery === 'true'
  if (!signature && !isRaw && !isFifo(topic)) return undefined
  return {
    ...{ messageId, timestamp, text, attributes, topicArn: topic.arn },
    ...(subject !== undefined && { subject }),
    ...(sequenceNumber !== undefined && { sequenceNumber }),
    ...(signature && { signature }),
    ...(group !== undefined && { group }),
    ...(deduplicationId !== undefined && { deduplicationId }),
    unsubscribeUrl: unsubscribeUrl(endpoint(), subscription.arn),
  }
}

export const fanOutSpec = (context: FanOutContext): WorkSpec => ({
  atOnce: 1,
  isPrompt: true,
  run: fanOutRunner(context),
})

const fanOutRunner =
  (context: FanOutContext): WorkRunner =>
  async ({ scope, key: messageId, payload }) =>
  async (tx) => {
    const { topicName, topicId, afterId } = payload as FanOutPlace
    const stored = await tx.in(publications).get(scope, messageId)
    const topic = await tx.in(topics).get(scope, topicName)
    const notSigned = () => new Error(`message ${messageId} is not signed`)
    const next =
      stored && topic?.id === topicId
        ? await handToPage(context, tx, topic, stored.publication, afterId, notSigned)
        : undefined
    if (next !== undefined) return { payload: { topicName, topicId, afterId: next } }
    await tx.in(publications).delete(scope, messageId)
    return undefined
  }
