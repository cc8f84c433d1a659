import type { CollectionSpec, Scope, Transaction } from '../../../core/store.ts'
import { counters } from '../../../kit/counters.ts'
import { eventQueueFull } from '../domain/errors.ts'
import { quotas } from '../domain/quotas.ts'

/** An event that waits for its function. Sealed: what it says is between its sender and the function. */
export interface QueuedEvent {
  functionName: string
  qualifier?: string
  invokedArn: string
  /** Base64. */
  payload: string
  clientContext?: string
  queuedAtMs: number
  /** How often the function has failed on it. */
  failures: number
}

/** Under the request id of the call that sent the event. */
export const queuedEvents: CollectionSpec<QueuedEvent> = {
  name: 'lambda.queued-events',
  sealed: ['payload', 'clientContext'],
}

/** How much waits for a function, under its name; none for one that nothing waits for. */
const eventQueues: CollectionSpec<{ events: number; bytes: number }> = { name: 'lambda.event-queues' }

/** Counts what waits for each function, up to so much of both. */
export const queueCounters = (events: number, bytes: number) =>
  counters({
    collection: eventQueues,
    none: { events: 0, bytes: 0 },
    quotas: { events: { most: events, exceeded: eventQueueFull }, bytes: { most: bytes, exceeded: eventQueueFull } },
  })

const queueCounts = queueCounters(quotas.queuedEvents, quotas.queuedEventBytes)

/** Takes an event on. @throws ServiceError TooManyRequestsException - as much waits for the function as may. */
export async function enqueue(
  tx: Transaction,
  scope: Scope,
  requestId: string,
  event: QueuedEvent,
  counts = queueCounts,
): Promise<void> {
  await counts.change(tx, scope, event.functionName, { events: 1, bytes: sizeOf(event) })
  await tx.in(queuedEvents).put(scope, requestId, event)
}

/** Removes an event that was run, or is given up; once, though it may have run twice. */
export async function dequeue(tx: Transaction, scope: Scope, requestId: string, event: QueuedEvent): Promise<void> {
  if (!(await tx.in(queuedEvents).delete(scope, requestId))) return
  await queueCounts.change(tx, scope, event.functionName, { events: -1, bytes: -sizeOf(event) })
}

const sizeOf = ({ payload, clientContext = '' }: QueuedEvent) => payload.length + clientContext.length
