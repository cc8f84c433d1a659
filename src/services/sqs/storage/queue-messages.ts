import { secondMs } from '../../../core/durations.ts'
import type { Scope, Store, Stored, Transaction } from '../../../core/store.ts'
import { CountChange, noCounts } from '../domain/counts.ts'
import type { Message, MessageContent } from '../domain/message.ts'
import { isFifo, numberOf, type Queue, scopeOf } from '../domain/queue.ts'
import { contents, counts, groupPlace, groups, messages, timeKey } from './collections.ts'

/** The kind of due work that removes expired messages; its key is what they are stored under. */
export const expireWork = 'sqs.expire-messages'

export type NewMessage = Pick<Message, 'messageId' | 'senderId'> & Partial<Message>

/** The messages of one queue in one transaction. `save` ends it. */
export class QueueMessages {
  readonly queue: Queue
  readonly nowMs: number
  readonly count: CountChange
  readonly #tx: Transaction
  readonly #scope: Scope

  static async open(tx: Transaction, queue: Queue, nowMs: number): Promise<QueueMessages> {
    const stored = await tx.in(counts).get(scopeOf(queue), queue.messagesId)
    return new QueueMessages(tx, queue, new CountChange(stored ?? noCounts, nowMs), nowMs)
  }

  private constructor(tx: Transaction, queue: Queue, count: CountChange, nowMs: number) {
    this.#tx = tx
    this.#scope = scopeOf(queue)
    this.queue = queue
    this.count = count
    this.nowMs = nowMs
  }

  /** Writes what has changed of the queue as a whole. */
  async save(): Promise<void> {
    if (this.count.isChanged) await this.#tx.in(counts).put(this.#scope, this.queue.messagesId, this.count.counts)
  }

  /** Puts the content of the message that is added next. @returns its id: contents stand in the order of their messages. */
  async addContent(content: MessageContent): Promise<string> {
    const contentId = `${this.queue.messagesId}/${numberText(this.count.counts.sent + 1)}`
    await this.#tx.in(contents).put(this.#scope, contentId, content)
    return contentId
  }

  /** Reads a content. They are read once or twice, so they must not displace other documents from the cache: hence a list. */
  async content(contentId: string): Promise<MessageContent['content'] | undefined> {
    const [found] = await this.#tx.in(contents).list(this.#scope, { idPrefix: contentId, limit: 1 })
    return found?.document.content
  }

  /** Reads the contents of several messages. Those that stand beside one another are read together. */
  async contents(contentIds: readonly string[]): Promise<Map<string, MessageContent['content']>> {
    const found = new Map<string, MessageContent['content']>()
    const [first, last] = [contentIds.reduce(earlier, contentIds[0] ?? ''), contentIds.reduce(later, '')]
    const run = runOf(first, last)
    if (run && contentIds.length > 1 && run.length < 2 * contentIds.length) {
      const { idPrefix, afterId, length: limit } = run
      for (const { id, document } of await this.#tx.in(contents).list(this.#scope, { idPrefix, afterId, limit })) {
        found.set(id, document.content)
      }
    }
    for (const id of contentIds) {
      const content = found.has(id) ? undefined : await this.content(id)
      if (content) found.set(id, content)
    }
    return found
  }

  /** Adds a message whose content is there. @returns its sequence number. */
  async add(given: NewMessage & { contentId: string }, delaySeconds = 0): Promise<string> {
    const { queue, nowMs, count } = this
    const number = count.add()
    const fifo = isFifo(queue)
    const sentAtMs = (fifo ? undefined : given.sentAtMs) ?? nowMs
    const visibleAtMs = nowMs + delaySeconds * secondMs
    const sequenceNumber = sequenceNumberOf(number)
    const { receives = 0, ...rest } = given
    const message: Message = {
      ...rest,
      messagesId: queue.messagesId,
      ...{ sentAtMs, visibleAtMs, receives },
      bucket: count.hide('delayed', visibleAtMs),
      ...(fifo && { sequenceNumber }),
    }
    const id = `${queue.messagesId}/${fifo ? '' : timeKey(sentAtMs)}${numberText(number)}`
    await this.#tx.in(messages).put(this.#scope, id, message)
    if (message.groupKey !== undefined) await this.#joinGroup(message.groupKey, message, id)
    await this.#expireInTime(sentAtMs)
    return sequenceNumber
  }

  get(id: string): Promise<Message | undefined> | Message | undefined {
    return this.#tx.in(messages).get(this.#scope, id) as Promise<Message | undefined>
  }

  /** Standard: messages that can be received, in the order in which they became so. */
  async visible(limit: number): Promise<Stored<Message>[]> {
    const { messagesId } = this.queue
    const found = await this.#tx.in(messages).listOrdered(this.#scope, {
      index: 'turn',
      after: { value: `${messagesId}/`, id: '' },
      limit,
    })
    return found.filter(({ document }) => document.messagesId === messagesId && document.visibleAtMs <= this.nowMs)
  }

  /** FIFO: groups that can be received from, in the order in which they became so. */
  async readyGroups(limit: number): Promise<string[]> {
    const { messagesId } = this.queue
    const found = await this.#tx.in(groups).listOrdered(this.#scope, {
      index: 'ready',
      after: { value: `${messagesId}/`, id: '' },
      limit,
    })
    return found
      .filter(({ document }) => document.messagesId === messagesId && document.readyAtMs <= this.nowMs)
      .map(({ document }) => document.groupKey)
  }

  /** FIFO: the first messages of a group. */
  ofGroup(groupKey: string, limit: number): Promise<Stored<Message>[]> {
    const value = groupPlace(this.queue.messagesId, groupKey)
    return this.#tx.in(messages).list(this.#scope, { index: { name: 'turn', value }, limit })
  }

  /** The oldest messages. */
  oldest(limit: number): Promise<Stored<Message>[]> {
    return this.#tx.in(messages).list(this.#scope, { idPrefix: `${this.queue.messagesId}/`, limit })
  }

  expiryOf({ sentAtMs }: Message): number {
    return sentAtMs + this.#retentionMs
  }

  isExpired(message: Message): boolean {
    return this.expiryOf(message) <= this.nowMs
  }

  get #retentionMs(): number {
    return numberOf(this.queue, 'MessageRetentionPeriod') * secondMs
  }

  /** Hides a message until a time, or shows it where that has come. */
  async hide(id: string, message: Message, visibleAtMs: number): Promise<Message> {
    this.count.show(hiddenAs(message), message.bucket)
    const hidden: Message = { ...message, visibleAtMs, bucket: this.count.hide('inFlight', visibleAtMs) }
    await this.#tx.in(messages).put(this.#scope, id, hidden)
    return hidden
  }

  /** Marks a message as received. */
  receive(id: string, message: Message, visibleAtMs: number): Promise<Message> {
    const { nowMs } = this
    const { firstReceivedAtMs = nowMs } = message
    // It is counted as in flight from now on, and not as delayed.
    this.count.show('delayed', message.receives === 0 ? message.bucket : undefined)
    const received = { ...message, receives: message.receives + 1, firstReceivedAtMs, receivedAtMs: nowMs }
    return this.hide(id, message.receives === 0 ? { ...received, bucket: undefined } : received, visibleAtMs)
  }

  /** Removes a message. Its content stays where it goes on to another queue. */
  async remove(id: string, message: Message, keepContent = false): Promise<void> {
    this.count.remove()
    this.count.show(hiddenAs(message), message.bucket)
    await this.#tx.in(messages).delete(this.#scope, id)
    if (!keepContent) await this.#tx.in(contents).delete(this.#scope, message.contentId)
    if (message.groupKey !== undefined) {
      await this.changeGroup(message.groupKey, (inFlight) => inFlight.filter((one) => one.id !== id))
    }
  }

  async #joinGroup(groupKey: string, { messagesId, visibleAtMs }: Message, firstId: string): Promise<void> {
    const id = groupPlace(messagesId, groupKey)
    if (await this.#tx.in(groups).get(this.#scope, id)) return
    await this.#tx
      .in(groups)
      .put(this.#scope, id, { messagesId, groupKey, inFlight: [], readyAtMs: visibleAtMs, firstId })
  }

  /** Changes which messages of a group are in flight. The group goes with its last message. */
  async changeGroup(groupKey: string, change: (inFlight: Group['inFlight']) => Group['inFlight']): Promise<void> {
    const { messagesId } = this.queue
    const id = groupPlace(messagesId, groupKey)
    const [first] = await this.ofGroup(groupKey, 1)
    if (!first) {
      await this.#tx.in(groups).delete(this.#scope, id)
      return
    }
    const group = await this.#tx.in(groups).get(this.#scope, id)
    const inFlight = change(group?.inFlight ?? []).filter(({ visibleAtMs }) => visibleAtMs > this.nowMs)
    const readyAtMs = Math.max(first.document.visibleAtMs, ...inFlight.map(({ visibleAtMs }) => visibleAtMs))
    await this.#tx.in(groups).put(this.#scope, id, { messagesId, groupKey, inFlight, readyAtMs, firstId: first.id })
  }

  /** Sees to it that a message sent at a time is removed when it has expired. */
  async #expireInTime(sentAtMs: number): Promise<void> {
    const atMs = sentAtMs + this.#retentionMs
    const { expiryAtMs } = this.count.counts
    if (expiryAtMs !== undefined && expiryAtMs <= atMs) return
    await this.scheduleExpiry(atMs)
  }

  /** Removes expired messages from a time on. */
  async scheduleExpiry(atMs: number): Promise<void> {
    const { name, messagesId } = this.queue
    this.count.expireAt(atMs)
    await this.#tx.schedule({
      kind: expireWork,
      key: messagesId,
      dueAtMs: Math.max(atMs, this.nowMs),
      scope: this.#scope,
      payload: { name },
    })
  }
}

const numberText = (number: number): string => String(number).padStart(15, '0')

const earlier = (one: string, other: string) => (other < one ? other : one)
const later = (one: string, other: string) => (other > one ? other : one)

/** What lies between two contents of one queue; undefined for contents of several. */
function runOf(first: string, last: string): { idPrefix: string; afterId: string; length: number } | undefined {
  const [prefix, from] = first.split('/')
  const [other, until] = last.split('/')
  if (from === undefined || until === undefined || prefix !== other) return undefined
  const idPrefix = `${prefix}/`
  return { idPrefix, afterId: `${idPrefix}${numberText(Number(from) - 1)}`, length: Number(until) - Number(from) + 1 }
}

type Group = { inFlight: readonly { id: string; visibleAtMs: number }[] }

const hiddenAs = ({ receives }: Message) => (receives > 0 ? 'inFlight' : 'delayed')

/** Sequence numbers have 20 digits and are not consecutive. */
const sequenceNumberOf = (number: number): string => String(18_800_000_000_000_000_000n + BigInt(number) * 256n)

/** Returns when the next message of a queue can be received, as committed; undefined where it has none. */
export async function firstVisibleAtMs(store: Pick<Store, 'in'>, queue: Queue): Promise<number | undefined> {
  const { messagesId } = queue
  const first = { after: { value: `${messagesId}/`, id: '' }, limit: 1 }
  if (isFifo(queue)) {
    const [group] = await store.in(groups).listOrdered(scopeOf(queue), { index: 'ready', ...first })
    return group?.document.messagesId === messagesId ? group.document.readyAtMs : undefined
  }
  const [message] = await store.in(messages).listOrdered(scopeOf(queue), { index: 'turn', ...first })
  return message?.document.messagesId === messagesId ? message.document.visibleAtMs : undefined
}
