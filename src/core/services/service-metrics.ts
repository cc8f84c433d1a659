import type { Awaitable } from '../awaitable.ts'
import type { Scope } from '../store.ts'

/** A metric that a service publishes, in a namespace of AWS. */
export interface ServiceMetric {
  /** Whose metric it is. */
  scope: Scope
  /** `AWS/Lambda` */
  namespace: string
  name: string
  /** Values by name: `{ FunctionName: 'orders' }`. Names of resources, never what a caller makes up. */
  dimensions?: Readonly<Record<string, string>>
  /** As CloudWatch spells it: `Count`, `Milliseconds`. Default: `None`. */
  unit?: string
}

/**
 * Metrics of what services do. Values are put together in memory by the minute, and written behind the requests: a killed server
 * loses those of about the last minute.
 */
export interface ServiceMetrics {
  /** Adds a value at the present time. Costs a microsecond, and never waits or throws. */
  add(metric: ServiceMetric, value: number): void
  /**
   * Reads a value about once a minute for some time from now on, and adds it. Watching again makes it last longer.
   * @param read - undefined where there is nothing to be read any more: then it is not watched any longer.
   */
  watch(metric: ServiceMetric, forMs: number, read: () => Awaitable<number | undefined>): void
}

/** The values of one metric in one minute. */
export interface CollectedMetric extends ServiceMetric {
  minuteMs: number
  /** How often each value came. */
  values: ReadonlyMap<number, number>
}

/** What is to be written: for the service that keeps metrics. */
export interface CollectedMetrics {
  /** Takes all that was added, with the values that are watched now. */
  take(): Promise<CollectedMetric[]>
  /** Gives back what could not be written. */
  giveBack(metrics: readonly CollectedMetric[]): void
}
