import type { CallSource, Client } from '../core/call.ts'
import type { Clock } from '../core/clock.ts'
import type { CredentialResolver } from '../core/credentials.ts'
import type { IdentityDirectory } from '../core/identity.ts'
import type { BodyLimit } from '../core/operation.ts'
import { ServiceError } from '../core/service-error.ts'
import { StoreUnavailableError } from '../core/store.ts'
import { newRequestId } from '../core/uuid.ts'
import type { WireRequest, WireResponse } from './http/wire.ts'
import { InFlight } from './in-flight.ts'
import type { Metrics } from './metrics.ts'
import type { Errand, FaultReporter, Pipeline } from './pipeline.ts'
import { entityTooLarge, internalFailure, operationNotBuilt, serviceUnavailable } from './protocols/framework-errors.ts'
import { protocolNamed } from './protocols/index.ts'
import type { Match, Protocol } from './protocols/protocol.ts'
import { bodyTooLarge } from './protocols/unrouted.ts'
import { route } from './route.ts'
import type { LoadedOperation, LoadedService, ServiceRegistry } from './service-registry.ts'
import { type Authenticated, authenticate, isSigned } from './sigv4/authenticate.ts'

export interface GatewayOptions {
  registry: ServiceRegistry
  pipeline: Pipeline
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
  async answer(request: WireRequest, source: CallSource, client: Client): Promise<WireResponse> {
    const requestId = newRequestId()
    const startedMs = performance.now()
    const { registry, pipeline, metrics } = this.#options
    const found = route(request, registry)
    if ('unknown' in found)
      return found.unknown.encodeUnrouted(found.unknown.errors.unknownService(found.message), requestId)
    const { definition, binding } = found
    const protocol = protocolNamed(binding.protocol, request)
    const labels = { service: definition.name, operation: 'unknown', code: 'OK' }
    const turn: Turn = { request, source, client, requestId, found, protocol, labels }
    this.#underWay.enter()
    try {
      const service = registry.loaded(definition) ?? (await registry.load(definition))
      const { operation, document } = protocol.read(request, found, service)
      labels.operation = operation.name
      // Some operations are never signed: who calls one that is not built must not look for the fault in the signature.
      if (!operation.declaration && !isSigned(request)) throw operationNotBuilt(definition, operation.name)
      const signer = await this.#authenticate(turn)
      const errand = this.#admit(turn, service, operation, signer)
      const output = await pipeline.run(errand, () => protocol.decode(operation.schema, document))
      return protocol.encode(definition, operation.schema, output, requestId)
    } catch (thrown) {
      return await this.#refuse(turn, thrown)
    } finally {
      metrics.observe(labels, performance.now() - startedMs)
      this.#underWay.leave()
    }
  }

  /** Resolves when nothing is under way: before what requests use is closed. */
  allAnswered(): Promise<void> {
    return this.#underWay.none()
  }

  /** The limit of a body that is over the ordinary one: that of the operation, where its head tells which it is. */
  async bodyLimit(head: WireRequest): Promise<BodyLimit | undefined> {
    const found = route(head, this.#options.registry)
    if ('unknown' in found) return undefined
    const { operationInHead } = protocolNamed(found.binding.protocol)
    if (!operationInHead) return undefined
    const service = await this.#options.registry.load(found.definition)
    const name = operationInHead(head, found, service.schemas)
    return name === undefined ? undefined : service.operation(name)?.declaration?.body
  }

  /** Answers a body over the limit in the form that its service would. @param limitBytes - the ordinary one. */
  async tooLarge(head: WireRequest, limitBytes: number): Promise<WireResponse> {
    const found = route(head, this.#options.registry)
    if ('unknown' in found) return bodyTooLarge(head, limitBytes)
    const protocol = protocolNamed(found.binding.protocol, head)
    if (!protocol.operationInHead) return bodyTooLarge(head, limitBytes)
    const error = (await this.bodyLimit(head))?.tooLarge() ?? entityTooLarge(limitBytes)
    const { schemas } = await this.#options.registry.load(found.definition)
    return protocol.encodeError(found.definition, error, newRequestId(), schemas)
  }

  #authenticate({ request, found, protocol }: Turn): Promise<Authenticated> {
    const { credentials: resolver, regionRefusal, unknownKeyHint } = this.#options
    return authenticate(request, {
      service: found.definition.name,
      family: protocol.signing(found.binding),
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
      protocol: turn.protocol,
      facts: {
        requestId: turn.requestId,
        service: name,
        operation: operation.name,
        region: globalRegion ?? region,
        caller,
        source: turn.source,
        calledVia: [],
        client: turn.client,
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

interface Turn {
  request: WireRequest
  source: CallSource
  client: Client
  requestId: string
  found: Match
  protocol: Protocol
  labels: { service: string; operation: string; code: string }
}
