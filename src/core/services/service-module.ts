import type { AuditResource } from '../audit.ts'
import type { Awaitable } from '../awaitable.ts'
import type { AwsEvent } from '../aws-event.ts'
import type { Blobs } from '../blobs.ts'
import type { Call, CallSource } from '../call.ts'
import type { Clock } from '../clock.ts'
import type { CredentialResolver } from '../credentials.ts'
import type { EventHistory } from '../event-history.ts'
import type { IdentityDirectory } from '../identity.ts'
import type { OrganizationReader } from '../organizations.ts'
import type { WorkLimits, WorkSpec } from '../scheduler.ts'
import type { Sealer } from '../sealer.ts'
import type { ServerAccounts } from '../server-accounts.ts'
import type { Migration } from '../sql.ts'
import type { DocumentReader, Scope, Store, Transaction } from '../store.ts'
import type { AnsweredRequest } from './answered-request.ts'
import type { DataEventInterest } from './data-events.ts'
import type { CheckedMachine, Finding } from './finding.ts'
import type { OperatorTask } from './operator-task.ts'
import type { OriginRule } from './origin-rules.ts'
import type { LedgerTail } from './record-follower.ts'
import type { ServiceCalls } from './service-calls.ts'
import type { ServiceCommand } from './service-command.ts'
import type { ServiceDefinition, ServiceHead } from './service-definition.ts'
import type { ServiceListeners } from './service-listeners.ts'
import type { CollectedMetrics, ServiceMetrics } from './service-metrics.ts'
import type { TrailCoverage } from './trail-coverage.ts'

/** The part of a service that the command line reads. It is in a file of its own, so that help does not load the service's code. */
export interface ServiceManifest<Settings = Record<never, never>> {
  /** The settings that the service reads, by name: `kms.import`. Names begin with the service's. */
  settings?: SettingsSpec<Settings>
  /** Commands of the service's own. */
  commands?: readonly ServiceCommand[]
  /** Looks at what the machine offers to the service, for `strongroom doctor`. Loads what it needs when it is called. */
  checks?(machine: CheckedMachine): Promise<readonly Finding[]>
  /**
   * What a server must know of the service before it loads its code, at the first request or when work is due. Without it the code
   * is loaded when the server starts.
   */
  outline?: ServiceOutline
}

/** The part of a service that a server needs from its start. `test/services.test.ts` compares it with what the service brings. */
export interface ServiceOutline {
  head: ServiceHead
  migrations?: readonly Migration[]
  /** Its kinds of due work, with limits where a kind has them. */
  work?: Readonly<Record<string, WorkLimits | 'shared'>>
  /** The actions of its operators' tasks, by the task's name. */
  tasks?: Readonly<Record<string, string>>
  /** It has `takeEvent`: it is opened when the first event is published. */
  takesEvents?: true
  /** It has `trails`: it is opened when it is asked which records they take. */
  hasTrails?: true
  /** It has `takeMetrics`: it is opened when services have published metrics. */
  takesMetrics?: true
  /** Whether there is something that it does from the start of a server, such as following the ledger. Default: there is not. */
  isNeeded?(store: DocumentReader): Promise<boolean>
}

/** A service as one value, with everything that the rest of the program needs of it. */
// biome-ignore lint/suspicious/noExplicitAny: the list of modules holds settings of every shape; each is checked where it is written.
export interface ServiceModule<Settings = any> extends ServiceManifest<Settings> {
  /** Readable without a server. */
  definition: ServiceDefinition
  /** Of tables of its own, beside the documents of its collections. */
  migrations?: readonly Migration[]
  /** Opens the service for one server. Nothing runs of its own accord before the server is open. */
  open(host: ServiceHost, settings: Settings): ServiceInstance
}

/** A service in the list of all: its manifest, and how the rest of it is loaded. */
export interface ListedService {
  manifest?: ServiceManifest<Record<string, unknown>>
  load(): Promise<ServiceModule>
}

/** The settings of manifests together, by name. */
export type SettingsOf<Manifest> = Intersection<Manifest extends ServiceManifest<infer Settings> ? Settings : never>

/** The intersection of a union's members: of `A | B`, `A & B`. */
type Intersection<Union> = (Union extends unknown ? (each: Union) => void : never) extends (all: infer All) => void
  ? All
  : never

/** The settings of a service, `--set name=value`, with what each can be. */
export type SettingsSpec<Settings> = { readonly [Name in keyof Settings]: SettingSpec<Settings[Name]> }

export interface SettingSpec<Value> {
  /** One sentence, for help, messages and documentation: what the setting chooses. */
  description: string
  /** By the texts that stand for them. */
  values: Readonly<Record<string, Value>>
  default: Value
}

/** The functions and values that a server gives to its services. */
export interface ServiceHost {
  store: Store
  /** For bytes that are too large, or too many, for a document. */
  blobs: Blobs
  clock: Clock
  identity: IdentityDirectory
  /** For what a service does for the accounts of an organization. */
  organizations: OrganizationReader
  accounts: ServerAccounts
  credentials: CredentialResolver
  /** Seals what only this server is to read again: page tokens, grant tokens. */
  sealer: Sealer
  /** For what a service does of its own accord. */
  calls: ServiceCalls
  /** Opens ports beside the server's own. */
  listeners: ServiceListeners
  /** Aborts when the server stops: for due work and whatever else a service does of its own accord. */
  signal: AbortSignal
  history: EventHistory
  /** For what a service makes of the records of calls. */
  ledger: LedgerTail
  /** Which records trails take. */
  trails: TrailCoverage
  /** The server's own account and Region: where the state of operators' tasks belongs. */
  home: Scope
  /** Where the server answers. Known once it listens. */
  endpoint(): string
  /** PEM file of the certificate that the server shows, where it speaks TLS. */
  certificateFile: string | undefined
  /** Files and folders of the server that programs of users must not see: state, root key, the key of the certificate. */
  hiddenFiles: readonly string[]
  /** Returns advice for a root user who wants to assume a role, to follow AWS's message; absent to leave that as it is. */
  adviseRoot?(accountId: string): Promise<string | undefined>
  /** Settings of the connections to the proxies of external key stores. */
  keyStoreProxies: KeyStoreProxyOptions
  /** Takes what services publish of what they do, as CloudWatch metrics. */
  metrics: ServiceMetrics
  /** The same, for the service that keeps metrics. */
  collectedMetrics: CollectedMetrics
  /** Reports what fails behind the requests' backs; it is tried again. */
  onFault(fault: unknown): void
}

export interface KeyStoreProxyOptions {
  /** PEM certificates of authorities that are trusted beside those of the system and of NODE_EXTRA_CA_CERTS. */
  authorities?: string
  /** PEM: what KMS shows to proxies that ask for a certificate (mutual TLS). */
  clientCertificate?: { cert: string; key: string }
  /**
   * Host name of a proxy, in lower case → `address:port` where it answers. The certificate must still be the name's.
   * Default: port 443 of wherever the name leads.
   */
  routes?: Readonly<Record<string, string>>
  /** How long a proxy may take for an answer, the connection included. Default: AWS's 250 ms. */
  replyMs?: number
}

/** A resource that a browser asks about before a page's request. */
export interface AskedResource {
  region: string
  /** Of the record. */
  parameters: Readonly<Record<string, unknown>>
  /** With the account that gets the record. */
  resources: readonly AuditResource[]
  /** Makes the record's `additionalEventData`. */
  additional?(requestId: string, source: CallSource): Record<string, unknown>
}

/** A service that is open in a server. */
// biome-ignore lint/suspicious/noExplicitAny: as for ServiceDefinition.
export interface ServiceInstance<Context = any> {
  /** Makes what handlers get: the call, with the service's own stores beside it. */
  context(call: Call): Context
  /** Whether the request quotas of the definition are enforced. Default: false. */
  throttled?: boolean
  /** What it does when a time has come, by kind of work. Kinds begin with the service's name. */
  work?: Readonly<Record<string, WorkSpec>>
  /**
   * What a resource that requests name in their head, such as a bucket, lets pages of other origins do. Undefined: nothing, because
   * it has no rules; `missing`: there is no such resource. Services without it let every page in: signatures protect them.
   */
  originRules?(resource: string): Awaitable<readonly OriginRule[] | 'missing' | undefined>
  /**
   * Returns what the record of a browser's question about a resource says of it; undefined where there is no such resource. Services
   * without it have no such records.
   */
  askedResource?(resource: string): Awaitable<AskedResource | undefined>
  /**
   * Takes note of a request from outside that is answered. Never waits.
   * @param context - of the call; undefined where the request was refused before there was one.
   */
  answered?(request: AnsweredRequest, context: Context | undefined): void
  /** Which records of data events it wants, of all services. Default: none. */
  dataEvents?: DataEventInterest
  /** Which records its trails take: for the one service that has trails. */
  trails?: TrailCoverage
  /** Takes an event that a service published, in the transaction that takes it out of the outbox. */
  takeEvent?(tx: Transaction, event: AwsEvent): Promise<void>
  /** Writes the metrics that services have published: what `ServiceHost.collectedMetrics` has. Never rejects. */
  takeMetrics?(): Promise<void>
  /** Tasks that operators can run, by the last part of the path. */
  tasks?: Readonly<Record<string, OperatorTask>>
  /** Reads a document that it shows to any client, at one of the paths that `ServiceHead.documents` matches. */
  publicDocument?(path: string): Promise<PublicDocument | undefined>
  /** Ends what runs of its own accord, so that nothing waits for it. The server stops taking due work meanwhile. */
  interrupt?(): Promise<void>
  /** Writes what is not written yet and closes what is open. Called after `interrupt`, when nothing is under way any more. */
  stop?(): Promise<void>
}

export interface PublicDocument {
  contentType: string
  body: string
}

/** A service of a server that is opened when it is first used. */
export interface OfferedService {
  head: ServiceHead
  /** Resolves to the same each time. @throws StoppedError when the server stops. */
  open(): Promise<ServedService>
}

/** A service as a server runs it. */
export interface ServedService {
  definition: ServiceDefinition
  instance: Pick<
    ServiceInstance,
    'context' | 'throttled' | 'dataEvents' | 'publicDocument' | 'originRules' | 'answered' | 'askedResource'
  >
}
