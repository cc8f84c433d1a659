import { randomBytes } from 'node:crypto'
import { resolve } from 'node:path'
import type { Logger } from 'pino'
import type { Clock } from '../core/clock.ts'
import type { IdentityDirectory } from '../core/identity.ts'
import { merged } from '../core/merged.ts'
import { accountOf } from '../core/principal.ts'
import { regionRefusal } from '../core/regions.ts'
import type { RecordFollower } from '../core/services/record-follower.ts'
import type { ServiceCalls } from '../core/services/service-calls.ts'
import type { ServiceHost } from '../core/services/service-module.ts'
import { StoppedError } from '../core/stopped-error.ts'
import { StoreUnavailableError } from '../core/store.ts'
import { rootKeyOf } from '../crypto/root-key.ts'
import { openSealer, StorageSealer } from '../crypto/sealer.ts'
import type { EventBus } from '../events/event-bus.ts'
import type { AdminOptions, SignedRequestFacts } from '../gateway/admin.ts'
import { Recording } from '../gateway/audit/recording.ts'
import { Access } from '../gateway/authorization/access.ts'
import { denialWork } from '../gateway/authorization/denials.ts'
import { Gateway } from '../gateway/gateway.ts'
import { Metrics } from '../gateway/metrics.ts'
import { type FaultReporter, Pipeline } from '../gateway/pipeline.ts'
import { ServiceRegistry } from '../gateway/service-registry.ts'
import { MetricBuffer } from '../kit/metric-buffer.ts'
import { MetricWork } from '../kit/metric-work.ts'
import { createLedger, type Ledger } from '../ledger/ledger.ts'
import type { RetentionRule } from '../ledger/retention.ts'
import { createScheduler, type Scheduler } from '../scheduler/scheduler.ts'
import { type DevelopmentAdministrator, openIdentityPlane, sessionRefusal } from '../services/identity-plane.ts'
import { listedServices } from '../services/index.ts'
import { BlobStore } from '../storage/blobs/blob-store.ts'
import { FileContent } from '../storage/blobs/file-content.ts'
import { RowContent } from '../storage/blobs/row-content.ts'
import { tableDropper } from '../storage/drop-tables.ts'
import { type OpenStore, openStore } from '../storage/open-store.ts'
import type { Config } from './config.ts'
import type { DataDirectory } from './data-directory.ts'
import { proofTask } from './proof-task.ts'
import { findRoot, knownKeysHint, makeRoot, openRootAccounts, type RootAccounts } from './root-accounts.ts'
import { serverMigrations } from './server-migrations.ts'
import { OwnedListeners } from './service-listeners.ts'
import { Services } from './services.ts'

export interface RuntimeOptions {
  config: Config
  /** Absent when nothing is kept on disk. */
  directory: DataDirectory | undefined
  clock: Clock
  log: Logger
  /** Where the services' events come out; outlives a runtime that is exchanged. */
  events: EventBus
  /** Where the server answers; known once it listens. */
  endpoint(): string
}

/** How many of the latest records an ephemeral server keeps: some 130 MB of memory. */
const recordsInMemory = 100_000

/** Everything behind the listener: state, services and the work that falls due. */
export interface ServerRuntime
  extends Pick<AdminOptions, 'store' | 'metrics' | 'credentials' | 'notReady' | 'mayExplain' | 'mayOperate' | 'tasks'> {
  /** The server's own account first. */
  roots: RootAccounts
  /** Of a development server, by account; only accounts that still have theirs. */
  administrators: ReadonlyMap<string, DevelopmentAdministrator>
  gateway: Gateway
  scheduler: Scheduler
  /** Ends what runs of its own accord, functions and due work, so that nothing waits for it; the runtime is about to end. */
  interrupt(): Promise<void>
  close(): Promise<void>
  /** Closes the runtime and removes all that it kept. Development mode only. */
  destroy(): Promise<void>
}

/**
 * Builds a runtime from its configuration.
 * @throws ConfigError, WrongRootKeyError, AnchorMismatchError, StoreUnavailableError - nothing was changed.
 */
export async function openRuntime(options: RuntimeOptions): Promise<ServerRuntime> {
  const { config, directory, clock, log } = options
  // What keeps everything from being recorded is said once; until it is over, all that is in the background meets it every second.
  const troubles = new Set<'loss' | 'alarm'>()
  const noting = (trouble: 'loss' | 'alarm', overText: string) => (reason: string | undefined) => {
    if (reason === undefined) {
      troubles.delete(trouble)
      log.info(overText)
    } else {
      troubles.add(trouble)
      log.error(reason)
    }
  }
  const onLoss = noting('loss', 'the database file is back in its place, and is written again')
  const onAlarm = noting('alarm', 'the ledger ends again as the server left it, and is written again')
  const onFault = (fault: unknown) => {
    if (troubles.size > 0 && fault instanceof StoreUnavailableError) return
    log.error({ err: fault }, 'background work failed; it is tried again')
  }
  const files = directory && !config.databaseUrl ? directory.ledgerFiles : undefined
  const anchorFile = config.databaseUrl ? directory?.postgresAnchor : directory?.anchor
  const retention = retentionOf(config)
  const ledger = createLedger({ clock, files, anchorFile, retention, onFault, onAlarm })
  const { store, sealer } = await openSealedStore(config, directory, ledger, onLoss)
  try {
    await ledger.start(store, sealer)
    const roots = await openRootAccounts(store, config)
    return await openServices(options, { store, sealer, ledger, roots, onFault })
  } catch (failure) {
    await ledger.stop()
    await store.close()
    throw failure
  }
}

interface Foundations {
  store: OpenStore
  sealer: StorageSealer
  ledger: Ledger
  roots: RootAccounts
  onFault(fault: unknown): void
}

async function openServices(options: RuntimeOptions, foundations: Foundations): Promise<ServerRuntime> {
  const { config, directory, clock, log, events } = options
  const { store, sealer, ledger, roots, onFault } = foundations
  const { dev } = config
  const plane = await openIdentityPlane({
    ...{ store, clock, sealer, roots, dev, reportFault: onFault },
    makeRoot: (tx, accountId) => makeRoot(tx, accountId, dev),
    findRoot: (accessKeyId) => findRoot(store, accessKeyId),
  })
  const { identity, organizations, accounts, credentials, adviseRoot } = plane
  const ending = new AbortController()
  const { signal } = ending
  const inFiles = directory && !config.databaseUrl
  const blobs = new BlobStore(store, inFiles ? new FileContent(directory.blobs) : new RowContent(store), clock)
  // Other nodes of a cluster may be about to commit theirs.
  if (!config.databaseUrl) await blobs.removeAbandoned()
  const listeners = new OwnedListeners(config.host, onFault)
  const buffer = new MetricBuffer(clock, onFault)
  // A service's own calls go through the pipeline, which knows the services.
  const calls: ServiceCalls = {
    invoke: (call) => pipeline.calls.invoke(call),
    allows: (call, permission) => pipeline.calls.allows(call, permission),
    refusal: (call) => pipeline.calls.refusal(call),
    invokeDocument: (call) => pipeline.calls.invokeDocument(call),
    has: (service, operation) => pipeline.calls.has(service, operation),
  }
  const host: ServiceHost = {
    ...{
      store,
      blobs,
      clock,
      identity,
      organizations,
      accounts,
      credentials,
      sealer,
      calls,
      listeners,
      signal,
      adviseRoot,
      onFault,
    },
    ...{ metrics: buffer, collectedMetrics: buffer },
    history: ledger,
    ledger: {
      lastSeq: () => ledger.lastSeq(),
      read: (seqs) => ledger.read(seqs),
      follow: (follower) => ledger.follow({ ...bound(follower), batchSize: 64 }),
    },
    trails: { covered: (records) => services.coveredByTrails(records) },
    home: { accountId: roots[0].accountId, region: config.region },
    endpoint: options.endpoint,
    certificateFile: config.tls && resolve(config.tls.certFile),
    hiddenFiles: filesOf(config),
    keyStoreProxies: config.xks,
  }
  const services: Services = await Services.open(listedServices, host, config.settings)
  // Alone, a server opens what it needs when it changes something itself.
  if (config.databaseUrl) services.watch(store, signal, onFault)
  const metricWork = new MetricWork({ buffer, store, clock, take: () => services.takeMetrics(), onFault })
  const registry = new ServiceRegistry(services.offered)
  const reportFault = faultReporter(log)
  const recording = new Recording({
    allDataEvents: config.settings['ledger.data-events'] === 'all',
    interests: () => services.dataEvents,
  })
  const pipeline = new Pipeline({ store, clock, identity, signal, registry, recording, sessionRefusal, reportFault })
  const metrics = new Metrics({ process: !config.dev })
  const runners = merged('kind of due work', [
    services.work,
    metricWork.work,
    denialWork(store),
    events.work(store, () => services.eventTakers()),
    blobs.work,
    ledger.work(signal),
  ])
  const scheduler = createScheduler({ store, clock, runners, settled: () => ledger.followed(), onError: onFault })
  await ledger.scheduleWork(store)
  scheduler.start()
  // Together: due work may wait for what a service runs of its own accord.
  const interrupt = async () => {
    ending.abort(new StoppedError('The server was stopped, or reset.'))
    listeners.stopAccepting()
    await metricWork.stop()
    await Promise.all([services.interrupt(), scheduler.stop()])
  }
  const end = async () => {
    await interrupt()
    await services.stop()
    await listeners.close()
    await identity.flush()
    await ledger.stop()
  }
  return {
    roots,
    administrators: await plane.administrators(),
    store,
    metrics,
    credentials,
    scheduler,
    gateway: new Gateway({
      registry,
      pipeline,
      credentials,
      identity,
      clock,
      reportFault,
      metrics,
      regionRefusal: (region) => regionRefusal(region, config.region),
      homeRegion: config.region,
      unknownKeyHint: config.dev ? knownKeysHint(roots) : undefined,
    }),
    notReady: async () => (await notReady(store)) ?? (await ledger.check()),
    mayExplain: (asking, accountId) => may({ identity, clock }, asking, accountId, 'strongroom:ExplainDenial'),
    mayOperate: (asking, action) => may({ identity, clock }, asking, roots[0].accountId, action),
    tasks: { ...services.tasks, 'ledger-proof': proofTask({ ledger, store, clock, home: host.home }) },
    interrupt,
    close: async () => {
      await end()
      await store.close()
    },
    destroy: async () => {
      if (!config.dev) throw new Error('only the runtime of a development server may be destroyed')
      await end()
      if (config.databaseUrl) await store.write(await tableDropper(await serverMigrations(ledger)))
      await store.close()
      if (config.databaseUrl) directory?.removePostgresAnchor()
      else directory?.removeDatabase()
    },
  }
}

const bound = (follower: RecordFollower): RecordFollower => ({
  position: () => follower.position(),
  take: (records, from) => follower.take(records, from),
  isIdle: () => follower.isIdle(),
})

/** Which records leave the ledger: old ones, if so configured, and in memory what is too many. */
function retentionOf({ ledgerRetention, dataDir, databaseUrl }: Config): RetentionRule | undefined {
  const maxRecords = dataDir === undefined && !databaseUrl ? recordsInMemory : undefined
  if (!ledgerRetention && !maxRecords) return undefined
  const reasons = [ledgerRetention && `older than ${ledgerRetention.text}`, maxRecords && `more than ${maxRecords}`]
  return { maxAgeMs: ledgerRetention?.ms, maxRecords, reason: reasons.filter(Boolean).join(' or ') }
}

async function openSealedStore(
  config: Config,
  directory: DataDirectory | undefined,
  ledger: Ledger,
  onLoss: (reason: string | undefined) => void,
) {
  const { databaseUrl, rootKey } = config
  const file = directory?.database ?? ':memory:'
  let sealer: StorageSealer | undefined
  const store = await openStore({
    database: databaseUrl ? { kind: 'postgres', url: databaseUrl } : { kind: 'sqlite', file },
    appender: ledger.appender,
    migrations: await serverMigrations(ledger),
    sealer: async (sql) => {
      // What is kept nowhere needs no key that outlives it.
      sealer = rootKey ? await openSealer(sql, rootKeyOf(rootKey)) : new StorageSealer(randomBytes(32))
      return sealer
    },
    onLoss,
  })
  if (!sealer) throw new Error('the store was opened without its sealer')
  return { store, sealer }
}

const faultReporter =
  (log: Logger): FaultReporter =>
  (fault, { requestId, service, operation }) =>
    log.error({ err: fault, requestId, service, operation }, 'a request met a fault')

/** Empty when the store takes a write; else why it does not. */
async function notReady(store: OpenStore): Promise<string | undefined> {
  try {
    await store.write(async (sql) => {
      await sql.run("DELETE FROM meta WHERE key = 'ready-probe'")
      await sql.run("INSERT INTO meta (key, value) VALUES ('ready-probe', '')")
    })
    return undefined
  } catch (failure) {
    return failure instanceof Error ? failure.message : String(failure)
  }
}

/** Returns true when a caller of the account may perform the action. Policies decide, as they do for every call. */
async function may(
  { identity, clock }: { identity: IdentityDirectory; clock: Clock },
  asking: SignedRequestFacts,
  accountId: string,
  action: string,
): Promise<boolean> {
  if (accountOf(asking.caller.principal) !== accountId) return false
  const access = new Access({ ...asking, accountId, clock, calledVia: [] }, identity)
  const { decision } = await access.decide({ action, resource: '*' })
  return decision.allowed
}

/** Returns the files that functions must not see: state, root key, the key of the certificate. */
const filesOf = ({ dataDir, rootKey, tls }: Config): string[] => [
  ...(dataDir === undefined ? [] : [dataDir]),
  ...(rootKey?.kind === 'file' ? [resolve(rootKey.file)] : []),
  ...(tls ? [resolve(tls.keyFile)] : []),
]
