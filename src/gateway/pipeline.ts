import type { AuditRecord, AuditResource } from '../core/audit.ts'
import type { Clock } from '../core/clock.ts'
import type { IdentityDirectory } from '../core/identity.ts'
import { accountActedIn, type SessionContext } from '../core/principal.ts'
import { InnerCallRefused, ServiceError } from '../core/service-error.ts'
import type { ServiceCall, ServiceCalls } from '../core/services/service-calls.ts'
import { type Store, StoreUnavailableError } from '../core/store.ts'
import { newRequestId } from '../core/uuid.ts'
import { AccessRefused, ActiveCall, type CallRuntime, type CallStart } from './active-call.ts'
import { failureRecords, successRecords } from './audit/call-records.ts'
import type { Recording } from './audit/recording.ts'
import { Access } from './authorization/access.ts'
import { denialError } from './authorization/denial-error.ts'
import { type Denial, denialOf, keepDenial } from './authorization/denials.ts'
import { eventStreamOf } from './protocols/event-stream.ts'
import { internalFailure, operationNotBuilt, unroutable } from './protocols/framework-errors.ts'
import { mainProtocol } from './protocols/index.ts'
import { compileJsonDecoder } from './protocols/json-decoder.ts'
import type { LoadedOperation, ServiceRegistry } from './service-registry.ts'

/** Reports a fault with its cause, for the log; never to the caller. */
export type FaultReporter = (fault: unknown, call: { requestId: string; service: string; operation: string }) => void

export interface PipelineOptions {
  store: Store
  clock: Clock
  identity: IdentityDirectory
  /** Aborts when the server stops. */
  signal: AbortSignal
  registry: ServiceRegistry
  /** Which records are kept. */
  recording: Recording
  /** Why a session of this kind may not make this call, whatever policies say; undefined when it may. */
  sessionRefusal(session: SessionContext, service: string, operation: string): ServiceError | undefined
  reportFault: FaultReporter
}

/**
 * The part of the pipeline behind authentication, the same for a request from outside and for a call that one service
 * makes to another: validate, authorise, handle, record. Nothing leaves it before its record is durable.
 */
export class Pipeline {
  /** For calls that services make of their own accord, typed by what they ask for. */
  readonly calls: ServiceCalls = {
    invoke: (call) => this.invoke(call) as Promise<never>,
    invokeDocument: async (call) => {
      const { schema } = (await this.#find(call.service, call.operation)) ?? {}
      if (!schema) throw unroutable()
      return this.invoke({ ...call, input: compileJsonDecoder(schema.input)(call.input) })
    },
    allows: async ({ caller, region }, permission) => {
      const source = { ip: 'AWS Internal', userAgent: 'AWS Internal', host: '' }
      const accountId = accountActedIn(caller.principal) ?? ''
      const { clock, identity, signal } = this.#options
      const access = new Access({ caller, region, accountId, source, calledVia: [], clock, signal }, identity)
      return (await access.decide(permission)).decision.allowed
    },
    refusal: (call) => this.#refusalOf(call),
    has: async (service, operation) => {
      const { declaration, schema } = (await this.#find(service, operation)) ?? {}
      return declaration !== undefined && !declaration.streamsBody && !eventStreamOf(schema?.output)
    },
  }
  readonly #options: PipelineOptions
  readonly #runtime: CallRuntime

  constructor(options: PipelineOptions) {
    this.#options = options
    const { store, clock, identity, signal } = options
    this.#runtime = {
      store,
      clock,
      identity,
      signal,
      invoke: (outer, name, operation, input) => this.#invokeFor(outer, name, operation, input),
    }
  }

  /**
   * @param decode - gives the input; what it throws is recorded as the call's failure.
   * @returns the operation's output, undefined when it has none.
   * @throws ServiceError - the refusal to be answered; it is recorded.
   * @throws StoreUnavailableError - nothing can be recorded, so nothing was done.
   */
  async run(start: CallStart, decode: () => Record<string, unknown>): Promise<unknown> {
    const call = new ActiveCall(start, this.#runtime)
    try {
      const input = decode()
      call.input = input
      if (start.seen) start.seen.input = input
      const declaration = this.#admitted(call, input)
      const context = call.served.instance.context(call)
      if (start.seen) start.seen.context = context
      await call.served.throttle?.charge(call, context, input)
      if (declaration.permissions !== 'none') {
        const refusal = await call.access.refusal(await declaration.permissions(context, input))
        if (refusal) throw new AccessRefused(refusal)
      }
      call.authorised = true
      const recordsOf = (output: unknown) =>
        this.#options.recording.keptOf(call, () => successRecords(call, context, input, output))
      call.recordWith(recordsOf)
      const output = await declaration.handle(context, input)
      if (!call.committed) await this.record(recordsOf(output))
      else if (call.committed.output !== output) {
        throw new Error(`${call.service}:${call.operation} answered something else than its transaction returned`)
      }
      return output
    } catch (thrown) {
      throw await this.#recordFailure(call, thrown)
    }
  }

  /** Refuses what is wrong with a call for every caller, whatever policies say. */
  #admitted(call: ActiveCall, input: Record<string, unknown>): Declaration {
    const { session } = call.caller
    const forbidden = session && this.#options.sessionRefusal(session, call.service, call.operation)
    if (forbidden) throw forbidden
    const { declaration } = call.loaded
    if (!declaration) throw operationNotBuilt(call.served.definition, call.operation)
    const invalid = call.loaded.validate(input)
    if (invalid) throw invalid
    return declaration
  }

  /** Records the failure and returns what the caller gets. */
  async #recordFailure(call: ActiveCall, thrown: unknown): Promise<unknown> {
    if (thrown instanceof StoreUnavailableError) return thrown
    const refused = thrown instanceof AccessRefused ? thrown.decision : undefined
    const error = refused ? denialError(call.protocol, refused) : this.#presentable(thrown, call)
    // The change is durable and so is its record: a second one would stand for a second call.
    if (call.committed) return error
    if (!refused && call.loaded.declaration?.audit?.unrecordedErrors?.includes(error.code)) return error
    const authorised = call.authorised && !refused && !deniedByHandler.test(error.code)
    const records = this.#options.recording.keptOf(call, () =>
      failureRecords(call, this.#resourcesOfFailure(call), error, authorised),
    )
    try {
      if (refused) {
        const facts: Omit<Denial, 'explanation'> = {
          requestId: call.requestId,
          timeMs: call.clock.nowMs(),
          accountId: call.accountId,
          service: call.service,
          operation: call.operation,
          message: error.message,
        }
        const denial = await denialOf(facts, refused)
        await this.#options.store.transaction(async (tx) => {
          for (const record of records) tx.record(record)
          await keepDenial(tx, denial)
        })
      } else await this.record(records)
    } catch (failure) {
      return failure
    }
    return error
  }

  /** Resolves when the records are durable. @throws StoreUnavailableError. */
  async record(records: readonly AuditRecord[]): Promise<void> {
    if (records.length > 0) await this.#options.store.record(records)
  }

  #presentable(thrown: unknown, call: ActiveCall): ServiceError {
    if (thrown instanceof ServiceError) return thrown
    this.#options.reportFault(thrown, call)
    return internalFailure()
  }

  #resourcesOfFailure(call: ActiveCall): readonly AuditResource[] {
    const { input, loaded, served } = call
    const audit = loaded.declaration?.audit
    // A declaration relies on the limits of the service model, so it is not asked about what they refuse.
    if (!audit?.resources || !input || loaded.validate(input)) return []
    try {
      return audit.resources(served.instance.context(call), input, undefined)
    } catch (fault) {
      // The failure is recorded and answered all the same.
      this.#options.reportFault(fault, call)
      return []
    }
  }

  /** Runs a service's own call. */
  invoke(call: ServiceCall): Promise<unknown> {
    return this.#runInside(call.service, call.operation, call.input, startOf(call))
  }

  /** Takes a service's own call up to the point at which it would be handled. */
  async #refusalOf(asked: ServiceCall): Promise<ServiceError | undefined> {
    const start = await this.#startInside(asked.service, asked.operation, startOf(asked))
    const call = new ActiveCall(start, this.#runtime)
    try {
      const input = asked.input as Record<string, unknown>
      call.input = input
      const { permissions } = this.#admitted(call, input)
      if (permissions === 'none') return undefined
      const refusal = await call.access.refusal(await permissions(call.served.instance.context(call), input))
      return refusal && denialError(call.protocol, refusal)
    } catch (thrown) {
      if (thrown instanceof StoreUnavailableError) throw thrown
      return this.#presentable(thrown, call)
    }
  }

  #invokeFor(outer: ActiveCall, name: string, operationName: string, input: object): Promise<unknown> {
    const { region, caller, source, client } = outer
    // What a service does by an operation of its own has come through no other service.
    const calledVia = name === outer.service ? outer.calledVia : [...outer.calledVia, outer.served.definition.principal]
    return this.#runInside(name, operationName, input, { region, caller, source, calledVia, client })
  }

  async #find(name: string, operationName: string): Promise<LoadedOperation | undefined> {
    const { registry } = this.#options
    const definition = registry.byName(name)
    const service = definition && (registry.loaded(definition) ?? (await registry.load(definition)))
    return service?.operation(operationName)
  }

  async #runInside(name: string, operationName: string, input: object, inside: InsideStart): Promise<unknown> {
    const start = await this.#startInside(name, operationName, inside)
    try {
      return await this.run(start, () => input as Record<string, unknown>)
    } catch (refusal) {
      throw refusal instanceof ServiceError ? new InnerCallRefused(refusal, start.requestId) : refusal
    }
  }

  async #startInside(name: string, operationName: string, inside: InsideStart): Promise<CallStart> {
    const { registry } = this.#options
    const definition = registry.byName(name)
    const service = definition && (registry.loaded(definition) ?? (await registry.load(definition)))
    const operation = service?.operation(operationName)
    if (!service || !operation) throw new Error(`no operation ${name}:${operationName}`)
    return { ...inside, requestId: newRequestId(), service, operation, protocol: mainProtocol(service.definition) }
  }
}

/** What of a call that comes from inside is known before its operation is found. */
type InsideStart = Omit<CallStart, 'requestId' | 'service' | 'operation' | 'protocol'>

/** A service's own call comes from inside: its address is the name of the service. */
function startOf({ caller, region, service, calledVia = [] }: ServiceCall): InsideStart {
  const { principal } = caller
  const from = principal.kind === 'service' ? principal.service : (calledVia.at(-1) ?? 'AWS Internal')
  const source = { ip: from, userAgent: from, host: `${service}.${region}.amazonaws.com` }
  return { region, caller, source, calledVia }
}

type Declaration = NonNullable<LoadedOperation['declaration']>

/** What a handler denies of its own accord, such as a session without the MFA that it names. */
const deniedByHandler = /^AccessDenied/
