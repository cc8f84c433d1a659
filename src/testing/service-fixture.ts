import { callerOf, FixedClock, rootOf } from '../../test/fixtures/call.ts'
import { merged } from '../core/merged.ts'
import { ownNames } from '../core/own-names.ts'
import type { Caller } from '../core/principal.ts'
import type { ServiceCalls } from '../core/service-calls.ts'
import type { ServiceDefinition } from '../core/service-definition.ts'
import type { ServedService, ServiceHost, ServiceInstance, ServiceModule } from '../core/service-module.ts'
import { EventBus } from '../events/event-bus.ts'
import { Recording } from '../gateway/audit/recording.ts'
import { Gateway } from '../gateway/gateway.ts'
import { Metrics } from '../gateway/metrics.ts'
import { Pipeline } from '../gateway/pipeline.ts'
import { ServiceRegistry } from '../gateway/service-registry.ts'
import { createScheduler } from '../scheduler/scheduler.ts'
import { OwnedListeners } from '../server/service-listeners.ts'
import { createIdentityDirectory } from '../services/iam/identity-directory.ts'
import { ensureAccount } from '../services/iam/storage/account-store.ts'
import { BlobStore } from '../storage/blobs/blob-store.ts'
import { RowContent } from '../storage/blobs/row-content.ts'
import { checkOwnMigrations } from '../storage/own-tables.ts'
import { randomSealer, testStore } from '../storage/testing.ts'

export const accountId = '111122223333'
export const region = 'us-east-1'

/** The root user of the account, and the secret of its access key. */
export const root: Caller = callerOf(rootOf(accountId))
export const rootSecret = 'a secret of forty characters, or nearly s'

export interface FixtureOptions {
  /** Of the modules, where they are not the defaults. */
  settings?: Readonly<Record<string, unknown>>
  /** Services that a test makes up. */
  others?: readonly ServedService[]
  /** Whether all data events are recorded, as with `ledger.data-events=all`. Default: true. */
  allDataEvents?: boolean
}

/**
 * Opens services in the real pipeline, over a store in memory, with one account and its root, on a clock that the test moves.
 * @returns what the services share, `call` by which an operation is called as from outside: authorised and recorded, and the
 *   gateway, which knows the root user's access key alone.
 */
export async function serviceFixture(
  modules: readonly ServiceModule[],
  { settings, others = [], allDataEvents = true }: FixtureOptions = {},
) {
  for (const { definition, migrations = [] } of modules) await checkOwnMigrations(definition.name, migrations)
  const store = await testStore(modules.flatMap(({ migrations = [] }) => migrations))
  const clock = new FixedClock()
  const blobs = new BlobStore(store, new RowContent(store), clock)
  const faults: unknown[] = []
  const reportFault = (fault: unknown) => faults.push(fault)
  const identity = createIdentityDirectory({ store, reportFault })
  await ensureAccount(store, clock, accountId)
  const ending = new AbortController()
  const { signal } = ending
  const calls: ServiceCalls = { invoke: (call) => pipeline.calls.invoke(call) }
  const host: ServiceHost = {
    ...{ store, blobs, clock, identity, calls, signal },
    listeners: new OwnedListeners('127.0.0.1', reportFault),
    sealer: randomSealer(),
    onFault: reportFault,
    credentials: { resolve: async () => 'unknown-key' },
    history: { find: async () => ({ records: [] }) },
    home: { accountId, region },
    endpoint: () => 'http://127.0.0.1:4566',
    certificateFile: undefined,
    hiddenFiles: [],
    keyStoreProxies: {},
  }
  const services: readonly { definition: ServiceDefinition; instance: ServiceInstance }[] = modules.map((module) => ({
    definition: module.definition,
    instance: module.open(host, { ...defaultsOf(module), ...settings }),
  }))
  const registry = new ServiceRegistry([...services, ...others])
  const pipeline = new Pipeline({
    ...{ store, clock, identity, signal, registry, reportFault },
    recording: new Recording({
      allDataEvents,
      interests: [...services, ...others].flatMap(({ instance }) => instance.dataEvents ?? []),
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
  })
  const bus = new EventBus()
  const runners = merged('kind of due work', [
    ...services.map(({ definition, instance }) => ownNames('kind of due work', definition.name, instance.work)),
    bus.work(store),
    blobs.work,
  ])
  const scheduler = createScheduler({ store, clock, runners, onError: reportFault })

  /** @throws ServiceError - the refusal as a client would get it. */
  const call = (
    service: string,
    operation: string,
    input: object,
    { caller = root, region: inRegion = region }: { caller?: Caller; region?: string } = {},
  ): Promise<unknown> => pipeline.invoke({ caller, region: inRegion, service, operation, input })

  return {
    ...{ store, blobs, clock, faults, bus, services, registry, pipeline, gateway, call },
    /** Tells calls that the server stops. */
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

const defaultsOf = ({ settings = {} }: ServiceModule): Record<string, unknown> =>
  Object.fromEntries(Object.entries(settings).map(([name, spec]) => [name, (spec as { default: unknown }).default]))
