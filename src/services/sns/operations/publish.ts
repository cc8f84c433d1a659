import type {
  PublishBatchInput,
  PublishBatchRequestEntry,
  PublishBatchResponse,
  PublishInput,
  PublishResponse,
} from '@aws-sdk/client-sns'
import type { Validated } from '../../../core/operation.ts'
import { ServiceError } from '../../../core/service-error.ts'
import {
  batchTooLong,
  codeInBatch,
  emptyBatch,
  entryIdsNotDistinct,
  invalidEntryId,
  tooManyEntries,
} from '../domain/errors.ts'
import { mostBytes, type ReadMessage, readMessage } from '../domain/message.ts'
import { type Topic, topicArn } from '../domain/topic.ts'
import type { SnsContext } from '../sns-context.ts'
import { findTopic } from './find-topic.ts'
import { targetOf } from './permissions.ts'
import { publishMessages } from './publish-messages.ts'

/**
 * Publishes a message to the subscribers of a topic.
 * @throws ServiceError InvalidParameter, ParameterValueInvalid, NotFound, KMSAccessDenied …
 * @see https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
 */
export async function publish(context: SnsContext, input: Validated<PublishInput>): Promise<PublishResponse> {
  const topic = await findTopic(context, topicArn(targetOf(context.call.region, input)))
  const message = readMessage(topic, input)
  await context.encryption.check(context.call, topic)
  return publishMessages(context, topic, [message], ([published]) => ({ ...published }))
}

const mostEntries = 10

/**
 * Publishes up to ten messages to a topic, each of which succeeds or is refused by itself.
 * @throws ServiceError EmptyBatchRequest, TooManyEntriesInBatchRequest, BatchEntryIdsNotDistinct, InvalidBatchEntryId,
 *   BatchRequestTooLong, NotFound, KMSAccessDenied …
 * @see https://docs.aws.amazon.com/sns/latest/api/API_PublishBatch.html
 */
export async function publishBatch(
  context: SnsContext,
  { TopicArn, PublishBatchRequestEntries: entries }: Validated<PublishBatchInput>,
): Promise<PublishBatchResponse> {
  const topic = await findTopic(context, TopicArn)
  checkEntries(entries)
  const read = entries.map((entry) => readEntry(topic, entry))
  const accepted = read.filter((entry) => 'message' in entry)
  const refused = read.filter((entry) => 'failure' in entry)
  if (accepted.reduce((sum, { message }) => sum + message.bytes, 0) > mostBytes) throw batchTooLong()
  await context.encryption.check(context.call, topic)
  const messages = accepted.map(({ message }) => message)
  return publishMessages(context, topic, messages, (published) => ({
    Successful: published.map((result, place) => ({ Id: accepted[place]?.id, ...result })),
    Failed: refused.map(({ failure }) => failure),
  }))
}

function checkEntries(entries: readonly PublishBatchRequestEntry[]): void {
  if (entries.length === 0) throw emptyBatch()
  if (entries.length > mostEntries) throw tooManyEntries()
  const ids = new Set(entries.map(({ Id }) => Id))
  if (![...ids].every((id) => /^[\w-]{1,80}$/.test(id ?? ''))) throw invalidEntryId()
  if (ids.size < entries.length) throw entryIdsNotDistinct()
}

function readEntry(topic: Topic, entry: PublishBatchRequestEntry): { id: string; message: ReadMessage } | FailedEntry {
  const { Id: id = '' } = entry
  try {
    return { id, message: readMessage(topic, entry) }
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error
    return { failure: { Id: id, Code: codeInBatch(error.code), Message: error.message, SenderFault: true } }
  }
}

interface FailedEntry {
  failure: { Id: string; Code: string; Message: string; SenderFault: boolean }
}
