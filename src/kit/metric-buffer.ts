import type { Clock } from '../core/clock.ts'
import { minuteMs } from '../core/durations.ts'
import type {
  CollectedMetric,
  CollectedMetrics,
  ServiceMetric,
  ServiceMetrics,
} from '../core/services/service-metrics.ts'

/** As many metrics of a minute are kept; what comes beyond is not counted. */
const defaultMost = 100_000

/** As many different values of a metric are kept exactly; more are rounded, so that their number is bounded. */
const mostExactValues = 1000

type Read = Parameters<ServiceMetrics['watch']>[2]

interface Watched {
  metric: ServiceMetric
  untilMs: number
  read: Read
}

interface Pending extends CollectedMetric {
  values: Map<number, number>
}

/** Puts the values of services' metrics together until they are taken. Without one that takes them, nothing is kept. */
export class MetricBuffer implements ServiceMetrics, CollectedMetrics {
  readonly #clock: Clock
  readonly #onFault: (fault: unknown) => void
  readonly #most: number
  #pending = new Map<string, Pending>()
  readonly #watched = new Map<string, Watched>()
  #onPending: (() => void) | undefined

  constructor(clock: Clock, onFault: (fault: unknown) => void, most = defaultMost) {
    this.#clock = clock
    this.#onFault = onFault
    this.#most = most
  }

  add(metric: ServiceMetric, value: number): void {
    if (!this.#onPending || !Number.isFinite(value)) return
    const nowMs = this.#clock.nowMs()
    this.#add(metric, nowMs - (nowMs % minuteMs), value, 1)
  }

  watch(metric: ServiceMetric, forMs: number, read: Read): void {
    if (!this.#onPending) return
    const key = keyOf(metric)
    if (this.#watched.size >= this.#most && !this.#watched.has(key)) return
    this.#watched.set(key, { metric, untilMs: this.#clock.nowMs() + forMs, read })
    this.#onPending()
  }

  /** Whether values wait to be taken. */
  get isPending(): boolean {
    return this.#pending.size > 0
  }

  /** @param pending - called when there is something to be taken, about a minute before it should be. */
  onPending(pending: () => void): void {
    this.#onPending = pending
  }

  async take(): Promise<CollectedMetric[]> {
    await this.#readWatched()
    const taken = [...this.#pending.values()]
    this.#pending = new Map()
    // What is watched comes again.
    if (this.#watched.size > 0) this.#onPending?.()
    return taken
  }

  giveBack(metrics: readonly CollectedMetric[]): void {
    for (const metric of metrics) {
      for (const [value, count] of metric.values) this.#add(metric, metric.minuteMs, value, count)
    }
  }

  async #readWatched(): Promise<void> {
    const nowMs = this.#clock.nowMs()
    for (const [key, { metric, untilMs, read }] of [...this.#watched]) {
      const value = await this.#readOne(read)
      if (value !== undefined) this.add(metric, value)
      if (value === undefined || untilMs <= nowMs) this.#watched.delete(key)
    }
  }

  async #readOne(read: Read): Promise<number | undefined> {
    try {
      return await read()
    } catch (fault) {
      this.#onFault(fault)
      return undefined
    }
  }

  #add(metric: ServiceMetric, atMs: number, value: number, count: number): void {
    const key = `${atMs} ${keyOf(metric)}`
    const known = this.#pending.get(key)
    if (known) {
      const { values } = known
      const kept = values.size < mostExactValues || values.has(value) ? value : Number(value.toPrecision(3))
      values.set(kept, (values.get(kept) ?? 0) + count)
      return
    }
    if (this.#pending.size >= this.#most) return
    this.#pending.set(key, { ...metric, minuteMs: atMs, values: new Map([[value, count]]) })
    if (this.#pending.size === 1) this.#onPending?.()
  }
}

function keyOf({ scope: { accountId, region }, namespace, name, dimensions, unit }: ServiceMetric): string {
  let key = `${accountId} ${region} ${namespace} ${name} ${unit}`
  for (const dimension in dimensions) key += ` ${dimension} ${dimensions[dimension]}`
  return key
}
