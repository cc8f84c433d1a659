import type { ServiceBinding, ServiceRegistry } from './service-registry.ts'
import { scopeOf } from './sigv4/signature-claim.ts'
import type { WireRequest } from './wire.ts'

/** Where a request goes, or how to say that it goes nowhere. */
export type Route =
  | (ServiceBinding & {
      /** Named by the X-Amz-Target header; query operations are in the body, those of REST in the path. */ operation?: string
    })
  | { unknown: 'json' | 'query' | 'rest'; what: string }

/**
 * Finds the service of a request: X-Amz-Target first, then the service in the credential scope, then the path of an unsigned
 * REST request or the version of an unsigned query request. Hosts are not asked: every service answers on every name of the listener.
 */
export function route(request: WireRequest, registry: ServiceRegistry): Route {
  const target = headerOf(request, 'x-amz-target')
  if (target !== undefined) return routeTarget(target, registry)
  const scope = scopeOf(request)
  if (scope) {
    const found = registry.queryBinding(scope.service) ?? registry.restBinding(scope.service)
    if (found) return found
    const known = registry.byName(scope.service)
    if (known) return { unknown: 'json', what: `a request to ${known.title} without an X-Amz-Target header` }
    return { unknown: isForm(request) ? 'query' : 'rest', what: `the service "${printable(scope.service)}"` }
  }
  return routeUnsigned(request, registry)
}

function routeTarget(target: string, registry: ServiceRegistry): Route {
  const dot = target.lastIndexOf('.')
  const found = dot > 0 ? registry.byTargetPrefix(target.slice(0, dot)) : undefined
  if (!found) return { unknown: 'json', what: `the X-Amz-Target "${printable(target)}"` }
  return { ...found, operation: target.slice(dot + 1) }
}

function routeUnsigned(request: WireRequest, registry: ServiceRegistry): Route {
  for (const { name } of registry.definitions) {
    const found = registry.restBinding(name)
    if (found?.binding.protocol === 'restJson1' && found.binding.paths.test(request.path)) return found
  }
  const form = isForm(request) ? request.body.toString('latin1') : request.query
  const version = new URLSearchParams(form.slice(0, maxFormLookedAt)).get('Version')
  for (const definition of registry.definitions) {
    const found = registry.queryBinding(definition.name)
    if (found && version === definition.apiVersion) return found
  }
  return { unknown: isForm(request) ? 'query' : 'rest', what: `${request.method} ${printable(request.path)}` }
}

const maxFormLookedAt = 4096

export function headerOf(request: WireRequest, name: string): string | undefined {
  const value = request.headers[name]
  return Array.isArray(value) ? value[0] : value
}

const isForm = (request: WireRequest) =>
  headerOf(request, 'content-type')?.toLowerCase().startsWith('application/x-www-form-urlencoded') ?? false

// What callers send is quoted back in errors: short, and nothing that could act in a terminal or a log.
const printable = (text: string) => text.slice(0, 128).replace(/[^\x20-\x7e]/g, '?')
