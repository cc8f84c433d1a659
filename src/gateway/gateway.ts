import type { CallSource } from '../core/call.ts'
import type { Clock } from '../core/clock.ts'
import type { CredentialResolver } from '../core/credentials.ts'
import type { IdentityDirectory } from '../core/identity.ts'
import type { BodyLimit } from '../core/operation.ts'
import { ServiceError } from '../core/service-error.ts'
import { StoreUnavailableError } from '../core/store.ts'
import { newRequestId } from '../core/uuid.ts'
import type { Corridor, Errand, FaultReporter } from './corridor.ts'
import { InFlight } from './in-flight.ts'
import type { Metrics } from './metrics.ts'
import { queryAction } from './protocols/aws-query.ts'
import {
  bodyTooLarge,
  entityTooLarge,
  internalFailure,
  operationNotBuilt,
  serviceUnavailable,
  unknownOperation,
  unknownService,
  wrongMethod,
} from './protocols/framework-errors.ts'
import { protocolNamed } from './protocols/index.ts'
import type { Protocol } from './protocols/protocol.ts'
import { type Route, route } from './route.ts'
import type { LoadedOperation, LoadedService, ServiceRegistry } from './service-registry.ts'
import { type Authenticated, authenticate, isSigned } from './sigv4/authenticate.ts'
import type { WireRequest, WireResponse } from './wire.ts'

export interface GatewayOptions {
  registry: ServiceRegistry
  corridor: Corridor
  credentials: CredentialResolver
  identity: IdentityDirectory
  clock: Clock
  reportFault: FaultReporter
  metrics: Metrics
  /** Why a Region is not served, as a sentence; undefined for one that is. */
  regionRefusal(region: string): string | undefined
  /** A sentence for whoever uses an access key that there is not; development mode only. */
  unknownKeyHint?: string
}

/**
 * From a request on the wire to an answer on the wire: which service, who, which operation, and back again.
 * Signatures are judged by the wall clock, because clients sign with theirs.
 */
export class Gateway {
  readonly #options: GatewayOptions
  readonly #underWay = new InFlight()

  constructor(options: GatewayOptions) {
    this.#options = options
  }

  /** Never throws: whatever goes wrong becomes an answer in the protocol's form. */
  async answer(request: WireRequest, source: CallSource): Promise<WireResponse> {
    const requestId = newRequestId()
    const startedMs = performance.now()
    const { registry, corridor, metrics } = this.#options
    const found = route(request, registry)
    if ('unknown' in found) return unknownService(found, requestId)
    const { definition, binding } = found
    const protocol = protocolNamed(binding.protocol, request)
    const labels = { service: definition.name, operation: 'unknown', code: 'OK' }
    const turn: Turn = { request, source, requestId, found, protocol, labels }
    this.#underWay.enter()
    try {
      const service = registry.loaded(definition) ?? (await registry.load(definition))
      const { operation, document } =
        protocol.family === 'rest-json' ? findByPath(turn, service) : findByName(turn, service)
      labels.operation = operation.name
      // Some operations are never signed: who calls one that is not built must not look for the fault in the signature.
      if (!operation.declaration && !isSigned(request)) throw operationNotBuilt(definition, operation.name)
      const signer = await this.#authenticate(turn)
      const errand = this.#admit(turn, service, operation, signer)
      const output = await corridor.run(errand, () => protocol.decode(operation.schema, document))
      return protocol.encode(definition, operation.schema, output, requestId)
    } catch (thrown) {
      return await this.#refuse(turn, thrown)
    } finally {
      metrics.observe(labels, performance.now() - startedMs)
      this.#underWay.leave()
    }
  }

  /** Resolves when nothing is under way: before the world that requests use is closed. */
  allAnswered(): Promise<void> {
    return this.#underWay.none()
  }

  /** The limit of a body that is over the ordinary one: that of the operation, where its path tells which it is. */
  async bodyLimit(head: WireRequest): Promise<BodyLimit | undefined> {
    const found = route(head, this.#options.registry)
    if ('unknown' in found || found.binding.protocol !== 'restJson1') return undefined
    const service = await this.#options.registry.load(found.definition)
    const match = service.routes?.match(head)
    return typeof match === 'object' ? service.operation(match.operation)?.declaration?.body : undefined
  }

  /** Answers a body over the limit in the form that its service would. @param limitBytes - the ordinary one. */
  async tooLarge(head: WireRequest, limitBytes: number): Promise<WireResponse> {
    const found = route(head, this.#options.registry)
    if ('unknown' in found || found.binding.protocol !== 'restJson1') return bodyTooLarge(head, limitBytes)
    const error = (await this.bodyLimit(head))?.tooLarge() ?? entityTooLarge(limitBytes)
    const { schemas } = await this.#options.registry.load(found.definition)
    return protocolNamed(found.binding.protocol, head).encodeError(found.definition, error, newRequestId(), schemas)
  }

  #authenticate({ request, found, protocol }: Turn): Promise<Authenticated> {
    const { credentials: resolver, regionRefusal, unknownKeyHint } = this.#options
    return authenticate(request, {
      service: found.definition.name,
      family: protocol.family,
      resolver,
      nowMs: Date.now(),
      regionRefusal,
      unknownKeyHint,
    })
  }

  /** Notes that the caller was here, now that it is known who, and says what is to be done. */
  #admit(turn: Turn, service: LoadedService, operation: LoadedOperation, { caller, region }: Authenticated): Errand {
    const { name, globalRegion } = service.definition
    this.#options.identity.noteUse({ caller, service: name, region, atMs: this.#options.clock.nowMs() })
    return {
      service,
      operation,
      facts: {
        requestId: turn.requestId,
        service: name,
        operation: operation.name,
        region: globalRegion ?? region,
        caller,
        source: turn.source,
        calledVia: [],
      },
    }
  }

  async #refuse({ found, protocol, requestId, labels }: Turn, thrown: unknown): Promise<WireResponse> {
    const error = this.#presentable(thrown, protocol, { requestId, ...labels })
    labels.code = error.code
    const schemas = await this.#options.registry.load(found.definition).then(
      ({ schemas }) => schemas,
      () => undefined,
    )
    return protocol.encodeError(found.definition, error, requestId, schemas)
  }

  #presentable(thrown: unknown, protocol: Protocol, call: { requestId: string; service: string; operation: string }) {
    if (thrown instanceof ServiceError) return thrown
    this.#options.reportFault(thrown, call)
    return thrown instanceof StoreUnavailableError ? serviceUnavailable(protocol, thrown) : internalFailure()
  }
}

interface Found {
  operation: LoadedOperation
  document: unknown
}

/** The operation that a header or the body names. Its body is read first: AWS's order. */
function findByName({ request, found, protocol }: Turn, service: LoadedService): Found {
  if (request.method !== 'POST' && !(request.method === 'GET' && protocol.family === 'query')) {
    throw wrongMethod(protocol, request.method)
  }
  const document = protocol.parse(request)
  const name = found.operation ?? queryAction(document, service.definition)
  const operation = service.operation(name)
  if (!operation) throw unknownOperation(protocol, service.definition, name)
  return { operation, document }
}

/** The operation that method and path name. */
function findByPath({ request, protocol }: Turn, service: LoadedService): Found {
  const match = service.routes?.match(request)
  if (match === 'wrong-method') throw wrongMethod(protocol, request.method)
  const operation = match && service.operation(match.operation)
  if (!operation) throw unknownOperation(protocol, service.definition, request.path)
  return { operation, document: protocol.parse(request, { schema: operation.schema, labels: match.labels }) }
}

interface Turn {
  request: WireRequest
  source: CallSource
  requestId: string
  found: Exclude<Route, { unknown: string }>
  protocol: Protocol
  labels: { service: string; operation: string; code: string }
}
