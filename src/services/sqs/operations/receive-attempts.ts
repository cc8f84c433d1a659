import { createHash } from 'node:crypto'
import type { CollectionSpec, Transaction } from '../../../core/store.ts'
import { deduplicationMs, type EncryptedContent } from '../domain/message.ts'
import { type Queue, scopeOf } from '../domain/queue.ts'
import { timeKey } from '../storage/collections.ts'
import type { QueueMessages } from '../storage/queue-messages.ts'
import { type Claim, type ClaimedMessage, type ClaimOptions, openedContent } from './claim-messages.ts'

/** A message as an attempt has received it. */
interface ReceivedMessage {
  id: string
  receives: number
  visibleAtMs: number
  receiptHandle: string
}

interface Attempt {
  atMs: number
  received: readonly ReceivedMessage[]
}

/** What was received with a ReceiveRequestAttemptId in the last five minutes. */
const attempts: CollectionSpec<Attempt> = {
  name: 'sqs.receive-attempts',
  indexes: { age: ({ atMs }) => [timeKey(atMs)] },
  sealed: ['received'],
}

const keyOf = ({ id }: Queue, attemptId: string): string =>
  createHash('sha256')
    .update(JSON.stringify([id, attemptId]))
    .digest('base64url')

/** A clock that was moved back ends an attempt, too. */
const isAlive = ({ atMs }: Attempt, nowMs: number) => nowMs >= atMs && nowMs < atMs + deduplicationMs

/**
 * Receives again what an attempt has received, with the same receipt handles, and hides it anew.
 * @returns undefined where the attempt is new, or its messages were changed meanwhile.
 * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/using-receiverequestattemptid-request-parameter.html
 */
export async function repeatedAttempt(
  tx: Transaction,
  messages: QueueMessages,
  attemptId: string,
  { visibilityMs, dataKey }: ClaimOptions,
): Promise<Claim | undefined> {
  const { queue, nowMs } = messages
  const attempt = await tx.in(attempts).get(scopeOf(queue), keyOf(queue, attemptId))
  if (!attempt || !isAlive(attempt, nowMs)) return undefined
  const found: Handed[] = []
  const locked: EncryptedContent[] = []
  for (const { id, receives, visibleAtMs, receiptHandle } of attempt.received) {
    const message = await messages.get(id)
    const isSame = message?.receives === receives && message.visibleAtMs === visibleAtMs && visibleAtMs > nowMs
    if (!message || !isSame || messages.isExpired(message)) return undefined
    const stored = await messages.content(message.contentId)
    if (!stored) return undefined
    const content = openedContent(stored, { dataKey, onLocked: (encrypted) => locked.push(encrypted) })
    if (content) found.push({ id, message, content, receiptHandle })
  }
  if (locked.length > 0) return { claimed: [], locked, isChanged: false }
  const claimed: Handed[] = []
  for (const one of found) {
    claimed.push({ ...one, message: await messages.hide(one.id, one.message, nowMs + visibilityMs) })
  }
  for (const [groupKey, ofGroup] of Map.groupBy(claimed, ({ message }) => message.groupKey ?? '')) {
    await messages.changeGroup(groupKey, () =>
      ofGroup.map(({ id, message }) => ({ id, visibleAtMs: message.visibleAtMs })),
    )
  }
  await write(tx, queue, attemptId, attempt.atMs, claimed)
  return { claimed, locked: [], isChanged: true }
}

type Handed = ClaimedMessage & { receiptHandle: string }

async function write(tx: Transaction, queue: Queue, attemptId: string, atMs: number, claimed: readonly Handed[]) {
  const received = claimed.map(({ id, message: { receives, visibleAtMs }, receiptHandle }) => ({
    ...{ id, receives, visibleAtMs, receiptHandle },
  }))
  await tx.in(attempts).put(scopeOf(queue), keyOf(queue, attemptId), { atMs, received })
}

/** Notes what an attempt has received, and forgets old ones: two for each that comes. */
export async function noteAttempt(
  tx: Transaction,
  { queue, nowMs }: QueueMessages,
  attemptId: string,
  claimed: readonly Handed[],
): Promise<void> {
  const scope = scopeOf(queue)
  await write(tx, queue, attemptId, nowMs, claimed)
  const oldest = await tx.in(attempts).listOrdered(scope, { index: 'age', limit: 2 })
  for (const { id, document } of oldest) if (!isAlive(document, nowMs)) await tx.in(attempts).delete(scope, id)
}
