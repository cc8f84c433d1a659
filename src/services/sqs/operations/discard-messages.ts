import type { Clock } from '../../../core/clock.ts'
import type { WorkRunner } from '../../../core/scheduler.ts'
import { contents, counts, groups, messages, queues } from '../storage/collections.ts'
import { QueueMessages } from '../storage/queue-messages.ts'

/** The kind of due work that removes the messages of a queue that was deleted or purged; its key is what they are stored under. */
export const discardWork = 'sqs.discard-messages'

/** How many are removed in one transaction, so that requests do not wait long for it. */
const atOnce = 200

export const discardRunner: WorkRunner =
  async ({ scope, key: messagesId, payload }) =>
  async (tx) => {
    const idPrefix = `${messagesId}/`
    const found = await tx.in(messages).list(scope, { idPrefix, limit: atOnce })
    for (const { id, document } of found) {
      await tx.in(contents).delete(scope, document.contentId)
      await tx.in(messages).delete(scope, id)
    }
    const emptied = await tx.in(groups).list(scope, { idPrefix, limit: atOnce })
    for (const { id } of emptied) await tx.in(groups).delete(scope, id)
    if (found.length === atOnce || emptied.length === atOnce) return { payload }
    await tx.in(counts).delete(scope, messagesId)
    return undefined
  }

/** Removes what has expired of a queue's messages, and is due again when the next one does. */
export const expireRunner =
  ({ clock }: { clock: Clock }): WorkRunner =>
  async ({ scope, key: messagesId, payload }) =>
  async (tx) => {
    const { name } = payload as { name: string }
    const queue = await tx.in(queues).get(scope, name)
    if (queue?.messagesId !== messagesId) return undefined
    const open = await QueueMessages.open(tx, queue, clock.nowMs())
    const oldest = await open.oldest(atOnce)
    const expired = oldest.filter(({ document }) => open.isExpired(document))
    for (const { id, document } of expired) await open.remove(id, document)
    const next = oldest[expired.length]
    const isSlice = expired.length === atOnce
    if (next) await open.scheduleExpiry(open.expiryOf(next.document))
    else open.count.expireAt(isSlice ? clock.nowMs() : undefined)
    await open.save()
    return isSlice ? { payload } : undefined
  }
