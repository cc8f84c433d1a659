import type { AuditRecord, AuditResource } from '../core/audit.ts'
import { type Awaitable, andThen } from '../core/awaitable.ts'
import type { Clock } from '../core/clock.ts'
import type { IdentityDirectory } from '../core/identity.ts'
import type { AuditDeclaration, RecordElsewhere } from '../core/operation.ts'
import type { SessionContext } from '../core/principal.ts'
import type { ServiceCall, ServiceCalls } from '../core/service-calls.ts'
import { InnerCallRefused, ServiceError } from '../core/service-error.ts'
import { type Store, StoreUnavailableError } from '../core/store.ts'
import { newRequestId } from '../core/uuid.ts'
import { AccessRefused, ActiveCall, type CallFacts, type CallRuntime } from './active-call.ts'
import { apiCallRecords, type FinishedCall } from './audit/api-call-records.ts'
import type { AccessDecision } from './authorization/access.ts'
import { denialError } from './authorization/denial-error.ts'
import { type Denial, denialOf, keepDenial } from './authorization/denials.ts'
import { internalFailure, operationNotBuilt } from './protocols/framework-errors.ts'
import { mainProtocol } from './protocols/index.ts'
import type { Protocol } from './protocols/protocol.ts'
import type { LoadedOperation, LoadedService, ServiceRegistry } from './service-registry.ts'

/** What a fault is told to, with its cause; never to the caller. */
export type FaultReporter = (fault: unknown, call: { requestId: string; service: string; operation: string }) => void

export interface PipelineOptions {
  store: Store
  clock: Clock
  identity: IdentityDirectory
  /** Aborts when the server stops. */
  signal: AbortSignal
  registry: ServiceRegistry
  /** Why a session of this kind may not make this call, whatever policies say; undefined when it may. */
  sessionRefusal(session: SessionContext, service: string, operation: string): ServiceError | undefined
  reportFault: FaultReporter
}

/** An operation found, with whose turn it is. */
export interface Errand {
  service: LoadedService
  operation: LoadedOperation
  facts: CallFacts
  /** In which the caller asked; default: the service's first. */
  protocol?: Protocol
}

/**
 * The part of the pipeline behind authentication, the same for a request from outside and for a call that one service
 * makes to another: validate, authorise, handle, record. Nothing leaves it before its record is durable.
 */
export class Pipeline {
  /** For calls that services make of their own accord, typed by what they ask for. */
  readonly calls: ServiceCalls = { invoke: (errand) => this.invoke(errand) as Promise<never> }
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
  async run({ service, operation, facts, protocol }: Errand, decode: () => Record<string, unknown>): Promise<unknown> {
    const call = new ActiveCall(facts, this.#runtime)
    const spoken = protocol ?? mainProtocol(service.definition)
    const errand: Running = { service, operation, call, protocol: spoken, input: undefined, authorised: false }
    try {
      const input = decode()
      errand.input = input
      const declaration = this.#admitted(errand, input)
      const context = service.instance.context(call)
      const charging = service.instance.throttle?.(context, input)
      if (charging instanceof Promise) await charging
      const refusing = refusalOf(declaration, context, input, call)
      const refusal = refusing instanceof Promise ? await refusing : refusing
      if (refusal) throw new AccessRefused(refusal)
      errand.authorised = true
      const recordsOf = (output: unknown) => this.#records(errand, output, context)
      call.recordWith(recordsOf)
      const output = await declaration.handle(context, input)
      if (!call.committed) await this.#options.store.record(recordsOf(output))
      else if (call.committed.output !== output) {
        throw new Error(`${call.service}:${call.operation} answered something else than its transaction returned`)
      }
      return output
    } catch (thrown) {
      throw await this.#recordFailure(errand, thrown)
    }
  }

  /** What is wrong with a call whoever makes it, and whatever policies say, is told here. */
  #admitted({ service, operation, call }: Running, input: Record<string, unknown>): Declaration {
    const { session } = call.caller
    const forbidden = session && this.#options.sessionRefusal(session, call.service, call.operation)
    if (forbidden) throw forbidden
    const { declaration } = operation
    if (!declaration) throw operationNotBuilt(service.definition, operation.name)
    const invalid = operation.validate(input)
    if (invalid) throw invalid
    return declaration
  }

  #records(errand: Running, output: unknown, context?: unknown): AuditRecord[] {
    const { service, operation, call, input = {} } = errand
    const { declaration } = operation
    const audit = declaration?.audit as AuditDeclaration<unknown, object, unknown> | undefined
    const readOnly = declaration?.readOnly ?? false
    const declared = context && audit?.resources ? audit.resources(context, input, output) : []
    const finished = finishedCall(errand, {
      responseElements: responseElements(operation, audit, context, input, output, readOnly),
      resources: distinct(call.resources, declared),
      authorised: true,
    })
    const records = apiCallRecords(finished)
    if (!audit?.elsewhere) return records
    const elsewhere = audit.elsewhere(context, input, output)
    return [...records, ...elsewhere.flatMap((there) => recordsElsewhere(service, finished, there))]
  }

  /** Records the failure and returns what the caller is told. */
  async #recordFailure(errand: Running, thrown: unknown): Promise<unknown> {
    if (thrown instanceof StoreUnavailableError) return thrown
    const { operation, call, protocol } = errand
    const refused = thrown instanceof AccessRefused ? thrown.decision : undefined
    const error = refused ? denialError(protocol, refused) : this.#tellable(thrown, call)
    // The change is durable and so is its record: a second one would tell a second call.
    if (call.committed) return error
    const audit = operation.declaration?.audit as AuditDeclaration<unknown, object, unknown> | undefined
    if (!refused && audit?.unrecordedErrors?.includes(error.code)) return error
    const finished = finishedCall(errand, {
      responseElements: null,
      resources: this.#resourcesOfFailure(errand, audit),
      error: { code: error.code, message: error.message },
      authorised: errand.authorised && !refused && !deniedByHandler.test(error.code),
    })
    const records = apiCallRecords(finished)
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
        const denial = denialOf(facts, refused)
        await this.#options.store.transaction(async (tx) => {
          for (const record of records) tx.record(record)
          await keepDenial(tx, denial)
        })
      } else await this.#options.store.record(records)
    } catch (failure) {
      return failure
    }
    return error
  }

  #tellable(thrown: unknown, call: ActiveCall): ServiceError {
    if (thrown instanceof ServiceError) return thrown
    this.#options.reportFault(thrown, call)
    return internalFailure()
  }

  #resourcesOfFailure(
    { service, operation, call, input }: Running,
    audit: AuditDeclaration<unknown, object, unknown> | undefined,
  ) {
    // A declaration relies on the limits of the service model, so it is not asked about what they refuse.
    if (!audit?.resources || !input || operation.validate(input)) return distinct(call.resources)
    try {
      return distinct(call.resources, audit.resources(service.instance.context(call), input, undefined))
    } catch (fault) {
      // The failure is recorded and answered all the same.
      this.#options.reportFault(fault, call)
      return distinct(call.resources)
    }
  }

  /** A service's own call. It comes from inside the house: its address is the name of the service. */
  invoke({ caller, region, service, operation, input, calledVia = [] }: ServiceCall): Promise<unknown> {
    const { principal } = caller
    const from = principal.kind === 'service' ? principal.service : (calledVia.at(-1) ?? 'AWS Internal')
    const source = { ip: from, userAgent: from, host: `${service}.${region}.amazonaws.com` }
    return this.#runInside(service, operation, input, { region, caller, source, calledVia })
  }

  #invokeFor(outer: ActiveCall, name: string, operationName: string, input: object): Promise<unknown> {
    const from = this.#options.registry.byName(outer.service)
    if (!from) throw new Error(`no service ${outer.service}`)
    const { region, caller, source, client } = outer
    // What a service does by an operation of its own has come through no other service.
    const calledVia = name === outer.service ? outer.calledVia : [...outer.calledVia, from.principal]
    return this.#runInside(name, operationName, input, { region, caller, source, calledVia, client })
  }

  async #runInside(
    name: string,
    operationName: string,
    input: object,
    inside: Pick<CallFacts, 'region' | 'caller' | 'source' | 'calledVia' | 'client'>,
  ): Promise<unknown> {
    const { registry } = this.#options
    const definition = registry.byName(name)
    const service = definition && (await registry.load(definition))
    const operation = service?.operation(operationName)
    if (!service || !operation) throw new Error(`no operation ${name}:${operationName}`)
    const facts: CallFacts = {
      ...inside,
      requestId: newRequestId(),
      service: name,
      operation: operationName,
      region: service.definition.globalRegion ?? inside.region,
    }
    try {
      return await this.run({ service, operation, facts }, () => input as Record<string, unknown>)
    } catch (refusal) {
      throw refusal instanceof ServiceError ? new InnerCallRefused(refusal, facts.requestId) : refusal
    }
  }
}

interface Running {
  service: LoadedService
  operation: LoadedOperation
  call: ActiveCall
  protocol: Protocol
  /** Set once decoded. */
  input: Record<string, unknown> | undefined
  /** The permissions that the operation declares were all there; a handler may still find one missing. */
  authorised: boolean
}

type Declaration = NonNullable<LoadedOperation['declaration']>

/** The permission that the caller lacks. */
const refusalOf = (
  { permissions }: Declaration,
  context: unknown,
  input: Record<string, unknown>,
  { access }: ActiveCall,
): Awaitable<AccessDecision | undefined> =>
  permissions === 'none' ? undefined : andThen(permissions(context, input), (needed) => access.refusal(needed))

/** What a call's records are made from. */
function finishedCall(
  { service, operation, call, input }: Running,
  {
    responseElements,
    resources,
    error,
    authorised,
  }: Pick<FinishedCall, 'responseElements' | 'resources' | 'error' | 'authorised'>,
): FinishedCall {
  const { declaration } = operation
  return {
    service: service.definition,
    operation: declaration?.audit?.eventName ?? call.operation,
    requestId: call.requestId,
    region: call.region,
    timeMs: call.clock.nowMs(),
    caller: call.caller,
    source: call.source,
    invokedBy: call.calledVia.at(-1),
    readOnly: declaration?.readOnly ?? readOnlyByName.test(call.operation),
    category: declaration?.category ?? 'Management',
    requestParameters: input ? operation.showRequest({ ...declaration?.audit?.requestDefaults, ...input }) : null,
    responseElements,
    additionalEventData: call.additionalEventData,
    resources,
    error,
    authorised,
    eventIdIn: (accountId) => call.eventIdIn(accountId),
  }
}

function recordsElsewhere(
  service: LoadedService,
  call: FinishedCall,
  { region, operation: name, input, output, response, resources }: RecordElsewhere,
): AuditRecord[] {
  const operation = service.operation(name)
  if (!operation) throw new Error(`${service.definition.name} has no operation ${name}`)
  return apiCallRecords({
    ...call,
    operation: name,
    region,
    requestId: newRequestId(),
    invokedBy: service.definition.principal,
    requestParameters: operation.showRequest(input),
    responseElements: response ?? (output ? operation.showResponse(output) : null),
    additionalEventData: undefined,
    resources,
  })
}

function responseElements(
  operation: LoadedOperation,
  audit: AuditDeclaration<unknown, object, unknown> | undefined,
  context: unknown,
  input: object,
  output: unknown,
  readOnly: boolean,
) {
  if (audit?.response) return audit.response(context, input, output)
  return readOnly || !output ? null : operation.showResponse(output)
}

/** What a handler denies of its own accord, such as a session without the MFA that it names. */
const deniedByHandler = /^AccessDenied/

/** For operations without a declaration: names that only read, as CloudTrail classifies them. */
const readOnlyByName =
  /^(Get|List|Describe|Head|Lookup|Search|BatchGet|Query|Scan|Select|Simulate|Verify|Validate|Test|Estimate|Preview|Decode|Check|View)/

function distinct(noted: readonly AuditResource[], declared: readonly AuditResource[] = []): readonly AuditResource[] {
  if (noted.length + declared.length < 2) return noted.length > 0 ? noted : declared
  const seen = new Map<string, AuditResource>()
  for (const resource of [...noted, ...declared]) seen.set(`${resource.ARN} ${resource.accountId}`, resource)
  return [...seen.values()]
}
