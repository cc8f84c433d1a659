import { type AwsEvent, deliverEventWork } from '../core/aws-event.ts'
import type { WorkRunner } from '../core/scheduler.ts'

/** Takes an event. What it throws makes the event be delivered again, to every subscriber. */
export type EventSubscriber = (event: AwsEvent) => void | Promise<void>

/**
 * Hands the events that services publish to whoever subscribes. An event is due work until every subscriber has taken it:
 * it survives a crash, is delivered in order of time, and at least once.
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

  /** For the scheduler. */
  work(): Record<string, WorkRunner> {
    return {
      [deliverEventWork]: async ({ payload }) => {
        for (const subscriber of this.#subscribers) await subscriber(payload as AwsEvent)
        return async () => {}
      },
    }
  }
}
