import type { Clock } from '../../../core/clock.ts'
import { secondMs } from '../../../core/durations.ts'
import type { WorkRunner } from '../../../core/scheduler.ts'
import type { Scope, Stored, Transaction } from '../../../core/store.ts'
import { newRequestId } from '../../../core/uuid.ts'
import type { Message } from '../domain/message.ts'
import { isFifo, type Queue } from '../domain/queue.ts'
import { placeOfArn } from '../domain/queue-name.ts'
import type { QueueWaiters } from '../queue-waiters.ts'
import { type MoveTask, moveTasks, queues } from '../storage/collections.ts'
import { QueueMessages } from '../storage/queue-messages.ts'

/** The kind of due work that moves messages of a dead-letter queue; its key is the queue's id. */
export const moveWork = 'sqs.move-messages'

/** How many are moved in one transaction, so that requests do not wait long for it. */
const atOnce = 100

/** By then the move is durable. A receiver that looks earlier sees it when its waiting ends. */
const wakeAfterMs = 100

export const moveRunner =
  ({ clock, waiters }: { clock: Clock; waiters: QueueWaiters }): WorkRunner =>
  async (work) =>
  async (tx) => {
    const { scope, key: queueId, payload } = work
    const { name } = payload as { name: string }
    const source = await tx.in(queues).get(scope, name)
    const { tasks = [] } = (await tx.in(moveTasks).get(scope, queueId)) ?? {}
    const task = tasks.find(({ status }) => status === 'RUNNING')
    if (!task || source?.id !== queueId) return undefined
    const moved = await move(tx, scope, source, task, clock.nowMs())
    const changed = tasks.map((one) => (one === task ? moved.task : one))
    await tx.in(moveTasks).put(scope, queueId, { tasks: changed })
    for (const id of moved.receivers) waiters.wakeIn(id, wakeAfterMs)
    if (moved.task.status !== 'RUNNING') return undefined
    if (task.perSecond === undefined) return { payload }
    const pauseMs = (secondMs * Math.min(task.perSecond, atOnce)) / task.perSecond
    await tx.schedule({ ...work, dueAtMs: clock.nowMs() + pauseMs })
    return undefined
  }

/** Moves the next messages. They become new ones: with ids of their own, sent now. Message groups keep their order. */
async function move(tx: Transaction, scope: Scope, source: Queue, task: MoveTask, nowMs: number) {
  const from = await QueueMessages.open(tx, source, nowMs)
  const targets = new Map<string, QueueMessages>()
  const limit = Math.min(task.perSecond ?? atOnce, atOnce)
  const found = isFifo(source) ? await firstOfGroups(from, limit) : await from.visible(limit)
  let moved = 0
  let failureReason: string | undefined
  for (const { id, document } of found) {
    const target = await targetOf(tx, scope, targets, task.destinationArn ?? document.deadLetterSourceArn, nowMs)
    if (!target || target.queue.id === source.id || isFifo(target.queue) !== isFifo(source)) {
      failureReason = 'CouldNotDetermineMessageSource'
      break
    }
    await from.remove(id, document, true)
    await target.add(asNew(document))
    moved++
  }
  await from.save()
  for (const target of targets.values()) await target.save()
  const status = failureReason ? 'FAILED' : found.length < limit ? 'COMPLETED' : 'RUNNING'
  const after: MoveTask = { ...task, moved: task.moved + moved, status, ...(failureReason && { failureReason }) }
  return { task: after, receivers: [...targets.values()].map(({ queue }) => queue.id) }
}

function asNew({ senderId, contentId, group, groupKey, deduplicationId }: Message) {
  return {
    ...{ messageId: newRequestId(), senderId, contentId },
    ...(group !== undefined && { group }),
    ...(groupKey !== undefined && { groupKey, deduplicationId }),
  }
}

/** Of a FIFO queue: the messages that can be received, group by group in their order. */
async function firstOfGroups(from: QueueMessages, limit: number): Promise<Stored<Message>[]> {
  const found: Stored<Message>[] = []
  for (const groupKey of await from.readyGroups(limit)) {
    if (found.length === limit) break
    for (const message of await from.ofGroup(groupKey, limit - found.length)) {
      if (message.document.visibleAtMs > from.nowMs) break
      found.push(message)
    }
  }
  return found
}

async function targetOf(
  tx: Transaction,
  scope: Scope,
  targets: Map<string, QueueMessages>,
  arn: string | undefined,
  nowMs: number,
): Promise<QueueMessages | undefined> {
  const place = arn === undefined ? undefined : placeOfArn(arn)
  if (!place || place.accountId !== scope.accountId || place.region !== scope.region) return undefined
  const known = targets.get(place.name)
  if (known) return known
  const queue = await tx.in(queues).get(scope, place.name)
  if (!queue) return undefined
  const target = await QueueMessages.open(tx, queue, nowMs)
  targets.set(place.name, target)
  return target
}
