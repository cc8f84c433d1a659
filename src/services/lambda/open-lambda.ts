import type { Blobs } from '../../core/blobs.ts'
import type { Clock } from '../../core/clock.ts'
import type { CredentialResolver } from '../../core/credentials.ts'
import type { IdentityDirectory } from '../../core/identity.ts'
import type { Sealer } from '../../core/sealer.ts'
import type { ServiceCalls } from '../../core/services/service-calls.ts'
import type { ServiceMetrics } from '../../core/services/service-metrics.ts'
import type { Store } from '../../core/store.ts'
import { CodeFolders } from './code/code-folders.ts'
import { Confinement } from './execution/confinement.ts'
import { FunctionHost } from './execution/function-host.ts'
import { FunctionRunners } from './execution/function-runners.ts'
import { GroupLogs } from './execution/group-logs.ts'
import { RoleSessions } from './execution/role-sessions.ts'
import { startEnvironment } from './execution/start-environment.ts'
import type { LambdaResources } from './lambda-context.ts'
import { CodeStore } from './storage/code-store.ts'
import { RecentFunctionLogs } from './storage/function-logs.ts'

export interface LambdaOptions {
  store: Store
  blobs: Blobs
  clock: Clock
  identity: IdentityDirectory
  sealer: Sealer
  credentials: CredentialResolver
  calls: ServiceCalls
  metrics: ServiceMetrics
  /** Where the server answers, for what functions ask of it. Known once it listens. */
  endpoint(): string
  /** PEM file of the certificate that the server shows, where it speaks TLS. */
  certificateFile?: string
  /** Files and folders of the server that functions are kept from where the host can do it. */
  hidden?: readonly string[]
  accountConcurrency: number
  /** Aborts when the server stops. */
  signal: AbortSignal
  onFault(fault: unknown): void
}

/** Lambda opened for one server: its shared resources, and the way to end them. */
export interface OpenLambda extends LambdaResources {
  store: Store
  clock: Clock
  /** Ends every function that runs, and removes what was made on disk. */
  stop(): Promise<void>
}

export function openLambda(options: LambdaOptions): OpenLambda {
  const { store, clock, identity, sealer, credentials, calls, accountConcurrency, onFault } = options
  const codes = new CodeStore(store, options.blobs, clock)
  const folders = new CodeFolders(onFault, options.certificateFile)
  const confinement = new Confinement(options.hidden ?? [])
  const runners = new FunctionRunners(confinement)
  const sessions = new RoleSessions(calls, credentials)
  const host = new FunctionHost({
    clock,
    metrics: options.metrics,
    onFault,
    start: (version) => startEnvironment({ ...options, codes, folders, runners, sessions, confinement }, version),
    prune: (inUse) => folders.prune(inUse),
  })
  const logs = new RecentFunctionLogs(store)
  return {
    store,
    clock,
    identity,
    sealer,
    codes,
    host,
    runners,
    sessions,
    logs,
    groupLogs: new GroupLogs(options),
    accountConcurrency,
    stop: async () => {
      await host.stop()
      // What functions have left there cannot keep a server from stopping; the next one looks for it again.
      await folders.remove().catch(onFault)
    },
  }
}
