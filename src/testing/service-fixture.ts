import { FixedClock } from '../../test/fixtures/call.ts'
import type { AuditRecord } from '../core/audit.ts'
import { merged } from '../core/merged.ts'
import { conditionKeysOf, type Permission, type RequestContext } from '../core/operation.ts'
import type { Caller } from '../core/principal.ts'
import type { WorkRunner, WorkSpec } from '../core/scheduler.ts'
import { ServiceError } from '../core/service-error.ts'
import { ownNames } from '../core/services/own-names.ts'
import type { RecordFollower } from '../core/services/record-follower.ts'
import type { ServiceCalls } from '../core/services/service-calls.ts'
import type { ServiceDefinition } from '../core/services/service-definition.ts'
import type {
  OfferedService,
  ServedService,
  ServiceHost,
  ServiceInstance,
  ServiceModule,
} from '../core/services/service-module.ts'
import type { Store } from '../core/store.ts'
import { newRequestId } from '../core/uuid.ts'
import { createSessionTokens } from '../crypto/session-token.ts'
import { createTemporaryCredentials } from '../crypto/temporary-credentials.ts'
import { EventBus } from '../events/event-bus.ts'
import { ActiveCall } from '../gateway/active-call.ts'
import { Recording } from '../gateway/audit/recording.ts'
import { Gateway } from '../gateway/gateway.ts'
import { Metrics } from '../gateway/metrics.ts'
import { Pipeline } from '../gateway/pipeline.ts'
import { mainProtocol } from '../gateway/protocols/index.ts'
import { ServiceRegistry } from '../gateway/service-registry.ts'
import { MetricBuffer } from '../kit/metric-buffer.ts'
import { MetricWork } from '../kit/metric-work.ts'
import { createScheduler } from '../scheduler/scheduler.ts'
import { OwnedListeners } from '../server/service-listeners.ts'
import { ensureAccount } from '../services/iam/storage/account-store.ts'
import { openDirectories, serverAccounts } from '../services/identity-plane.ts'
import { BlobStore } from '../storage/blobs/blob-store.ts'
import { RowContent } from '../storage/blobs/row-content.ts'
import { checkOwnMigrations } from '../storage/own-tables.ts'
import { randomSealer, testStore } from '../storage/testing.ts'
import { accountId, alice, otherAccountId, region, root, rootSecret, stranger } from './callers.ts'
import { Hooks } from './hooks.ts'
import { identitiesIn } from './identities.ts'

export interface FixtureOptions {
  /** Of the modules, where they are not the defaults. */
  settings?: Readonly<Record<string, unknown>>
  /** The users there are from the start. Default: `alice` and `stranger`. */
  administrators?: readonly Caller[]
  /** Services that a test makes up. */
  others?: readonly ServedService[]
  /** Whether all data events are recorded, as with `ledger.data-events=all`. Default: true. */
  allDataEvents?: boolean
  /** What the server offers to services, where a test has something else in its place. */
  host?: Partial<ServiceHost>
  /** What the scheduler runs in place of the work of services. */
  wrapWork?(runner: WorkRunner, store: Store): WorkRunner
}

export interface CallOptions {
  /** The root user of the account when absent. */
  caller?: Caller
  region?: string
  /** Principals of the services by way of which the call comes. */
  calledVia?: readonly string[]
}

/** A permission that a call asks for, with its condition keys put together. */
export type AskedPermission = Omit<Permission, 'context'> & { context?: RequestContext }

/**
 * Opens services in the real pipeline, over a store in memory, on a clock that the test moves. There are two accounts with their
 * roots, and an administrator in each: `alice` and `stranger`.
 * @returns what the services share, `call` by which an operation is called as from outside (validated, authorised and recorded),
 *   and the gateway, which knows the root user's access key alone.
 */
export async function serviceFixture(
  modules: readonly ServiceModule[],
  {
    settings,
    administrators = [alice, stranger],
    others = [],
    allDataEvents = true,
    host: instead,
    wrapWork,
  }: FixtureOptions = {},
) {
  for (const { definition, migrations = [] } of modules) await checkOwnMigrations(definition.name, migrations)
  const store = await testStore(modules.flatMap(({ migrations = [] }) => migrations))
  const clock = new FixedClock()
  const blobs = new BlobStore(store, new RowContent(store), clock)
  const faults: unknown[] = []
  const reportFault = (fault: unknown) => faults.push(fault)
  const { identity, organizations } = openDirectories({ store, reportFault })
  const accounts = serverAccounts(clock, async () => {})
  const identities = identitiesIn(store, clock)
  for (const account of [accountId, otherAccountId]) await ensureAccount(store, clock, account)
  for (const administrator of administrators) await identities.putUser(administrator)
  const sealer = randomSealer()
  const ending = new AbortController()
  const { signal } = ending
  const calls: ServiceCalls = {
    invoke: (call) => pipeline.calls.invoke(call),
    allows: (call, permission) => pipeline.calls.allows(call, permission),
    refusal: (call) => pipeline.calls.refusal(call),
    invokeDocument: (call) => pipeline.calls.invokeDocument(call),
    has: (service, operation) => pipeline.calls.has(service, operation),
  }
  const serviceMetrics = new MetricBuffer(clock, reportFault)
  const followers: RecordFollower[] = []
  const host: ServiceHost = {
    ...{ store, blobs, clock, identity, organizations, accounts, calls, signal },
    listeners: new OwnedListeners('127.0.0.1', reportFault),
    ...{ metrics: serviceMetrics, collectedMetrics: serviceMetrics },
    sealer,
    onFault: reportFault,
    credentials: createTemporaryCredentials({ tokens: createSessionTokens(sealer), identity, clock }),
    history: { find: async () => ({ records: [] }) },
    ledger: {
      lastSeq: async () => store.records.length,
      read: async (seqs) =>
        seqs.flatMap((seq) => {
          const record = store.records[seq - 1]
          return record ? [{ seq, record: JSON.stringify(record) }] : []
        }),
      follow: (follower) => followers.push(follower),
    },
    // Without the service that has trails, all records count as taken.
    trails: {
      covered: async (records) => {
        const trails = services.find(({ instance }) => instance.trails)?.instance.trails
        return trails ? trails.covered(records) : records.map(() => true)
      },
    },
    home: { accountId, region },
    endpoint: () => 'http://127.0.0.1:4566',
    certificateFile: undefined,
    hiddenFiles: [],
    keyStoreProxies: {},
    ...instead,
  }
  const hooks = new Hooks()
  const services: readonly { definition: ServiceDefinition; instance: ServiceInstance }[] = modules.map((module) => ({
    definition: hooks.into(module.definition),
    instance: module.open(host, { ...defaultsOf(module), ...settings }),
  }))
  const registry = new ServiceRegistry([...services, ...others].map(offered))
  for (const definition of registry.definitions) await registry.load(definition)
  const pipeline = new Pipeline({
    ...{ store, clock, identity, signal, registry, reportFault },
    recording: new Recording({
      allDataEvents,
      interests: () => [...services, ...others].flatMap(({ instance }) => instance.dataEvents ?? []),
    }),
    sessionRefusal: () => undefined,
  })
  const gateway = new Gateway({
    ...{ registry, pipeline, identity, clock, reportFault },
    credentials: {
      resolve: async (accessKeyId) =>
        accessKeyId === root.accessKeyId ? { caller: root, secretAccessKey: rootSecret } : 'unknown-key',
    },
    metrics: new Metrics({ process: false }),
    regionRefusal: () => undefined,
    homeRegion: region,
  })
  const bus = new EventBus()
  const takers = services.flatMap(({ instance }) => instance.takeMetrics ?? [])
  const take = async () => {
    for (const taker of takers) await taker()
  }
  // Without a service that keeps metrics, nothing is kept of them.
  const metricWork =
    takers.length > 0
      ? new MetricWork({ ...{ store, clock, take }, buffer: serviceMetrics, onFault: reportFault }).work
      : {}
  const work: Record<string, WorkSpec> = merged('kind of due work', [
    ...services.map(({ definition, instance }) => ownNames('kind of due work', definition.name, instance.work)),
    bus.work(store, () => services.flatMap(({ instance }) => instance.takeEvent ?? [])),
    blobs.work,
    metricWork,
  ])
  const wrapped = ([kind, spec]: [string, WorkSpec]) => {
    if (!wrapWork) return [kind, spec]
    return [kind, typeof spec === 'function' ? wrapWork(spec, store) : { ...spec, run: wrapWork(spec.run, store) }]
  }
  const runners: Record<string, WorkSpec> = Object.fromEntries(Object.entries(work).map(wrapped))
  const scheduler = createScheduler({ store, clock, runners, settled: follow, onError: reportFault })

  /** Hands new records to those who follow the ledger. */
  async function follow(): Promise<void> {
    for (const follower of followers) {
      if (follower.isIdle()) continue
      const from = await follower.position()
      const records = store.records
        .slice(from)
        .map((record, at) => ({ seq: from + at + 1, record: JSON.stringify(record) }))
      if (records.length > 0) await follower.take(records, from)
    }
  }

  /** @throws ServiceError - the refusal as a client would get it; of a fault, its cause is the fault. */
  async function call(
    service: string,
    operation: string,
    input: object,
    { caller = root, region: inRegion = region, calledVia }: CallOptions = {},
  ): Promise<unknown> {
    try {
      return await pipeline.invoke({ caller, region: inRegion, service, operation, input, calledVia })
    } catch (error) {
      if (error instanceof ServiceError && error.status >= 500) error.cause ??= faults.at(-1)
      throw error
    }
  }

  /** Makes a call and what its handler would get, and does nothing with it. */
  function begin(service: string, operationName: string, options: CallOptions = {}) {
    const definition = registry.byName(service)
    const served = definition && registry.loaded(definition)
    const operation = served?.operation(operationName)
    if (!served || !operation) throw new Error(`there is no operation ${service}:${operationName}`)
    const { caller = root, region: inRegion = region, calledVia = [] } = options
    const source = { ip: '192.0.2.1', userAgent: 'test', host: `${service}.${inRegion}.amazonaws.com` }
    const start = { requestId: newRequestId(), service: served, operation, protocol: mainProtocol(served.definition) }
    const begun = new ActiveCall(
      { ...start, region: inRegion, caller, source, calledVia },
      {
        ...{ store, clock, identity, signal },
        invoke: (outer, name, asked, input) =>
          pipeline.invoke({ caller, region: outer.region, service: name, operation: asked, input }),
      },
    )
    return { call: begun, context: served.instance.context(begun), operation }
  }

  /** Returns what a caller would have to be allowed. @throws ServiceError for what is refused before that is known. */
  async function permissions(
    service: string,
    operationName: string,
    input: object,
    options?: CallOptions,
  ): Promise<AskedPermission[]> {
    const { context, operation } = begin(service, operationName, options)
    const invalid = operation.validate(input as Record<string, unknown>)
    if (invalid) throw invalid
    const declared = operation.declaration?.permissions ?? 'none'
    const asked = declared === 'none' ? [] : await declared(context, input as Record<string, unknown>)
    return asked.map(({ context: keys, ...permission }) =>
      keys ? { ...permission, context: conditionKeysOf({ context: keys }) } : permission,
    )
  }

  return {
    ...{
      store,
      blobs,
      clock,
      identity,
      organizations,
      faults,
      bus,
      services,
      registry,
      pipeline,
      gateway,
      call,
      begin,
      permissions,
    },
    ...identities,
    sealer: host.sealer,
    serviceMetrics,
    runners: work,
    beforeHandling: hooks.before,
    /** The record that was committed last. */
    lastRecord: (): AuditRecord => {
      const record = store.records.at(-1)
      if (!record) throw new Error('nothing is recorded')
      return record
    },
    /** Aborts the signal of calls, as a server does that stops. */
    interrupt: () => ending.abort(),
    /** Runs what is due. */
    settle: () => scheduler.runDue(),
    /** Lets time pass, and what falls due run at its time. */
    advance: async (ms: number) => {
      await scheduler.advanceTo(clock.nowMs() + ms, (timeMs) => {
        clock.timeMs = timeMs
      })
    },
  }
}

/** A service that is open already, as the registry takes one. */
export const offered = (service: ServedService): OfferedService => ({
  head: service.definition,
  open: async () => service,
})

export type ServiceFixture = Awaited<ReturnType<typeof serviceFixture>>

const defaultsOf = ({ settings = {} }: ServiceModule): Record<string, unknown> =>
  Object.fromEntries(Object.entries(settings).map(([name, spec]) => [name, (spec as { default: unknown }).default]))
