import { randomBytes } from 'node:crypto'
import { resolve } from 'node:path'
import type { Logger } from 'pino'
import type { Config } from './config.ts'
import type { Clock } from './core/clock.ts'
import type { CredentialResolver } from './core/credentials.ts'
import type { IdentityDirectory } from './core/identity.ts'
import { accountOf, type Caller } from './core/principal.ts'
import { regionRefusal } from './core/regions.ts'
import type { ServiceCalls } from './core/service-calls.ts'
import type { ServiceDefinition } from './core/service-definition.ts'
import { StoreUnavailableError } from './core/store.ts'
import { rootKeyOf } from './crypto/root-key.ts'
import { openSealer, StorageSealer } from './crypto/sealer.ts'
import { createSessionTokens } from './crypto/session-token.ts'
import { createTemporaryCredentials } from './crypto/temporary-credentials.ts'
import type { DataDirectory } from './data-directory.ts'
import type { EventBus } from './events/event-bus.ts'
import type { AdminOptions } from './gateway/admin.ts'
import { Corridor, type FaultReporter } from './gateway/corridor.ts'
import { denialWork } from './gateway/denials.ts'
import { Gateway } from './gateway/gateway.ts'
import { Metrics } from './gateway/metrics.ts'
import { ServiceRegistry } from './gateway/service-registry.ts'
import { createLedger, type Ledger } from './ledger/ledger.ts'
import { evaluate } from './policy/evaluate.ts'
import { knownKeysHint, openRootAccounts, type RootAccounts } from './root-accounts.ts'
import { createScheduler, type Scheduler } from './scheduler/scheduler.ts'
import { type CloudTrailDependencies, cloudtrailService } from './services/cloudtrail/cloudtrail-service.ts'
import { iamService } from './services/iam/iam-service.ts'
import { createIdentityDirectory } from './services/iam/identity-directory.ts'
import { createLongTermCredentials } from './services/iam/long-term-credentials.ts'
import { importManagedPolicies } from './services/iam/managed-policy-imports.ts'
import { ensureAccount } from './services/iam/storage/account-store.ts'
import { createKeyStores } from './services/kms/key-stores/key-stores.ts'
import { type KmsDependencies, kmsService, kmsWork } from './services/kms/kms-service.ts'
import { KeyUsageRecorder } from './services/kms/storage/key-usage-recorder.ts'
import { kmsMigrations } from './services/kms/storage/migrations.ts'
import { createOwnedKeys } from './services/kms/storage/owned-keys.ts'
import type { LambdaWorkshop } from './services/lambda/lambda-context.ts'
import { lambdaService, lambdaWork } from './services/lambda/lambda-service.ts'
import { openLambda } from './services/lambda/lambda-workshop.ts'
import { readFunctionLogs } from './services/lambda/read-function-logs.ts'
import type { SecretsManagerDependencies } from './services/secrets-manager/secrets-manager-context.ts'
import { secretsManagerService, secretsManagerWork } from './services/secrets-manager/secrets-manager-service.ts'
import { secretsManagerMigrations } from './services/secrets-manager/storage/migrations.ts'
import { importPublicParameters, publicImportWork } from './services/ssm/public-imports.ts'
import { type SsmDependencies, ssmService, ssmWork } from './services/ssm/ssm-service.ts'
import { ssmMigrations } from './services/ssm/storage/migrations.ts'
import { PublicCatalogue } from './services/ssm/storage/public-catalogue.ts'
import { PublicParameters } from './services/ssm/storage/public-parameters.ts'
import { sessionRefusal } from './services/sts/domain/session-limits.ts'
import type { StsDependencies } from './services/sts/sts-context.ts'
import { stsService } from './services/sts/sts-service.ts'
import { dropTables } from './storage/drop-tables.ts'
import { type OpenStore, openStore } from './storage/open-store.ts'

export interface WorldOptions {
  config: Config
  /** Absent when nothing is kept on disk. */
  directory: DataDirectory | undefined
  clock: Clock
  log: Logger
  /** Where the services' events come out; outlives a world that is exchanged. */
  events: EventBus
  /** Where the server answers; known once it listens. */
  endpoint(): string
}

/** How many of the latest records an ephemeral server keeps: some 130 MB of memory. */
const recordsInMemory = 100_000

/** Everything behind the listener: state, services and the work that falls due. */
export interface World
  extends Pick<AdminOptions, 'store' | 'metrics' | 'credentials' | 'notReady' | 'mayExplain' | 'mayOperate' | 'tasks'> {
  /** The server's own account first. */
  roots: RootAccounts
  gateway: Gateway
  scheduler: Scheduler
  /** Ends what runs of its own accord, functions and due work, so that nothing waits for it; the world is about to end. */
  interrupt(): Promise<void>
  close(): Promise<void>
  /** Closes the world and removes all that it kept. Development mode only. */
  destroy(): Promise<void>
}

/**
 * Builds a world from its configuration.
 * @throws ConfigError, WrongRootKeyError, AnchorMismatchError, StoreUnavailableError - nothing was changed.
 */
export async function openWorld(options: WorldOptions): Promise<World> {
  const { config, directory, clock, log } = options
  let lost = false
  const onLoss = (reason: string | undefined) => {
    lost = reason !== undefined
    if (lost) log.error(reason)
    else log.info('the database file is back in its place, and is written again')
  }
  const onFault = (fault: unknown) => {
    // Said once, by onLoss; until it is there again, everything in the background meets it every second.
    if (lost && fault instanceof StoreUnavailableError) return
    log.error({ err: fault }, 'background work failed; it is tried again')
  }
  const files = directory && !config.databaseUrl ? directory.ledgerFiles : undefined
  const keepRecords = directory || config.databaseUrl ? undefined : recordsInMemory
  const ledger = createLedger({ clock, files, keepRecords, onFault })
  const { store, sealer } = await openSealedStore(config, directory, ledger, onLoss)
  try {
    await ledger.start(store, sealer)
    const roots = await openRootAccounts(store, config)
    return await furnish(options, { store, sealer, ledger, roots, onFault })
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

async function furnish(
  { config, directory, clock, log, events, endpoint }: WorldOptions,
  foundations: Foundations,
): Promise<World> {
  const { store, sealer, ledger, roots, onFault } = foundations
  for (const { accountId } of roots) await ensureAccount(store, clock, accountId)
  const identity = createIdentityDirectory({ store, reportFault: onFault })
  const tokens = createSessionTokens(sealer)
  const credentials = byKind(
    createTemporaryCredentials({ tokens, identity, clock }),
    createLongTermCredentials({ store, rootCredentials: roots }),
  )
  const history = ledger
  const throttle = config.settings['cloudtrail.throttle']
  const importRule = config.settings['kms.import']
  const requestQuotas = config.settings['kms.throttle']
  const throttleParameters = config.settings['ssm.throttle']
  const ownedKeys = createOwnedKeys({ store, clock })
  const usages = new KeyUsageRecorder(store, onFault)
  const keyStores = createKeyStores({ xks: config.xks })
  const { providers } = keyStores
  // A service's own calls go through the corridor, which knows the services.
  const calls: ServiceCalls = { invoke: (errand) => corridor.invoke(errand) }
  const publicParameters = new PublicParameters(new PublicCatalogue())
  const lambda = openLambda({
    store,
    clock,
    identity,
    sealer,
    credentials,
    calls,
    endpoint,
    certificateFile: config.tls && resolve(config.tls.certFile),
    hidden: filesOf(config),
    accountConcurrency: config.settings['lambda.concurrency'],
    onFault,
  })
  const registry = new ServiceRegistry(
    allServices({
      store,
      requestQuotas,
      ownedKeys,
      usages,
      identity,
      tokens,
      sealer,
      history,
      throttle,
      keyStores: providers,
      importRule,
      calls,
      publicParameters,
      throttleParameters,
      lambda,
    }),
  )
  const reportFault = faultReporter(log)
  const corridor = new Corridor({ store, clock, identity, registry, sessionRefusal, reportFault })
  const metrics = new Metrics({ process: !config.dev })
  const runners = {
    ...kmsWork({ clock, store, keyStores: providers }),
    ...ssmWork({ clock, store, publicParameters }),
    ...publicImportWork({ clock }),
    ...secretsManagerWork({ clock, store, calls }),
    ...denialWork(store),
    ...events.work(store),
    ...lambdaWork(lambda),
  }
  const scheduler = createScheduler({ store, clock, runners, onError: onFault })
  scheduler.start()
  const end = async () => {
    await lambda.stop()
    await scheduler.stop()
    keyStores.close()
    await identity.flush()
    await usages.flush()
    await ledger.stop()
  }
  return {
    roots,
    store,
    metrics,
    credentials,
    scheduler,
    gateway: new Gateway({
      registry,
      corridor,
      credentials,
      identity,
      clock,
      reportFault,
      metrics,
      regionRefusal: (region) => regionRefusal(region, config.region),
      unknownKeyHint: config.dev ? knownKeysHint(roots) : undefined,
    }),
    notReady: () => notReady(store),
    mayExplain: (caller, accountId) => may({ identity, clock }, caller, accountId, 'strongroom:ExplainDenial'),
    mayOperate: (caller, action) => may({ identity, clock }, caller, roots[0].accountId, action),
    tasks: {
      'function-logs': {
        action: 'strongroom:ReadFunctionLogs',
        run: (input) => readFunctionLogs(lambda.logs, { accountId: roots[0].accountId, region: config.region }, input),
      },
      'managed-policies': {
        action: 'strongroom:ImportManagedPolicies',
        run: (input, caller) => importManagedPolicies({ store, clock, accountId: roots[0].accountId }, input, caller),
      },
      'public-parameters': {
        action: 'strongroom:ImportPublicParameters',
        run: (input, caller) => {
          const scope = { accountId: roots[0].accountId, region: config.region }
          return importPublicParameters({ store, clock, scope }, input, caller)
        },
      },
    },
    interrupt: async () => {
      // Together: due work may wait for a function.
      await Promise.all([lambda.stop(), scheduler.stop()])
    },
    close: async () => {
      await end()
      await store.close()
    },
    destroy: async () => {
      if (!config.dev) throw new Error('only the world of a development server may be destroyed')
      await end()
      if (config.databaseUrl) await store.write(dropTables)
      await store.close()
      if (directory && !config.databaseUrl) directory.removeDatabase()
    },
  }
}

type ServiceDependencies = StsDependencies &
  CloudTrailDependencies &
  KmsDependencies &
  SsmDependencies &
  SecretsManagerDependencies & { lambda: LambdaWorkshop }

/** Every service of the product. */
const allServices = (dependencies: ServiceDependencies): ServiceDefinition[] => [
  iamService({ directory: dependencies.identity }),
  stsService(dependencies),
  kmsService(dependencies),
  cloudtrailService(dependencies),
  ssmService(dependencies),
  secretsManagerService(dependencies),
  lambdaService(dependencies.lambda),
]

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
    migrations: [...ledger.migrations, ...kmsMigrations, ...secretsManagerMigrations, ...ssmMigrations],
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

/** Temporary access keys are told by their prefix. */
const byKind = (temporary: CredentialResolver, longTerm: CredentialResolver): CredentialResolver => ({
  resolve: (accessKeyId, sessionToken) =>
    (accessKeyId.startsWith('ASIA') ? temporary : longTerm).resolve(accessKeyId, sessionToken),
})

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

/** The root of the account, or whoever its policies allow to do what the action stands for. */
async function may(
  { identity, clock }: { identity: IdentityDirectory; clock: Clock },
  caller: Caller,
  accountId: string,
  action: string,
): Promise<boolean> {
  if (accountOf(caller.principal) !== accountId) return false
  const decision = evaluate({
    caller,
    permission: { action, resource: '*' },
    context: { 'aws:CurrentTime': clock.now().toISOString() },
    policies: await identity.policiesOf(caller),
  })
  return decision.allowed
}

/** The services as they are declared, for what reads the tables and runs nothing. */
export function serviceDefinitions(): ServiceDefinition[] {
  const unused = new Proxy({}, { get: () => () => Promise.reject(new Error('declarations run nothing')) })
  return allServices({
    store: unused,
    requestQuotas: false,
    ownedKeys: unused,
    usages: unused,
    identity: unused,
    tokens: unused,
    sealer: unused,
    history: unused,
    throttle: false,
    keyStores: unused,
    calls: unused,
    publicParameters: unused,
    throttleParameters: false,
    lambda: unused,
  } as never)
}

/** What no function may see: state, root key, the key of the certificate. */
const filesOf = ({ dataDir, rootKey, tls }: Config): string[] => [
  ...(dataDir === undefined ? [] : [dataDir]),
  ...(rootKey?.kind === 'file' ? [resolve(rootKey.file)] : []),
  ...(tls ? [resolve(tls.keyFile)] : []),
]
