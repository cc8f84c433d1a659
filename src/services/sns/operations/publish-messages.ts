import type { Transaction } from '../../../core/store.ts'
import { newRequestId } from '../../../core/uuid.ts'
import { notificationToSign, type Signature } from '../domain/envelope.ts'
import type { ReadMessage } from '../domain/message.ts'
import { isFifo, scopeOf, type Topic } from '../domain/topic.ts'
import { signatureVersionOf } from '../domain/topic-attributes.ts'
import type { SnsContext } from '../sns-context.ts'
import { deduplicationIds, publishedCounts, topicCounts } from '../storage/collections.ts'
import { fanOut, type Publication } from './fan-out.ts'
import { presentTopic } from './find-topic.ts'

export interface PublishedMessage {
  MessageId: string
  SequenceNumber?: string
}

/**
 * Publishes messages in the call's transaction, with their deliveries.
 * @param answerOf - makes the call's answer, in the order of the messages.
 */
export async function publishMessages<R>(
  context: SnsContext,
  topic: Topic,
  messages: readonly ReadMessage[],
  answerOf: (published: PublishedMessage[]) => R,
): Promise<R> {
  const { call } = context
  const nowMs = call.clock.nowMs()
  const publications = messages.map(
    (message): Publication => ({
      ...{ message, messageId: newRequestId(), timestamp: new Date(nowMs).toISOString(), signatures: {} },
    }),
  )
  const { confirmed } = await topicCounts.read(call.store, scopeOf(topic), topic.id)
  // AWS does not sign the messages of FIFO topics. A message that has no subscriber needs no signature either.
  if (!isFifo(topic) && confirmed > 0) await signAll(context, topic, publications)
  for (;;) {
    try {
      const answer = await call.transaction(async (tx) => {
        const present = await presentTopic(tx, topic)
        const published: PublishedMessage[] = []
        for (const publication of publications) published.push(await publishOne(context, tx, present, publication))
        return answerOf(published)
      })
      for (const { bytes } of messages) context.metrics.published(topic, bytes)
      return answer
    } catch (thrown) {
      if (!(thrown instanceof NotSigned)) throw thrown
      // The first subscription has come meanwhile.
      await signAll(context, topic, publications)
    }
  }
}

/** Undoes a transaction that meets a subscriber of a message which is not signed. */
class NotSigned extends Error {}

/** Signs every text of the messages: it costs a millisecond of another thread each. */
async function signAll({ signingKeys }: SnsContext, topic: Topic, publications: Publication[]): Promise<void> {
  const version = signatureVersionOf(topic.attributes)
  await Promise.all(
    publications.map(async (publication) => {
      const { message, messageId, timestamp } = publication
      const { subject, attributes, texts } = message
      const facts = { messageId, timestamp, topicArn: topic.arn, attributes, ...(subject !== undefined && { subject }) }
      const signed = new Map<string, Signature>()
      for (const text of new Set([texts.default, ...Object.values(texts.byProtocol)])) {
        signed.set(text, await signingKeys.sign(notificationToSign({ ...facts, text }), version))
      }
      publication.signatures = Object.fromEntries(signed)
    }),
  )
}

async function publishOne(
  context: SnsContext,
  tx: Transaction,
  topic: Topic,
  publication: Publication,
): Promise<PublishedMessage> {
  const { message, messageId } = publication
  const fifo = isFifo(topic)
  const put = async (): Promise<PublishedMessage> => {
    const sequenceNumber = fifo ? await nextSequenceNumber(tx, topic) : undefined
    const numbered = sequenceNumber === undefined ? publication : { ...publication, sequenceNumber }
    await fanOut(context, tx, topic, numbered, () => new NotSigned())
    return { MessageId: messageId, ...(sequenceNumber !== undefined && { SequenceNumber: sequenceNumber }) }
  }
  const { operation, clock } = context.call
  const place = { operation, accountId: topic.accountId, region: topic.region, clock }
  const byGroup = topic.attributes.FifoThroughputScope === 'MessageGroup'
  const within = JSON.stringify([topic.id, ...(byGroup ? [message.group] : [])])
  return deduplicationIds.once(tx, place, { token: message.deduplicationId, input: {}, within }, put)
}

/** Sequence numbers have 20 digits, grow, and are not consecutive. */
async function nextSequenceNumber(tx: Transaction, topic: Topic): Promise<string> {
  const counts = tx.in(publishedCounts)
  const published = ((await counts.get(scopeOf(topic), topic.id))?.published ?? 0) + 1
  await counts.put(scopeOf(topic), topic.id, { published })
  return String(10_000_000_000_000_000_000n + BigInt(published) * 1000n)
}
