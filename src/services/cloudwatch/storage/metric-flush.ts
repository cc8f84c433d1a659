import type { Clock } from '../../../core/clock.ts'
import type { CollectedMetric, CollectedMetrics } from '../../../core/services/service-metrics.ts'
import { type Scope, type Store, StoreUnavailableError } from '../../../core/store.ts'
import { aggregateOf } from '../domain/aggregate.ts'
import { sortedDimensions } from '../domain/series.ts'
import { type MetricValues, writeMetrics } from './metric-writer.ts'

/** In one transaction, so that others do not wait long for theirs. */
const writtenTogether = 200

export interface MetricFlushOptions {
  store: Pick<Store, 'transaction'>
  clock: Clock
  collected: CollectedMetrics
  onFault(fault: unknown): void
}

/** Writes the metrics that services publish: when the server says that there are some, and before data are read. */
export class MetricFlush {
  readonly #options: MetricFlushOptions
  #flushing: Promise<void> | undefined

  constructor(options: MetricFlushOptions) {
    this.#options = options
  }

  /** Resolves when all that was published before is written, or could not be. Never rejects. */
  async flush(): Promise<void> {
    // What is being written was taken before what has been published since.
    await this.#flushing
    this.#flushing ??= this.#writeAll().finally(() => {
      this.#flushing = undefined
    })
    await this.#flushing
  }

  async #writeAll(): Promise<void> {
    const { store, clock, collected } = this.#options
    let waiting = await collected.take()
    try {
      while (waiting.length > 0) {
        const part = waiting.slice(0, writtenTogether)
        await store.transaction(async (tx) => {
          for (const [scope, values] of byScope(part)) await writeMetrics(tx, scope, values, clock.nowMs())
        })
        waiting = waiting.slice(writtenTogether)
      }
    } catch (fault) {
      collected.giveBack(waiting)
      this.#report(fault)
    }
  }

  /** A store that cannot write fails every request loudly. */
  #report(fault: unknown): void {
    if (!(fault instanceof StoreUnavailableError)) this.#options.onFault(fault)
  }
}

function byScope(metrics: readonly CollectedMetric[]): Iterable<readonly [Scope, MetricValues[]]> {
  const scopes = new Map<string, readonly [Scope, MetricValues[]]>()
  for (const { scope, namespace, name, dimensions = {}, unit = 'None', minuteMs: atMs, values } of metrics) {
    const key = `${scope.accountId} ${scope.region}`
    const [, known] = scopes.get(key) ?? [scope, []]
    const given = Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value }))
    known.push({
      metric: { namespace, name, dimensions: sortedDimensions(given) },
      ...{ unit, atMs, highResolution: false, aggregate: aggregateOf([...values.keys()], [...values.values()]) },
    })
    scopes.set(key, [scope, known])
  }
  return scopes.values()
}
