import type { Awaitable } from '../core/awaitable.ts'
import type { CallSource } from '../core/call.ts'
import type { Clock } from '../core/clock.ts'
import type { OriginRule } from '../core/services/origin-rules.ts'
import type { ServiceHead } from '../core/services/service-definition.ts'
import type { AskedResource } from '../core/services/service-module.ts'
import { StoreUnavailableError } from '../core/store.ts'
import { newRequestId } from '../core/uuid.ts'
import { preflightRecords } from './audit/preflight-records.ts'
import type { WireRequest, WireResponse } from './http/wire.ts'
import type { FaultReporter, Pipeline } from './pipeline.ts'
import { internalFailure, serviceUnavailable } from './protocols/framework-errors.ts'
import { protocolNamed } from './protocols/index.ts'
import type { Protocol } from './protocols/protocol.ts'
import { headerOf } from './protocols/request-text.ts'
import { route } from './route.ts'
import type { ServiceRegistry } from './service-registry.ts'

/** A request that a browser asks about, or sends, for a page. */
interface OriginRequest {
  origin: string
  method: string
  /** In lower case, of a question before the request. */
  headers: readonly string[]
}

/** Finds the first rule that lets a page make a request. */
const ruleFor = (rules: readonly OriginRule[], request: OriginRequest): OriginRule | undefined =>
  rules.find(
    ({ origins, methods, headers }) =>
      origins.some((origin) => fits(origin, request.origin)) &&
      methods.includes(request.method) &&
      request.headers.every((header) => headers.some((allowed) => fits(allowed.toLowerCase(), header))),
  )

/** Compares with a text that may hold one `*`. */
function fits(pattern: string, text: string): boolean {
  const star = pattern.indexOf('*')
  if (star < 0) return pattern === text
  const [before, after] = [pattern.slice(0, star), pattern.slice(star + 1)]
  return text.length >= before.length + after.length && text.startsWith(before) && text.endsWith(after)
}

/**
 * Returns the headers by which a browser learns what a rule allows.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/cors.html
 */
function originHeaders(rule: OriginRule, { origin, headers }: OriginRequest): Record<string, string> {
  const isOpen = rule.origins.find((one) => fits(one, origin)) === '*'
  return {
    'Access-Control-Allow-Origin': isOpen ? '*' : origin,
    'Access-Control-Allow-Methods': rule.methods.join(', '),
    ...(headers.length > 0 && { 'Access-Control-Allow-Headers': headers.join(', ') }),
    ...(rule.exposedHeaders.length > 0 && { 'Access-Control-Expose-Headers': rule.exposedHeaders.join(', ') }),
    ...(rule.maxAgeSeconds !== undefined && { 'Access-Control-Max-Age': String(rule.maxAgeSeconds) }),
    ...(!isOpen && { 'Access-Control-Allow-Credentials': 'true' }),
    Vary: 'Origin, Access-Control-Request-Headers, Access-Control-Request-Method',
  }
}

interface Rules {
  found: readonly OriginRule[] | 'missing' | undefined
  protocol: Protocol
  definition: ServiceHead
  asked?(): Awaitable<AskedResource | undefined>
}

export interface CrossOriginOptions {
  registry: ServiceRegistry
  reportFault: FaultReporter
  clock: Clock
  pipeline: Pick<Pipeline, 'record'>
}

/** Decides which pages of other origins may make requests, and read the answers, where a resource has rules about that. */
export class CrossOrigin {
  readonly #registry: ServiceRegistry
  readonly #reportFault: FaultReporter
  readonly #clock: Clock
  readonly #pipeline: CrossOriginOptions['pipeline']

  constructor({ registry, reportFault, clock, pipeline }: CrossOriginOptions) {
    this.#registry = registry
    this.#reportFault = reportFault
    this.#clock = clock
    this.#pipeline = pipeline
  }

  /** Answers a browser's question whether a page may make a request, and records a yes. Undefined where every page may. */
  async preflight(request: WireRequest, source: CallSource): Promise<WireResponse | undefined> {
    const rules = await this.#rulesOf(request)
    if (!rules) return undefined
    const named = headerOf(request, 'access-control-request-headers') ?? ''
    const asked = {
      origin: headerOf(request, 'origin') ?? '',
      method: headerOf(request, 'access-control-request-method') ?? '',
      headers: named
        .toLowerCase()
        .split(',')
        .map((name) => name.trim())
        .filter(Boolean),
    }
    const { found, protocol, definition } = rules
    const rule = Array.isArray(found) ? ruleFor(found, asked) : undefined
    if (rule) {
      const allowed = { status: 200, headers: {}, body: '', originHeaders: originHeaders(rule, asked) }
      return (await this.#recorded(rules, source)) ?? allowed
    }
    const reason = found === 'missing' ? 'missing' : found ? 'not-allowed' : 'no-rules'
    const refused = protocol.originRefused?.(request, reason)
    return refused && { ...protocol.encodeError(definition, refused, newRequestId()), originHeaders: {} }
  }

  /** @returns the answer where the record cannot be written. */
  async #recorded({ asked, protocol, definition: service }: Rules, source: CallSource) {
    const requestId = newRequestId()
    try {
      const found = await asked?.()
      if (!found) return undefined
      const timeMs = this.#clock.nowMs()
      await this.#pipeline.record(preflightRecords({ service, requestId, timeMs, source, asked: found }))
      return undefined
    } catch (fault) {
      this.#reportFault(fault, { requestId, service: service.name, operation: 'PreflightRequest' })
      const error = fault instanceof StoreUnavailableError ? serviceUnavailable(protocol, fault) : internalFailure()
      return { ...protocol.encodeError(service, error, requestId), originHeaders: {} }
    }
  }

  /** Returns what lets a page read an answer; undefined for services that let every page. */
  async headersFor(request: WireRequest, origin: string): Promise<Record<string, string> | undefined> {
    const rules = await this.#rulesOf(request)
    if (!rules) return undefined
    const asked = { origin, method: request.method, headers: [] }
    const rule = Array.isArray(rules.found) ? ruleFor(rules.found, asked) : undefined
    return rule ? originHeaders(rule, asked) : {}
  }

  /** Never throws: the request itself is answered, and without its rules no page is let in. */
  async #rulesOf(request: WireRequest): Promise<Rules | undefined> {
    const match = route(request, this.#registry)
    if ('unknown' in match) return undefined
    const { definition, binding } = match
    const protocol = protocolNamed(binding.protocol)
    const resource = protocol.resourceInHead?.(request)
    if (resource === undefined) return undefined
    try {
      const { instance } = this.#registry.loaded(definition) ?? (await this.#registry.load(definition))
      if (!instance.originRules) return undefined
      const asked = () => instance.askedResource?.(resource)
      return { found: await instance.originRules(resource), protocol, definition, asked }
    } catch (fault) {
      this.#reportFault(fault, { requestId: newRequestId(), service: definition.name, operation: 'unknown' })
      return { found: undefined, protocol, definition }
    }
  }
}
