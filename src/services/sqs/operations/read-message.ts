import { createHash } from 'node:crypto'
import type { SendMessageRequest } from '@aws-sdk/client-sqs'
import { isXmlText, type StoredAttribute, sizeOfAttributes } from '../../../kit/message-attributes.ts'
import {
  deduplicationIdNeeded,
  emptyMessage,
  invalidCharacters,
  invalidParameter,
  invalidValue,
  messageTooLong,
  missingParameter,
  noDeduplicationInStandard,
  noDelayInFifo,
} from '../domain/errors.ts'
import type { PlainContent } from '../domain/message.ts'
import { readAttributes } from '../domain/message-attributes.ts'
import { isFifo, numberOf, type Queue } from '../domain/queue.ts'

/** A message as a request gives it, alone or in a batch. */
export type GivenMessage = Omit<SendMessageRequest, 'QueueUrl'>

/** A message that can be sent. */
export interface ReadMessage {
  content: PlainContent
  attributes: readonly StoredAttribute[]
  systemAttributes: readonly StoredAttribute[]
  bytes: number
  delaySeconds: number
  group?: string
  /** FIFO queues only; the hash of the body where the queue deduplicates by content. */
  deduplicationId?: string
}

/**
 * Checks a message against the limits of its queue.
 * @throws ServiceError InvalidParameterValue, MissingParameter, InvalidMessageContents.
 */
export function readMessage(queue: Queue, given: GivenMessage): ReadMessage {
  const { MessageBody: body } = given
  if (!body) throw emptyMessage()
  if (!isXmlText(body)) throw invalidCharacters()
  const attributes = readAttributes(given.MessageAttributes)
  const systemAttributes = readAttributes(given.MessageSystemAttributes)
  const bytes = Buffer.byteLength(body) + sizeOfAttributes(attributes)
  const limitBytes = numberOf(queue, 'MaximumMessageSize')
  if (bytes > limitBytes) throw messageTooLong(limitBytes)
  const traceHeader = systemAttributes.find(({ name }) => name === 'AWSTraceHeader')?.value
  return {
    content: {
      body,
      ...(attributes.length > 0 && { attributes }),
      ...(traceHeader !== undefined && { traceHeader }),
    },
    ...{ attributes, systemAttributes, bytes },
    ...(isFifo(queue) ? readForFifo(queue, given, body) : readForStandard(queue, given)),
  }
}

type Placed = Pick<ReadMessage, 'delaySeconds' | 'group' | 'deduplicationId'>

function readForStandard(queue: Queue, { DelaySeconds, MessageGroupId, MessageDeduplicationId }: GivenMessage): Placed {
  if (MessageDeduplicationId) throw noDeduplicationInStandard()
  if (MessageGroupId) checkToken('MessageGroupId', MessageGroupId)
  const delaySeconds = DelaySeconds ?? numberOf(queue, 'DelaySeconds')
  if (delaySeconds < 0 || delaySeconds > mostDelaySeconds) {
    throw invalidValue(delaySeconds, 'DelaySeconds', 'DelaySeconds must be >= 0 and <= 900.')
  }
  return { delaySeconds, ...(MessageGroupId && { group: MessageGroupId }) }
}

const mostDelaySeconds = 900

function readForFifo(queue: Queue, given: GivenMessage, body: string): Placed {
  const { DelaySeconds, MessageGroupId: group } = given
  if (!group) throw missingParameter('MessageGroupId')
  checkToken('MessageGroupId', group)
  if (DelaySeconds) throw noDelayInFifo(DelaySeconds)
  const byContent = queue.attributes.ContentBasedDeduplication === 'true'
  const deduplicationId =
    given.MessageDeduplicationId || (byContent ? createHash('sha256').update(body).digest('hex') : undefined)
  if (!deduplicationId) throw deduplicationIdNeeded()
  checkToken('MessageDeduplicationId', deduplicationId)
  return { delaySeconds: numberOf(queue, 'DelaySeconds'), group, deduplicationId }
}

/** The characters and the length that ids of groups, deduplication and attempts have. @throws ServiceError */
export function checkToken(parameter: string, value: string): void {
  if (/^[\x21-\x7e]{1,128}$/.test(value)) return
  throw invalidValue(
    value.slice(0, 200),
    parameter,
    `${parameter} can only include alphanumeric and punctuation characters. 1 to 128 in length.`,
  )
}

/** @throws ServiceError InvalidParameterValue. */
export function checkRange(parameter: string, value: number | undefined, [min, max]: readonly [number, number]): void {
  if (value === undefined || (value >= min && value <= max)) return
  throw invalidParameter(
    `Value ${value} for parameter ${parameter} is invalid. Reason: ${
      min === 0 ? `Must be >= 0 and <= ${max}, if provided.` : `Must be between ${min} and ${max}, if provided.`
    }`,
  )
}
