import type { OriginRule } from '../core/services/origin-rules.ts'
import type { ServiceHead } from '../core/services/service-definition.ts'
import { newRequestId } from '../core/uuid.ts'
import type { WireRequest, WireResponse } from './http/wire.ts'
import type { FaultReporter } from './pipeline.ts'
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
}

/** Decides which pages of other origins may make requests, and read the answers, where a resource has rules about that. */
export class CrossOrigin {
  readonly #registry: ServiceRegistry
  readonly #reportFault: FaultReporter

  constructor({ registry, reportFault }: { registry: ServiceRegistry; reportFault: FaultReporter }) {
    this.#registry = registry
    this.#reportFault = reportFault
  }

  /** Answers a browser's question whether a page may make a request. Undefined where every page may. */
  async preflight(request: WireRequest): Promise<WireResponse | undefined> {
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
    if (rule) return { status: 200, headers: {}, body: '', originHeaders: originHeaders(rule, asked) }
    const reason = found === 'missing' ? 'missing' : found ? 'not-allowed' : 'no-rules'
    const refused = protocol.originRefused?.(request, reason)
    return refused && { ...protocol.encodeError(definition, refused, newRequestId()), originHeaders: {} }
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
      return instance.originRules && { found: await instance.originRules(resource), protocol, definition }
    } catch (fault) {
      this.#reportFault(fault, { requestId: newRequestId(), service: definition.name, operation: 'unknown' })
      return { found: undefined, protocol, definition }
    }
  }
}
