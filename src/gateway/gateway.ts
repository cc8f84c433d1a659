import type { CallSource } from '../core/call.ts'
import type { Clock } from '../core/clock.ts'
import type { CredentialResolver } from '../core/credentials.ts'
import type { IdentityDirectory } from '../core/identity.ts'
import type { BodyLimit } from '../core/operation.ts'
import { ServiceError } from '../core/service-error.ts'
import { StoreUnavailableError } from '../core/store.ts'
import { newRequestId } from '../core/uuid.ts'
import type { Corridor, FaultReporter } from './corridor.ts'
import type { Metrics } from './metrics.ts'
import { queryAction } from './protocols/aws-query.ts'
import {
  bodyTooLarge,
  entityTooLarge,
  internalFailure,
  serviceUnavailable,
  unknownOperation,
  unknownService,
  wrongMethod,
} from './protocols/framework-errors.ts'
import { protocolNamed } from './protocols/index.ts'
import type { Protocol } from './protocols/protocol.ts'
import { type Route, route } from './route.ts'
import type { LoadedOperation, LoadedService, ServiceRegistry } from './service-registry.ts'
import { authenticate } from './sigv4/authenticate.ts'
import type { WireRequest, WireResponse } from './wire.ts'

export interface GatewayOptions {
  registry: ServiceRegistry
  corridor: Corridor
  credentials: CredentialResolver
  identity: IdentityDirectory
  clock: Clock
  reportFault: FaultReporter
  metrics: Metrics
}

/**
 * From a request on the wire to an answer on the wire: which service, who, which operation, and back again.
 * Signatures are judged by the wall clock, because clients sign with theirs.
 */
export class Gateway {
  readonly #options: GatewayOptions

  constructor(options: GatewayOptions) {
    this.#options = options
  }

  /** Never throws: whatever goes wrong becomes an answer in the protocol's form. */
  async answer(request: WireRequest, source: CallSource): Promise<WireResponse> {
    const requestId = newRequestId()
    const startedMs = performance.now()
    const found = route(request, this.#options.registry)
    if ('unknown' in found) return unknownService(found, requestId)
    const protocol = protocolNamed(found.binding.protocol, request)
    const labels = { service: found.definition.name, operation: 'unknown', code: 'OK' }
    try {
      const service = await this.#options.registry.load(found.definition)
      return await this.#answerKnown({ request, source, requestId, found, protocol, service, labels })
    } catch (thrown) {
      const error = this.#presentable(thrown, protocol, { requestId, ...labels })
      labels.code = error.code
      const schemas = await this.#options.registry.load(found.definition).then(
        ({ schemas }) => schemas,
        () => undefined,
      )
      return protocol.encodeError(found.definition, error, requestId, schemas)
    } finally {
      this.#options.metrics.observe(labels, performance.now() - startedMs)
    }
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

  async #answerKnown(turn: Turn): Promise<WireResponse> {
    const { request, requestId, protocol, service, labels, source } = turn
    const { operation, document } = protocol.family === 'rest-json' ? findByPath(turn) : findByName(turn)
    const { name } = operation
    labels.operation = name
    const { caller, region } = await authenticate(request, {
      service: service.definition.name,
      family: protocol.family,
      resolver: this.#options.credentials,
      nowMs: Date.now(),
    })
    const atMs = this.#options.clock.nowMs()
    this.#options.identity.noteUse({ caller, service: service.definition.name, region, atMs })
    const output = await this.#options.corridor.run(
      {
        service,
        operation,
        facts: {
          requestId,
          service: service.definition.name,
          operation: name,
          region: service.definition.globalRegion ?? region,
          caller,
          source,
          calledVia: [],
        },
      },
      () => protocol.decode(operation.schema, document),
    )
    return protocol.encode(service.definition, operation.schema, output, requestId)
  }

  #presentable(thrown: unknown, protocol: Protocol, call: { requestId: string; service: string; operation: string }) {
    if (thrown instanceof ServiceError) return thrown
    this.#options.reportFault(thrown, call)
    return thrown instanceof StoreUnavailableError ? serviceUnavailable(protocol) : internalFailure()
  }
}

interface Found {
  operation: LoadedOperation
  document: unknown
}

/** The operation that a header or the body names. Its body is read first: AWS's order. */
function findByName({ request, found, protocol, service }: Turn): Found {
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
function findByPath({ request, protocol, service }: Turn): Found {
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
  service: LoadedService
  labels: { service: string; operation: string; code: string }
}
