import type { Transaction } from '../../../core/store.ts'
import { decryptContent } from '../domain/content-encryption.ts'
import {
  type EncryptedContent,
  isEncrypted,
  type Message,
  type MessageContent,
  type PlainContent,
} from '../domain/message.ts'
import { allowsRedriveFrom, isFifo, type Queue, redrivePolicyOf } from '../domain/queue.ts'
import { QueueMessages } from '../storage/queue-messages.ts'
import { deadLetterQueue } from './dead-letter-queues.ts'

export interface ClaimedMessage {
  id: string
  message: Message
  content: PlainContent
  /** Of a message that was received before with the same attempt; others get one. */
  receiptHandle?: string
}

export interface Claim {
  claimed: ClaimedMessage[]
  /** Contents whose data keys the receiver does not have yet: they stay. */
  locked: EncryptedContent[]
  /** Whether anything changed: also where nothing was claimed, messages may have expired or gone to a dead-letter queue. */
  isChanged: boolean
  deadLetterQueue?: Queue
}

export interface ClaimOptions {
  most: number
  visibilityMs: number
  /** Messages that can be received stay as they are; only those are changed that have expired or were received too often. */
  clearsOnly?: true
  /** A data key that the receiver has already. */
  dataKey(content: EncryptedContent): Buffer | undefined
}

/** How often more rows are read, where those that were read had expired or were received too often. */
const mostRounds = 10

/** Takes messages of a queue for a receiver: hides them, and moves those that were received too often to the dead-letter queue. */
export async function claimMessages(tx: Transaction, messages: QueueMessages, options: ClaimOptions): Promise<Claim> {
  const claiming = new Claiming(tx, messages, options)
  if (isFifo(messages.queue)) await claiming.claimFromGroups()
  else await claiming.claimVisible()
  await claiming.save()
  return claiming.claim
}

/** Removes messages that have expired and moves those that were received too often, as far as they stand before all others. */
export function clearMessages(tx: Transaction, messages: QueueMessages, most: number): Promise<Claim> {
  return claimMessages(tx, messages, { most, visibilityMs: 0, dataKey: () => undefined, clearsOnly: true })
}

/** Opens a content. @returns undefined where the receiver does not have its data key yet. */
export function openedContent(
  content: MessageContent['content'],
  { dataKey, onLocked }: Pick<ClaimOptions, 'dataKey'> & { onLocked(content: EncryptedContent): void },
): PlainContent | undefined {
  if (!isEncrypted(content)) return content
  const key = dataKey(content)
  if (key) return decryptContent(content, key)
  onLocked(content)
  return undefined
}

type Contents = ReadonlyMap<string, MessageContent['content']>

class Claiming {
  readonly claim: Claim = { claimed: [], locked: [], isChanged: false }
  readonly #tx: Transaction
  readonly #messages: QueueMessages
  readonly #options: ClaimOptions
  #deadLetters: QueueMessages | undefined
  /** What was looked at: with a visibility timeout of 0, a message is visible again at once. */
  readonly #seen = new Set<string>()

  constructor(tx: Transaction, messages: QueueMessages, options: ClaimOptions) {
    this.#tx = tx
    this.#messages = messages
    this.#options = options
  }

  get #wanted(): number {
    return this.#options.most - this.claim.claimed.length
  }

  async claimVisible(): Promise<void> {
    for (let round = 0; round < mostRounds && this.#wanted > 0; round++) {
      const limit = this.#wanted
      const found = await this.#messages.visible(limit)
      const contents = await this.#messages.contents(found.map(({ document }) => document.contentId))
      let taken = 0
      for (const { id, document } of found) {
        if (this.#isNew(id) && (await this.#take(id, document, contents)) !== 'kept') taken++
      }
      if (taken === 0 || found.length < limit) return
    }
  }

  /** Claims as many messages of one group as are wanted, in their order, then of the next. */
  async claimFromGroups(): Promise<void> {
    for (let round = 0; round < mostRounds && this.#wanted > 0; round++) {
      const ready = await this.#messages.readyGroups(this.#options.most)
      let changed = false
      for (const groupKey of ready) {
        if (this.#wanted === 0) return
        if (this.#isNew(groupKey) && (await this.#claimFromGroup(groupKey))) changed = true
      }
      if (!changed) return
    }
  }

  #isNew(id: string): boolean {
    const isNew = !this.#seen.has(id)
    this.#seen.add(id)
    return isNew
  }

  async #claimFromGroup(groupKey: string): Promise<boolean> {
    const claimed: { id: string; visibleAtMs: number }[] = []
    let changed = false
    const found = await this.#messages.ofGroup(groupKey, this.#wanted)
    const contents = await this.#messages.contents(found.map(({ document }) => document.contentId))
    for (const { id, document } of found) {
      if (document.visibleAtMs > this.#messages.nowMs) break
      const taken = await this.#take(id, document, contents)
      if (taken === 'kept') break
      changed = true
      if (taken) claimed.push({ id, visibleAtMs: taken.visibleAtMs })
    }
    if (claimed.length > 0) await this.#messages.changeGroup(groupKey, () => claimed)
    return changed
  }

  /** @returns the message, undefined where it was removed or moved instead, `kept` where nothing was changed. */
  async #take(id: string, message: Message, contents: Contents): Promise<Message | 'kept' | undefined> {
    const messages = this.#messages
    const { nowMs, queue } = messages
    if (messages.isExpired(message)) {
      await messages.remove(id, message)
      return undefined
    }
    const redrive = redrivePolicyOf(queue)
    if (redrive && message.receives >= redrive.maxReceiveCount && (await this.#moveToDeadLetters(id, message))) {
      return undefined
    }
    if (this.#options.clearsOnly) return 'kept'
    const stored = contents.get(message.contentId)
    if (!stored) throw new Error(`the content of message ${message.messageId} is gone`)
    const { dataKey } = this.#options
    const content = openedContent(stored, { dataKey, onLocked: (encrypted) => this.claim.locked.push(encrypted) })
    if (!content) return 'kept'
    const visibleAtMs = nowMs + this.#options.visibilityMs
    const received = await messages.receive(id, message, visibleAtMs)
    this.claim.claimed.push({ id, message: received, content })
    return received
  }

  /** @returns false where there is no such queue any more: the message can then be received again. */
  async #moveToDeadLetters(id: string, message: Message): Promise<boolean> {
    const messages = this.#messages
    const { queue, nowMs } = messages
    const target = this.#deadLetters?.queue ?? (await deadLetterQueue(this.#tx, queue))
    if (!target || target.id === queue.id || !allowsRedriveFrom(target, queue.arn)) return false
    this.#deadLetters ??= await QueueMessages.open(this.#tx, target, nowMs)
    await messages.remove(id, message, true)
    await this.#deadLetters.add({ ...message, deadLetterSourceArn: queue.arn })
    this.claim.deadLetterQueue = target
    return true
  }

  async save(): Promise<void> {
    this.claim.isChanged = this.#messages.count.isChanged || this.claim.claimed.length > 0
    await this.#messages.save()
    await this.#deadLetters?.save()
  }
}
