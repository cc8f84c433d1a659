import { Counter, collectDefaultMetrics, Histogram, Registry } from 'prom-client'

interface Labels {
  service: string
  operation: string
  code: string
}

/** Prometheus metrics of one server; several servers in one process have a registry each. */
export class Metrics {
  readonly #registry = new Registry()
  readonly #requests = new Counter({
    name: 'strongroom_requests_total',
    help: 'Answered requests by service, operation and error code (OK for none).',
    labelNames: ['service', 'operation', 'code'] as const,
    registers: [this.#registry],
    collect: () => this.#handOver(),
  })
  readonly #seconds = new Histogram({
    name: 'strongroom_request_duration_seconds',
    help: 'Time from a complete request to its answer.',
    labelNames: ['service'] as const,
    buckets: [0.0005, 0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5],
    registers: [this.#registry],
  })
  readonly #services = new Map<string, ServiceMetrics>()

  constructor(options: { process: boolean }) {
    if (options.process) collectDefaultMetrics({ register: this.#registry })
  }

  /** Labels come from the operation tables, never from the caller, so that their number stays bounded. */
  observe({ service, operation, code }: Labels, durationMs: number): void {
    let metrics = this.#services.get(service)
    if (!metrics) {
      metrics = { counts: new Map(), seconds: this.#seconds.labels(service) }
      this.#services.set(service, metrics)
    }
    metrics.seconds.observe(durationMs / 1000)
    const codes = metrics.counts.get(operation)
    if (codes) codes.set(code, (codes.get(code) ?? 0) + 1)
    else metrics.counts.set(operation, new Map([[code, 1]]))
  }

  readonly contentType = this.#registry.contentType

  text(): Promise<string> {
    return this.#registry.metrics()
  }

  #handOver(): void {
    for (const [service, { counts }] of this.#services) {
      for (const [operation, codes] of counts) {
        for (const [code, count] of codes) this.#requests.inc({ service, operation, code }, count)
      }
      counts.clear()
    }
  }
}

interface ServiceMetrics {
  /**
   * Requests by operation and code, until they are handed over: the client library puts a text together from the labels at
   * every increment.
   */
  counts: Map<string, Map<string, number>>
  seconds: { observe(seconds: number): void }
}
