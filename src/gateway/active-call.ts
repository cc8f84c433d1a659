import type { AuditRecord, AuditResource } from '../core/audit.ts'
import type { Call, CallSource, Client } from '../core/call.ts'
import type { Clock } from '../core/clock.ts'
import type { IdentityDirectory } from '../core/identity.ts'
import type { Permission } from '../core/operation.ts'
import { accountActedIn, type Caller } from '../core/principal.ts'
import type { InputOf, OperationName, OutputOf, ServiceName } from '../core/services/service-operations.ts'
import type { Store, Transaction } from '../core/store.ts'
import { newEventId } from '../core/uuid.ts'
import { Access, type AccessDecision } from './authorization/access.ts'
import type { Protocol } from './protocols/protocol.ts'
import type { LoadedOperation, LoadedService } from './service-registry.ts'

/** A permission is refused: the pipeline words it for the protocol and keeps the reasons. */
export class AccessRefused extends Error {
  readonly decision: AccessDecision
  constructor(decision: AccessDecision) {
    super('access refused')
    this.decision = decision
  }
}

/** A call as it begins: who asks for which operation, by which way. */
export interface CallStart {
  requestId: string
  service: LoadedService
  operation: LoadedOperation
  /** That the caller speaks, and in which a denial is worded. */
  protocol: Protocol
  region: string
  caller: Caller
  source: CallSource
  calledVia: readonly string[]
  /** Absent for what a service does of its own accord. */
  client?: Client
  /** What is to be known of the call once it is answered. */
  seen?: { input?: Record<string, unknown>; context?: unknown }
}

/** The parts of the server that a call uses. */
export interface CallRuntime {
  store: Store
  clock: Clock
  identity: IdentityDirectory
  /** Aborts when the server stops. */
  signal: AbortSignal
  /** Runs an operation of another service for the caller. */
  invoke(call: ActiveCall, service: string, operation: string, input: object): Promise<unknown>
}

/** The one record of a call, from the caller's authentication to the answer: what handlers see of it, and what the pipeline adds. */
export class ActiveCall implements Call {
  readonly requestId: string
  readonly service: string
  readonly operation: string
  readonly served: LoadedService
  readonly loaded: LoadedOperation
  readonly protocol: Protocol
  readonly partition = 'aws'
  readonly region: string
  readonly caller: Caller
  readonly accountId: string
  readonly clock: Clock
  readonly source: CallSource
  readonly calledVia: readonly string[]
  readonly client: Client | undefined
  readonly store: Pick<Store, 'in'>
  readonly access: Access
  /** Set once decoded. */
  input: Record<string, unknown> | undefined
  /** The permissions that the operation declares were all there; a handler may still find one missing. */
  authorised = false
  resources: readonly AuditResource[] = none
  additionalEventData: Record<string, unknown> | undefined
  /** Set once the operation's transaction is durable; its record is then written. */
  committed: { output: unknown } | undefined

  readonly #runtime: CallRuntime
  #recordsOf: ((output: unknown) => readonly AuditRecord[]) | undefined
  #transactionBegun = false
  #signal: AbortSignal | undefined
  /** By recipient account. */
  #eventIds: Map<string, string> | undefined

  constructor(start: CallStart, runtime: CallRuntime) {
    const { definition } = start.service
    this.requestId = start.requestId
    this.service = definition.name
    this.operation = start.operation.name
    this.served = start.service
    this.loaded = start.operation
    this.protocol = start.protocol
    this.region = definition.globalRegion ?? start.region
    this.caller = start.caller
    this.accountId = accountActedIn(start.caller.principal) ?? ''
    this.source = start.source
    this.calledVia = start.calledVia
    this.client = start.client
    this.clock = runtime.clock
    this.store = runtime.store
    this.#runtime = runtime
    this.access = new Access(this, runtime.identity)
  }

  get signal(): AbortSignal {
    const server = this.#runtime.signal
    this.#signal ??= this.client ? AbortSignal.any([this.client.signal, server]) : server
    return this.#signal
  }

  /** Sets how a result becomes records, before the handler runs. */
  recordWith(recordsOf: (output: unknown) => readonly AuditRecord[]): void {
    this.#recordsOf = recordsOf
  }

  async transaction<R>(work: (tx: Transaction) => Promise<R>): Promise<R> {
    if (this.#transactionBegun) throw new Error(`${this.service}:${this.operation} has begun a second transaction`)
    this.#transactionBegun = true
    const recordsOf = this.#recordsOf
    const output = await this.#runtime.store.transaction(async (tx) => {
      const result = await this.#undoable(work, tx)
      for (const record of recordsOf?.(result) ?? []) tx.record(record)
      return result
    })
    this.committed = { output }
    return output
  }

  /** Work that throws has changed nothing, so that the operation may begin its transaction once more. */
  async #undoable<R>(work: (tx: Transaction) => Promise<R>, tx: Transaction): Promise<R> {
    try {
      const result = await work(tx)
      this.#transactionBegun = true
      return result
    } catch (thrown) {
      this.#transactionBegun = false
      throw thrown
    }
  }

  async authorize(permission: Permission): Promise<void> {
    const refusal = await this.access.refusal([permission])
    if (refusal) throw new AccessRefused(refusal)
  }

  async allows(permission: Permission): Promise<boolean> {
    return (await this.access.decide(permission)).decision.allowed
  }

  invoke<S extends ServiceName, O extends OperationName<S>>(
    service: S,
    operation: O,
    input: InputOf<S, O>,
  ): Promise<OutputOf<S, O>> {
    // The operation's codec and validator are made from the model that these types describe.
    return this.#runtime.invoke(this, service, operation, input) as Promise<OutputOf<S, O>>
  }

  eventIdIn(accountId: string): string {
    this.#eventIds ??= new Map()
    const known = this.#eventIds.get(accountId)
    if (known) return known
    const eventId = newEventId(this.clock.nowMs())
    this.#eventIds.set(accountId, eventId)
    return eventId
  }

  note(addition: { resources?: readonly AuditResource[]; additionalEventData?: Record<string, unknown> }): void {
    const { resources = none, additionalEventData } = addition
    this.resources = this.resources.length === 0 ? resources : [...this.resources, ...resources]
    if (additionalEventData) this.additionalEventData = { ...this.additionalEventData, ...additionalEventData }
  }
}

const none: readonly AuditResource[] = []
