import { randomUUID } from 'node:crypto'
import type { Clock } from '../core/clock.ts'
import { minuteMs } from '../core/durations.ts'
import type { WorkSpec } from '../core/scheduler.ts'
import { type Store, StoreUnavailableError } from '../core/store.ts'
import type { MetricBuffer } from './metric-buffer.ts'

/** The kind of due work that has metrics written; its key is the process that has them in memory. */
const writeMetricsWork = 'metrics.write'

export interface MetricWorkOptions {
  buffer: MetricBuffer
  store: Pick<Store, 'transaction'>
  clock: Clock
  /** Has the service that keeps metrics take what is in the buffer. */
  take(): Promise<void>
  onFault(fault: unknown): void
}

/**
 * Has the metrics of services written at the minute after they were published. Due work does it, so that it happens at its time where
 * the clock is moved; and a timer, for where another node does this one's work.
 */
export class MetricWork {
  readonly #options: MetricWorkOptions
  readonly #key = randomUUID()
  #timer: NodeJS.Timeout | undefined
  #stopped = false

  constructor(options: MetricWorkOptions) {
    this.#options = options
    options.buffer.onPending(() => this.#wait())
  }

  readonly work: Readonly<Record<string, WorkSpec>> = {
    [writeMetricsWork]: async () => {
      await this.#write()
      return async () => {}
    },
  }

  /** Writes what there is, before services are stopped. Never rejects. */
  async stop(): Promise<void> {
    this.#stopped = true
    clearTimeout(this.#timer)
    if (this.#options.buffer.isPending) await this.#write()
  }

  #wait(): void {
    if (this.#timer || this.#stopped) return
    const { store, clock } = this.#options
    this.#timer = setTimeout(() => this.#write(), minuteMs).unref()
    const dueAtMs = (Math.floor(clock.nowMs() / minuteMs) + 1) * minuteMs
    const scope = { accountId: '', region: '' }
    // If it cannot be scheduled, the timer is there.
    store
      .transaction((tx) => tx.schedule({ kind: writeMetricsWork, key: this.#key, dueAtMs, scope, payload: null }))
      .catch((fault) => this.#report(fault))
  }

  async #write(): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    try {
      await this.#options.take()
    } catch (fault) {
      this.#report(fault)
    }
  }

  /** A store that cannot write fails every request loudly. */
  #report(fault: unknown): void {
    if (!(fault instanceof StoreUnavailableError)) this.#options.onFault(fault)
  }
}
