import { type Awaitable, andThen } from '../core/awaitable.ts'
import type { CallSource, Client } from '../core/call.ts'
import type { Clock } from '../core/clock.ts'
import type { CredentialResolver } from '../core/credentials.ts'
import type { IdentityDirectory } from '../core/identity.ts'
import type { BodyLimit } from '../core/operation.ts'
import { ServiceError } from '../core/service-error.ts'
import { StoreUnavailableError } from '../core/store.ts'
import { newRequestId } from '../core/uuid.ts'
import { reportedWhenSent, type Seen } from './answered.ts'
import { CrossOrigin } from './cross-origin.ts'
import { defaultLimits } from './http/limits.ts'
import { publicDocument } from './http/public-documents.ts'
import type { WireRequest, WireResponse } from './http/wire.ts'
import { InFlight } from './in-flight.ts'
import { inflatedBody } from './inflated-body.ts'
import type { Metrics } from './metrics.ts'
import type { FaultReporter, Pipeline } from './pipeline.ts'
import { entityTooLarge, internalFailure, operationNotBuilt, serviceUnavailable } from './protocols/framework-errors.ts'
import { protocolNamed } from './protocols/index.ts'
import type { Match, PostedRequest, Protocol } from './protocols/protocol.ts'
import { headerOf } from './protocols/request-text.ts'
import { bodyTooLarge } from './protocols/unrouted.ts'
import { route } from './route.ts'
import type { ServiceRegistry } from './service-registry.ts'
import { type Authenticated, authenticate, type Family, isSigned } from './sigv4/authenticate.ts'
import { authenticateForm } from './sigv4/post-signature.ts'
import { admitUnsigned, anonymousCaller, regionInHost } from './sigv4/unsigned.ts'

interface FoundRequest {
  source: CallSource
  client: Client
  found: Match
  protocol: Protocol
  requestId: string
  startedMs: number
  seen: Seen
}

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
  /** Of requests without a signature whose host names none. */
  homeRegion: string
  /** A sentence for callers whose access key is not known; development mode only. */
  unknownKeyHint?: string
}

/**
 * From a request on the wire to an answer on the wire: which service, who, which operation, and back again.
 * Signatures are checked against the wall clock, because clients sign with theirs.
 */
export class Gateway {
  readonly #options: GatewayOptions
  readonly #underWay = new InFlight()
  readonly crossOrigin: CrossOrigin

  constructor(options: GatewayOptions) {
    this.#options = options
    this.crossOrigin = new CrossOrigin(options)
  }

  /** Never throws: whatever goes wrong becomes an answer in the protocol's form. */
  answer(request: WireRequest, source: CallSource, client: Client): Promise<WireResponse> {
    const document = this.#publicDocument(request)
    if (!document) return this.#answerPage(request, source, client)
    return document.then((found) => found ?? this.#answerPage(request, source, client))
  }

  /** Answers a call, and says what a page of another origin may do with the answer. */
  #answerPage(request: WireRequest, source: CallSource, client: Client): Promise<WireResponse> {
    const origin = headerOf(request, 'origin')
    const answering = this.#answerCall(request, source, client)
    if (!origin) return answering
    return answering.then(async (answer) => ({
      ...answer,
      originHeaders: await this.crossOrigin.headersFor(request, origin),
    }))
  }

  async #answerCall(request: WireRequest, source: CallSource, client: Client): Promise<WireResponse> {
    const startedMs = performance.now()
    const { registry, clock } = this.#options
    const found = route(request, registry)
    if ('unknown' in found)
      return found.unknown.encodeUnrouted(found.unknown.errors.unknownService(found.message), newRequestId())
    const protocol = protocolNamed(found.binding.protocol, request)
    const requestId = protocol.newRequestId?.(found) ?? newRequestId()
    const startedAtMs = clock.nowMs()
    const seen: Seen = {}
    const answer = await this.#answerFound(request, { source, client, found, protocol, requestId, startedMs, seen })
    const { instance } = registry.loaded(found.definition) ?? {}
    if (!instance?.answered) return answer
    const resource = protocol.resourceInHead?.(request)
    const beginning = { requestId, request, source, resource, startedAtMs, startedMs }
    return reportedWhenSent(answer, beginning, seen, (answered, context) => {
      try {
        instance.answered?.(answered, context)
      } catch (fault) {
        const { operation = 'unknown' } = answered
        this.#options.reportFault(fault, { requestId, service: found.definition.name, operation })
      }
    })
  }

  async #answerFound(
    request: WireRequest,
    { source, client, found, protocol, requestId, startedMs, seen }: FoundRequest,
  ): Promise<WireResponse> {
    const { registry, pipeline, metrics, identity, clock } = this.#options
    const { definition, binding } = found
    const labels = { service: definition.name, operation: 'unknown', code: 'OK' }
    this.#underWay.enter()
    try {
      const service = registry.loaded(definition) ?? (await registry.load(definition))
      const posted = protocol.isPosted?.(request, found)
        ? await protocol.readPosted?.(request, { nowMs: Date.now(), scheme: source.tls ? 'https' : 'http' })
        : undefined
      const plain = posted?.request ?? (protocol.inflates ? await this.#inflated(request) : request)
      const { operation, document } = protocol.read(plain, found, service)
      labels.operation = operation.name
      seen.operation = operation.name
      // Some operations are never signed: the caller of one that is not built must not look for the fault in the signature.
      if (!operation.declaration && !posted && !isSigned(request)) throw operationNotBuilt(definition, operation.name)
      const family = protocol.signing(binding)
      const { caller, region, signature } = posted
        ? await this.#authenticateForm(request, posted, definition.signingName ?? definition.name)
        : operation.declaration?.anonymous && !isSigned(request)
          ? this.#unsigned(request, family)
          : await this.#authenticate(request, definition.signingName ?? definition.name, family)
      seen.caller = caller
      identity.noteUse({ caller, service: definition.name, region, atMs: clock.nowMs() })
      const checked =
        !posted && protocol.checkBody?.(plain, operation.schema, operation.declaration?.bodyChecksum === 'required')
      if (checked) await checked
      const from: CallSource = posted ? { ...source, isForm: true } : signature ? { ...source, signature } : source
      const start = {
        requestId,
        service,
        operation,
        protocol,
        region,
        caller,
        source: from,
        calledVia: [],
        client,
        seen,
      }
      const output = await pipeline.run(start, () => protocol.decode(operation.schema, document))
      const answer = protocol.encode(definition, operation.schema, output, requestId)
      return posted ? posted.answer(answer) : answer
    } catch (thrown) {
      const error = this.#presentable(thrown, protocol, { requestId, ...labels })
      labels.code = error.code
      seen.code = error.code
      const schemas = await registry.load(definition).then(
        ({ schemas }) => schemas,
        () => undefined,
      )
      return protocol.encodeError(definition, error, requestId, schemas)
    } finally {
      metrics.observe(labels, performance.now() - startedMs)
      this.#underWay.leave()
    }
  }

  #publicDocument(request: WireRequest): Promise<WireResponse | undefined> | undefined {
    const { registry, reportFault } = this.#options
    if (isSigned(request)) return undefined
    const requestId = newRequestId()
    const onFault = (fault: unknown) => reportFault(fault, { requestId, service: 'gateway', operation: 'document' })
    return publicDocument(request, (path) => registry.documentAt(path), onFault)
  }

  /** The request with its body as it was before the client compressed it; what is signed is the compressed one. */
  async #inflated(request: WireRequest): Promise<WireRequest> {
    if (request.headers['content-encoding'] !== 'gzip') return request
    const limitBytes = (await this.bodyLimit(request))?.limitBytes ?? defaultLimits.bodyBytes
    return { ...request, body: await inflatedBody(request.body, limitBytes) }
  }

  /** Resolves when nothing is under way: before what requests use is closed. */
  allAnswered(): Promise<void> {
    return this.#underWay.none()
  }

  /** Returns whether the operation that a request's head names takes in its body as it comes. */
  takesStream(head: WireRequest): Awaitable<boolean> {
    const { registry } = this.#options
    const found = route(head, registry)
    if ('unknown' in found) return false
    const { operationInHead, isPosted } = protocolNamed(found.binding.protocol)
    if (isPosted?.(head, found)) return true
    if (!operationInHead) return false
    return andThen(registry.loaded(found.definition) ?? registry.load(found.definition), (service) => {
      const name = operationInHead(head, found, service.schemas)
      return name !== undefined && service.operation(name)?.declaration?.streamsBody === true
    })
  }

  /** The limit of a body that is over the ordinary one: that of the operation, where the request's head names it. */
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

  #authenticate(request: WireRequest, service: string, family: Family): Promise<Authenticated> {
    const { credentials: resolver, regionRefusal, unknownKeyHint } = this.#options
    return authenticate(request, { service, family, resolver, nowMs: Date.now(), regionRefusal, unknownKeyHint })
  }

  #unsigned(request: WireRequest, family: Family): Pick<Authenticated, 'caller' | 'region' | 'signature'> {
    admitUnsigned(request, family)
    return this.#anonymous(request)
  }

  #anonymous(request: WireRequest): Pick<Authenticated, 'caller' | 'region' | 'signature'> {
    const { regionRefusal, homeRegion } = this.#options
    const named = regionInHost(request)
    return {
      caller: anonymousCaller,
      region: named !== undefined && regionRefusal(named) === undefined ? named : homeRegion,
    }
  }

  async #authenticateForm(
    request: WireRequest,
    { fields, check }: PostedRequest,
    service: string,
  ): Promise<Pick<Authenticated, 'caller' | 'region' | 'signature'>> {
    const { credentials: resolver, regionRefusal, unknownKeyHint } = this.#options
    const signed = await authenticateForm(fields, { service, resolver, regionRefusal, unknownKeyHint })
    check(fields)
    return signed ?? this.#anonymous(request)
  }

  #presentable(thrown: unknown, protocol: Protocol, call: { requestId: string; service: string; operation: string }) {
    if (thrown instanceof ServiceError) return thrown
    this.#options.reportFault(thrown, call)
    return thrown instanceof StoreUnavailableError ? serviceUnavailable(protocol, thrown) : internalFailure()
  }
}
