import {
  type AwsEvent,
  deliverEventsWork,
  eventsInOutbox,
  finishDelivery,
  removeFromOutbox,
} from '../core/aws-event.ts'
import type { WorkRunner, WorkSpec } from '../core/scheduler.ts'
import type { Store, Stored } from '../core/store.ts'

/** Takes an event. What it throws makes the event be delivered again, to every subscriber. */
export type EventSubscriber = (event: AwsEvent) => void | Promise<void>

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

  /** Returns the due work that delivers events, for the scheduler. */
  work(store: Store): Record<string, WorkSpec> {
    const run: WorkRunner = async ({ dueAtMs }) => {
      const events = await eventsInOutbox(store, batchSize)
      await this.#deliver(store, events)
      return (tx) => finishDelivery(tx, events, dueAtMs)
    }
    return { [deliverEventsWork]: { run, atOnce: 1, isPrompt: true } }
  }

  async #deliver(store: Store, events: readonly Stored<AwsEvent>[]): Promise<void> {
    let taken = 0
    try {
      for (const { document } of events) {
        for (const subscriber of this.#subscribers) await subscriber(document)
        taken++
      }
    } catch (failure) {
      await store.transaction((tx) => removeFromOutbox(tx, events.slice(0, taken)))
      throw failure
    }
  }
}
