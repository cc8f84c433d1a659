import { Counter, collectDefaultMetrics, Histogram, Registry } from 'prom-client'

/** Prometheus metrics of one server; several servers in one process have a registry each. */
export class Metrics {
  readonly #registry = new Registry()
  readonly #requests = new Counter({
    name: 'strongroom_requests_total',
    help: 'Answered requests by service, operation and error code (OK for none).',
    labelNames: ['service', 'operation', 'code'] as const,
    registers: [this.#registry],
  })
  readonly #seconds = new Histogram({
    name: 'strongroom_request_duration_seconds',
    help: 'Time from a complete request to its answer.',
    labelNames: ['service'] as const,
    buckets: [0.0005, 0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5],
    registers: [this.#registry],
  })

  constructor(options: { process: boolean }) {
    if (options.process) collectDefaultMetrics({ register: this.#registry })
  }

  /** Labels come from the operation tables, never from the caller, so that their number stays bounded. */
  observe(labels: { service: string; operation: string; code: string }, durationMs: number): void {
    this.#requests.inc(labels)
    this.#seconds.observe({ service: labels.service }, durationMs / 1000)
  }

  readonly contentType = this.#registry.contentType

  text(): Promise<string> {
    return this.#registry.metrics()
  }
}
