import { secondMs } from '../core/durations.ts'
import { merged } from '../core/merged.ts'
import type { WorkRunner, WorkSpec } from '../core/scheduler.ts'
import type { DataEventInterest } from '../core/services/data-events.ts'
import type { OperatorTask } from '../core/services/operator-task.ts'
import { ownNames } from '../core/services/own-names.ts'
import type {
  ListedService,
  OfferedService,
  ServedService,
  ServiceHost,
  ServiceInstance,
  ServiceModule,
  ServiceOutline,
} from '../core/services/service-module.ts'
import type { PlacedRecord } from '../core/services/trail-coverage.ts'
import { StoppedError } from '../core/stopped-error.ts'
import type { Store } from '../core/store.ts'

/** How late a node notices that it needs a service. */
const watchedEveryMs = secondMs

interface OpenService extends ServedService {
  instance: ServiceInstance
}

/**
 * The services of one server. Those with an outline are loaded and opened when they are first used: by a request, a call of
 * another service, due work or an operator's task. The others are opened at the start.
 */
export class Services {
  /** For the registry, by which requests find them. */
  readonly offered: readonly OfferedService[]
  /** What they do when its time has come, by kind. */
  readonly work: Readonly<Record<string, WorkSpec>>
  /** What operators can ask of them, by name. */
  readonly tasks: Readonly<Record<string, OperatorTask>>
  /** What the open services want of data events. */
  dataEvents: readonly DataEventInterest[] = []
  readonly #services: readonly LazyService[]
  /** In the order of the list. */
  #open: readonly OpenService[] = []

  private constructor(services: readonly LazyService[]) {
    this.#services = services
    this.offered = services
    for (const service of services) service.onOpen = () => this.#noteOpen()
    this.#noteOpen()
    this.work = merged(
      'kind of due work',
      services.map((service) => ownNames('kind of due work', service.head.name, service.work())),
    )
    this.tasks = merged(
      "operator's task",
      services.map((service) => service.tasks()),
    )
  }

  /** @param settings - of all services, by name. */
  static async open(listed: readonly ListedService[], host: ServiceHost, settings: object): Promise<Services> {
    const services = listed.map(async ({ manifest, load }) => {
      const open = (module: ServiceModule) => ({ definition: module.definition, instance: module.open(host, settings) })
      if (manifest?.outline) return new LazyService(manifest.outline, async () => open(await load()))
      const service = open(await load())
      return new LazyService(outlineOf(service), async () => service, service)
    })
    const opened = new Services(await Promise.all(services))
    await Promise.all(opened.#services.map((service) => service.openIfNeeded(host.store)))
    return opened
  }

  /**
   * Opens services that have come to be needed, such as by what another node has changed, from time to time until the signal aborts.
   * @param onFault - hears of what fails; it is tried again.
   */
  watch(store: Pick<Store, 'in'>, signal: AbortSignal, onFault: (fault: unknown) => void): void {
    let isLooking = false
    const timer = setInterval(() => {
      if (isLooking) return
      isLooking = true
      Promise.all(this.#services.map((service) => service.openIfNeeded(store)))
        .catch((fault) => {
          if (!signal.aborted) onFault(fault)
        })
        .finally(() => {
          isLooking = false
        })
    }, watchedEveryMs).unref()
    signal.addEventListener('abort', () => clearInterval(timer), { once: true })
  }

  /** Returns how services take events out of the outbox, and opens them for that. */
  async eventTakers(): Promise<NonNullable<ServiceInstance['takeEvent']>[]> {
    const takers = this.#services.filter(({ takesEvents }) => takesEvents)
    const opened = await Promise.all(takers.map((service) => service.open()))
    return opened.flatMap(({ instance }) => instance.takeEvent ?? [])
  }

  /** Asks the service that has trails which records they take, and opens it for that. */
  async coveredByTrails(records: readonly PlacedRecord[]): Promise<readonly boolean[]> {
    const service = this.#services.find(({ hasTrails }) => hasTrails)
    const trails = (await service?.open())?.instance.trails
    return trails ? trails.covered(records) : records.map(() => false)
  }

  /** Has the service that keeps metrics write what was published, and opens it for that. */
  async takeMetrics(): Promise<void> {
    for (const service of this.#services) {
      if (service.takesMetrics) await (await service.open()).instance.takeMetrics?.()
    }
  }

  /** Ends what runs of its own accord, and opens no more services. Those that are being opened are waited for. */
  async interrupt(): Promise<void> {
    await Promise.all(this.#services.map((service) => service.openNoMore()))
    await Promise.all(this.#open.map(({ instance }) => instance.interrupt?.()))
  }

  /** Closes the services that are open, in the order of the list. */
  async stop(): Promise<void> {
    for (const { instance } of this.#open) await instance.stop?.()
  }

  #noteOpen(): void {
    this.#open = this.#services.flatMap(({ opened }) => opened ?? [])
    this.dataEvents = this.#open.flatMap(({ instance }) => instance.dataEvents ?? [])
  }
}

/** One service, opened once. */
class LazyService implements OfferedService {
  readonly head: ServiceOutline['head']
  readonly #outline: ServiceOutline
  readonly #load: () => Promise<OpenService>
  #opening: Promise<OpenService> | undefined
  opened: OpenService | undefined
  onOpen = () => {}
  #stopped = false

  constructor(outline: ServiceOutline, load: () => Promise<OpenService>, opened?: OpenService) {
    this.head = outline.head
    this.#outline = outline
    this.#load = load
    this.opened = opened
  }

  get takesMetrics(): boolean {
    return this.#outline.takesMetrics === true
  }

  get hasTrails(): boolean {
    return this.#outline.hasTrails === true
  }

  get takesEvents(): boolean {
    return this.#outline.takesEvents === true
  }

  async openIfNeeded(store: Pick<Store, 'in'>): Promise<void> {
    if (this.opened) return
    if (await this.#outline.isNeeded?.(store)) await this.open()
  }

  async open(): Promise<OpenService> {
    if (this.opened) return this.opened
    if (this.#stopped) throw new StoppedError('The server was stopped, or reset.')
    this.#opening ??= this.#load().then((service) => {
      this.opened = service
      this.onOpen()
      return service
    })
    try {
      return await this.#opening
    } catch (failure) {
      // A failed import may succeed later.
      this.#opening = undefined
      throw failure
    }
  }

  /** Refuses to open from now on. Resolves when an opening that is under way has ended, whatever became of it. */
  async openNoMore(): Promise<void> {
    this.#stopped = true
    // Who opens it hears of a failure.
    await this.#opening?.catch(() => {})
  }

  work(): Record<string, WorkSpec> {
    const kinds = Object.entries(this.#outline.work ?? {})
    return Object.fromEntries(
      kinds.map(([kind, limits]): [string, WorkSpec] => {
        const run: WorkRunner = async (work) => {
          const spec = (await this.open()).instance.work?.[kind]
          if (!spec) throw new Error(`the service ${this.head.name} does not bring the work ${kind} of its outline`)
          return typeof spec === 'function' ? spec(work) : spec.run(work)
        }
        return [kind, limits === 'shared' ? run : { ...limits, run }]
      }),
    )
  }

  tasks(): Record<string, OperatorTask> {
    const tasks = Object.entries(this.#outline.tasks ?? {})
    return Object.fromEntries(
      tasks.map(([name, action]): [string, OperatorTask] => {
        const run: OperatorTask['run'] = async (input, caller) => {
          const task = (await this.open()).instance.tasks?.[name]
          if (!task) throw new Error(`the service ${this.head.name} does not bring the task ${name} of its outline`)
          return task.run(input, caller)
        }
        return [name, { action, run }]
      }),
    )
  }
}

/** The outline of a service that is open: what it brings. */
export function outlineOf({ definition, instance }: OpenService): ServiceOutline {
  const { operations: _, requestQuotas: __, ...head } = definition
  const limitsOf = (spec: WorkSpec): 'shared' | Omit<Exclude<WorkSpec, WorkRunner>, 'run'> => {
    if (typeof spec === 'function') return 'shared'
    const { run: ___, ...limits } = spec
    return limits
  }
  return {
    head,
    work: Object.fromEntries(Object.entries(instance.work ?? {}).map(([kind, spec]) => [kind, limitsOf(spec)])),
    tasks: Object.fromEntries(Object.entries(instance.tasks ?? {}).map(([name, { action }]) => [name, action])),
    ...(instance.trails && { hasTrails: true }),
    ...(instance.takeEvent && { takesEvents: true }),
    ...(instance.takeMetrics && { takesMetrics: true }),
  }
}
