import type { Awaitable } from '../core/awaitable.ts'
import {
  type AwsEvent,
  deliverEventsWork,
  eventsInOutbox,
  finishDelivery,
  removeFromOutbox,
} from '../core/aws-event.ts'
import type { WorkRunner, WorkSpec } from '../core/scheduler.ts'
import type { Store, Stored, Transaction } from '../core/store.ts'

/** Takes an event. What it throws makes the event be delivered again, to every subscriber. */
export type EventSubscriber = (event: AwsEvent) => void | Promise<void>

/** Takes an event in the transaction that takes it out of the outbox: exactly once. */
export type EventTaker = (tx: Transaction, event: AwsEvent) => Promise<void>

/** How many events are delivered, and taken out of the outbox, at once. */
const batchSize = 500

/**
 * Hands the events that services publish to all subscribers. An event stays in the outbox until every subscriber has
 * taken it: it survives a crash, is delivered in order of time, and at least once.
 */
export class EventBus {
  readonly #subscribers = new Set<EventSubscriber>()

  /** @returns how to end the subscription. */
  subscribe(subscriber: EventSubscriber): () => void {
    this.#subscribers.add(subscriber)
    return () => {
      this.#subscribers.delete(subscriber)
    }
  }

  /** Returns the due work that delivers events, for the scheduler. @param takersOf - those who take each event after all subscribers have. */
  work(store: Store, takersOf: () => Awaitable<readonly EventTaker[]> = () => []): Record<string, WorkSpec> {
    const run: WorkRunner = async ({ payload }) => {
      const takers = await takersOf()
      const take = async (tx: Transaction, events: readonly Stored<AwsEvent>[]) => {
        for (const { document } of events) for (const taker of takers) await taker(tx, document)
      }
      const events = await eventsInOutbox(store, batchSize)
      await this.#deliver(store, events, take)
      return async (tx) => {
        await take(tx, events)
        return (await finishDelivery(tx, events)) ? { payload } : undefined
      }
    }
    // In a place of its own: slow work of services does not hold events up.
    return { [deliverEventsWork]: { run, atOnce: 1, isPrompt: true } }
  }

  async #deliver(
    store: Store,
    events: readonly Stored<AwsEvent>[],
    take: (tx: Transaction, events: readonly Stored<AwsEvent>[]) => Promise<void>,
  ): Promise<void> {
    let taken = 0
    try {
      for (const { document } of events) {
        for (const subscriber of this.#subscribers) await subscriber(document)
        taken++
      }
    } catch (failure) {
      const delivered = events.slice(0, taken)
      await store.transaction(async (tx) => {
        await take(tx, delivered)
        await removeFromOutbox(tx, delivered)
      })
      throw failure
    }
  }
}
