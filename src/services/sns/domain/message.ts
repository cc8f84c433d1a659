import { createHash } from 'node:crypto'
import type { PublishInput } from '@aws-sdk/client-sns'
import { isXmlText, type StoredAttribute, sizeOfAttributes } from '../../../kit/message-attributes.ts'
import {
  deduplicationIdNeeded,
  deduplicationInStandard,
  emptyMessage,
  groupNeeded,
  invalidIdCharacters,
  invalidMessage,
  invalidParameter,
  invalidSubject,
  messageTooLong,
  noDefaultEntry,
  unparsableStructure,
} from './errors.ts'
import { jsonObject } from './json.ts'
import { readMessageAttributes } from './message-attributes.ts'
import type { Protocol } from './subscription.ts'
import { isFifo, type Topic } from './topic.ts'

/** A message as a request gives it, alone or in a batch. */
export type GivenMessage = Pick<
  PublishInput,
  'Message' | 'Subject' | 'MessageStructure' | 'MessageAttributes' | 'MessageDeduplicationId' | 'MessageGroupId'
>

/** A message that can be published. */
export interface ReadMessage {
  texts: MessageTexts
  subject?: string
  attributes: readonly StoredAttribute[]
  bytes: number
  group?: string
  /** FIFO topics only; the hash of the message where the topic deduplicates by content. */
  deduplicationId?: string
}

/** What a message says: to all, or to some protocols something else. */
export interface MessageTexts {
  default: string
  byProtocol: Readonly<Record<string, string>>
}

export const textFor = ({ texts }: Pick<ReadMessage, 'texts'>, protocol: Protocol): string =>
  Object.hasOwn(texts.byProtocol, protocol) ? (texts.byProtocol[protocol] ?? texts.default) : texts.default

/** Of a message with its attributes, and of all messages of a batch together. */
export const mostBytes = 262_144

/**
 * Checks a message for a topic.
 * @throws ServiceError InvalidParameter, ParameterValueInvalid.
 * @see https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
 */
export function readMessage(topic: Topic, given: GivenMessage): ReadMessage {
  const { Message: text, Subject: subject } = given
  if (!text) throw emptyMessage()
  if (!isXmlText(text)) throw invalidMessage()
  const attributes = readMessageAttributes(given.MessageAttributes)
  const bytes = Buffer.byteLength(text) + sizeOfAttributes(attributes)
  if (bytes > mostBytes) throw messageTooLong()
  if (subject !== undefined && !/^[\x21-\x7e][\x20-\x7e]{0,99}$/.test(subject)) throw invalidSubject()
  return {
    ...{ texts: readTexts(text, given.MessageStructure), attributes, bytes },
    ...(subject !== undefined && { subject }),
    ...(isFifo(topic) ? readForFifo(topic, given, text) : readForStandard(given)),
  }
}

function readTexts(text: string, structure: string | undefined): MessageTexts {
  if (!structure) return { default: text, byProtocol: {} }
  if (structure !== 'json') throw invalidParameter('MessageStructure')
  const given = jsonObject(text)
  if (!given) throw unparsableStructure()
  const { default: forAll, ...others } = given
  if (typeof forAll !== 'string') throw noDefaultEntry()
  // What is not text is for no protocol.
  const texts = Object.entries(others).filter((entry): entry is [string, string] => typeof entry[1] === 'string')
  return { default: forAll, byProtocol: Object.fromEntries(texts) }
}

type Placed = Pick<ReadMessage, 'group' | 'deduplicationId'>

function readForStandard({ MessageGroupId, MessageDeduplicationId }: GivenMessage): Placed {
  if (MessageDeduplicationId) throw deduplicationInStandard()
  if (MessageGroupId) checkId('MessageGroupId', MessageGroupId)
  return MessageGroupId ? { group: MessageGroupId } : {}
}

function readForFifo({ attributes }: Topic, given: GivenMessage, text: string): Placed {
  const { MessageGroupId: group } = given
  if (!group) throw groupNeeded()
  checkId('MessageGroupId', group)
  const byContent = attributes.ContentBasedDeduplication === 'true'
  const deduplicationId =
    given.MessageDeduplicationId || (byContent ? createHash('sha256').update(text).digest('hex') : undefined)
  if (!deduplicationId) throw deduplicationIdNeeded()
  checkId('MessageDeduplicationId', deduplicationId)
  return { group, deduplicationId }
}

function checkId(parameter: string, value: string): void {
  if (!/^[\x21-\x7e]{1,128}$/.test(value)) throw invalidIdCharacters(parameter)
}
