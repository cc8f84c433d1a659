import { createHash } from 'node:crypto'
import type { CollectionSpec } from '../../../core/store.ts'
import { clientTokenCollection, clientTokens, type UsedToken } from '../../../kit/client-tokens.ts'
import type { Counts } from '../domain/counts.ts'
import { deduplicationMs, type Message, type MessageContent } from '../domain/message.ts'
import { type Queue, redrivePolicyOf } from '../domain/queue.ts'

/** By name. */
export const queues: CollectionSpec<Queue> = {
  name: 'sqs.queues',
  indexes: {
    deadLetterTarget: (queue) => {
      const policy = redrivePolicyOf(queue)
      return policy ? [policy.deadLetterTargetArn] : []
    },
  },
}

/** When queues were deleted, by name: for a minute the name cannot be used again. */
export const deletedQueues: CollectionSpec<{ deletedAtMs: number }> = { name: 'sqs.deleted-queues' }

/** By what a queue's messages are stored under. */
export const counts: CollectionSpec<Counts> = { name: 'sqs.counts' }

/**
 * In the order in which they were sent. The index gives the turn: in a standard queue the time from which on a message can be
 * received, in a FIFO queue its group, in which the order is that of the ids.
 */
export const messages: CollectionSpec<Message> = {
  name: 'sqs.messages',
  indexes: {
    turn: ({ messagesId, groupKey, visibleAtMs }) => [
      groupKey === undefined ? `${messagesId}/${timeKey(visibleAtMs)}` : groupPlace(messagesId, groupKey),
    ],
  },
}

/** What senders gave; never changed. */
export const contents: CollectionSpec<MessageContent> = { name: 'sqs.contents', sealed: ['content'] }

/** A group of a FIFO queue that has messages. */
export interface Group {
  messagesId: string
  groupKey: string
  /** Its messages that were received: no other is given while one of them is in flight. At most ten. */
  inFlight: readonly { id: string; visibleAtMs: number }[]
  /** When it can be received from. */
  readyAtMs: number
  /** The id of its first message: of groups that are ready at the same time, the one with the oldest comes first. */
  firstId: string
}

export const groups: CollectionSpec<Group> = {
  name: 'sqs.groups',
  indexes: {
    ready: ({ messagesId, readyAtMs, firstId }) => [`${messagesId}/${timeKey(readyAtMs)}/${firstId.split('/')[1]}`],
  },
}

/** A move of the messages of a dead-letter queue. */
export interface MoveTask {
  id: string
  sourceArn: string
  /** Absent: each message goes back to the queue that it came from. */
  destinationArn?: string
  perSecond?: number
  status: 'RUNNING' | 'COMPLETED' | 'CANCELLED' | 'FAILED'
  failureReason?: string
  startedAtMs: number
  moved: number
  /** How many there were at the start. */
  toMove: number
}

/** The last ten tasks of a source, the latest first; by the source's id. */
export const moveTasks: CollectionSpec<{ tasks: readonly MoveTask[] }> = { name: 'sqs.move-tasks' }

export const groupPlace = (messagesId: string, groupKey: string): string => `${messagesId}/${groupKey}`

export const groupKeyOf = (group: string): string => createHash('sha256').update(group).digest('base64url').slice(0, 22)

const usedTokens: CollectionSpec<UsedToken> = { name: 'sqs.deduplication-ids', ...clientTokenCollection }

/** What was sent to FIFO queues in the last five minutes. */
export const deduplicationIds = clientTokens({ collection: usedTokens, windowMs: deduplicationMs })

/** Times as texts in their order. */
export const timeKey = (timeMs: number): string => String(Math.max(0, Math.floor(timeMs))).padStart(15, '0')
