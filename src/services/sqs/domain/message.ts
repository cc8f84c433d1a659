import { minuteMs } from '../../../core/durations.ts'
import type { StoredAttribute } from '../../../kit/message-attributes.ts'

/** What of a message changes while it waits. Its content is kept apart, so that receiving it does not write it anew. */
export interface Message {
  messageId: string
  /** What the messages of its queue are stored under. */
  messagesId: string
  /** Of its content. */
  contentId: string
  sentAtMs: number
  /** From when on it can be received. */
  visibleAtMs: number
  receives: number
  firstReceivedAtMs?: number
  receivedAtMs?: number
  /** The entry of the queue's counts that it is counted in while it cannot be received. */
  bucket?: number
  senderId: string
  /** Of a FIFO queue: the hash of its group. */
  groupKey?: string
  group?: string
  deduplicationId?: string
  sequenceNumber?: string
  /** The queue that it was moved here from. */
  deadLetterSourceArn?: string
}

export interface MessageContent {
  content: PlainContent | EncryptedContent
}

/** What the sender gave. */
export interface PlainContent {
  body: string
  attributes?: readonly StoredAttribute[]
  /** AWSTraceHeader. */
  traceHeader?: string
}

/** Under a data key of KMS. */
export interface EncryptedContent {
  /** As KMS encrypted it, base64. */
  dataKey: string
  /** The queue that the message was sent to: the data key's encryption context. */
  queueArn: string
  /** Nonce, ciphertext and tag, base64. */
  encrypted: string
}

export const isEncrypted = (content: MessageContent['content']): content is EncryptedContent => 'encrypted' in content

/**
 * Whether a message of a FIFO queue is sent twice is remembered for five minutes; so is a receive request's attempt.
 * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/FIFO-queues-exactly-once-processing.html
 */
export const deduplicationMs = 5 * minuteMs
