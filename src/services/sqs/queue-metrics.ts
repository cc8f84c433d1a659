import type { Clock } from '../../core/clock.ts'
import { hourMs } from '../../core/durations.ts'
import type { ServiceMetrics } from '../../core/services/service-metrics.ts'
import type { Store } from '../../core/store.ts'
import { noCounts, type Totals, totalsOf } from './domain/counts.ts'
import { type Queue, scopeOf } from './domain/queue.ts'
import { counts, queues } from './storage/collections.ts'

const namespace = 'AWS/SQS'

/** A queue has metrics every minute for so long after something was done with it. */
const activeMs = 6 * hourMs

const gauges = [
  ['ApproximateNumberOfMessagesVisible', 'visible'],
  ['ApproximateNumberOfMessagesNotVisible', 'inFlight'],
  ['ApproximateNumberOfMessagesDelayed', 'delayed'],
] as const satisfies readonly (readonly [string, keyof Totals])[]

type Counted = 'NumberOfMessagesSent' | 'NumberOfMessagesReceived' | 'NumberOfMessagesDeleted' | 'NumberOfEmptyReceives'

/**
 * Publishes what is done with queues, and while they are active how many messages they have.
 * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
 */
export class QueueMetrics {
  readonly #metrics: ServiceMetrics
  readonly #store: Pick<Store, 'in'>
  readonly #clock: Clock

  constructor(metrics: ServiceMetrics, store: Pick<Store, 'in'>, clock: Clock) {
    this.#metrics = metrics
    this.#store = store
    this.#clock = clock
  }

  count(queue: Queue, name: Counted, value: number): void {
    this.#metrics.add(metricOf(queue, name), value)
    for (const [gauge, total] of gauges) {
      this.#metrics.watch(metricOf(queue, gauge), activeMs, async () => (await this.#totals(queue))?.[total])
    }
  }

  /** @returns undefined for a queue that was deleted. */
  async #totals(queue: Queue): Promise<Totals | undefined> {
    const scope = scopeOf(queue)
    const present = await this.#store.in(queues).get(scope, queue.name)
    if (present?.id !== queue.id) return undefined
    return totalsOf((await this.#store.in(counts).get(scope, present.messagesId)) ?? noCounts, this.#clock.nowMs())
  }
}

const metricOf = (queue: Queue, name: string) => ({
  ...{ scope: scopeOf(queue), namespace, name, dimensions: { QueueName: queue.name }, unit: 'Count' },
})
