import type { UnknownForm } from './protocols/framework-errors.ts'
import type { ServiceBinding, ServiceRegistry } from './service-registry.ts'
import type { CredentialScope } from './sigv4/scope.ts'
import { scopeOf } from './sigv4/signature-claim.ts'
import type { WireRequest } from './wire.ts'

/** Where a request goes, or in which form and words to say that it goes nowhere. */
export type Route =
  | (ServiceBinding & {
      /** Named by the X-Amz-Target header; query operations are in the body, those of REST in the path. */ operation?: string
    })
  | { unknown: UnknownForm; message: string }

/**
 * Finds the service of a request: X-Amz-Target first, then the service in the credential scope, then the path of an unsigned
 * REST request or the version of an unsigned query request. Hosts are not asked: every service answers on every name of the listener.
 */
export function route(request: WireRequest, registry: ServiceRegistry): Route {
  const target = headerOf(request, 'x-amz-target')
  const scope = scopeOf(request)
  if (target !== undefined) return routeTarget(target, scope, registry)
  if (!scope) return routeUnsigned(request, registry)
  const found = registry.queryBinding(scope.service) ?? registry.restBinding(scope.service)
  if (found) return found
  const known = registry.byName(scope.service)
  if (known) {
    return { unknown: 'json', message: `${known.title} finds the operation in the header X-Amz-Target: send it.` }
  }
  const asked = isForm(request) ? (formOf(request).get('Action') ?? '') : `${request.method} ${request.path}`
  const unknown = isForm(request) ? 'query' : scope.service === 's3' ? 's3' : 'rest'
  return { unknown, message: noService(scope.service, asked, registry) }
}

function routeTarget(target: string, scope: CredentialScope | undefined, registry: ServiceRegistry): Route {
  const dot = target.lastIndexOf('.')
  const found = dot > 0 ? registry.byTargetPrefix(target.slice(0, dot)) : undefined
  if (found) return { ...found, operation: target.slice(dot + 1) }
  const known = scope && registry.byName(scope.service)
  if (scope && !known) return { unknown: 'json', message: noService(scope.service, target, registry) }
  const whose = known ? `${known.title} has` : 'Strongroom has'
  return { unknown: 'json', message: `${whose} no operation of the X-Amz-Target "${printable(target)}".` }
}

function routeUnsigned(request: WireRequest, registry: ServiceRegistry): Route {
  for (const { name } of registry.definitions) {
    const found = registry.restBinding(name)
    if (found?.binding.protocol === 'restJson1' && found.binding.paths.test(request.path)) return found
  }
  const version = formOf(request).get('Version')
  for (const definition of registry.definitions) {
    const found = registry.queryBinding(definition.name)
    if (found && version === definition.apiVersion) return found
  }
  const asked = `${request.method} ${printable(request.path)}`
  return {
    unknown: isForm(request) ? 'query' : 'rest',
    message: `No service can be told from ${asked}: sign the request, or send the Version of a service's API.`,
  }
}

/** @param asked - the operation, in the request's own words. */
function noService(name: string, asked: string, { definitions }: ServiceRegistry): string {
  const names = definitions.map(({ name }) => name).sort()
  return `Strongroom has no service ${printable(name)} to answer ${printable(asked)}. It has ${names.join(', ')}.`
}

/** The beginning of the body's form, or of the query's: where clients put action and version. */
const formOf = (request: WireRequest): URLSearchParams =>
  new URLSearchParams(
    isForm(request) ? request.body.toString('latin1', 0, formLookedAt) : request.query.slice(0, formLookedAt),
  )

const formLookedAt = 4096

export function headerOf(request: WireRequest, name: string): string | undefined {
  const value = request.headers[name]
  return Array.isArray(value) ? value[0] : value
}

const isForm = (request: WireRequest) =>
  headerOf(request, 'content-type')?.toLowerCase().startsWith('application/x-www-form-urlencoded') ?? false

// What callers send is quoted back in errors: short, and nothing that could act in a terminal or a log.
const printable = (text: string) => text.slice(0, 128).replace(/[^\x20-\x7e]/g, '?')
