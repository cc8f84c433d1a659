import type { WireRequest } from './http/wire.ts'
import { mainProtocol, protocolOfForm, protocols } from './protocols/index.ts'
import type { Match, Protocol } from './protocols/protocol.ts'
import type { ServiceRegistry } from './service-registry.ts'
import { scopeOf } from './sigv4/signature-claim.ts'

/** The service and operation of a request; else the protocol and the message of the error. */
export type Route = Match | { unknown: Protocol; message: string }

/**
 * Finds the service of a request: protocols whose requests carry a mark of their own are asked first, then the others, with the
 * service in the credential scope where there is one. Hosts are not asked: every service answers on every name of the listener.
 */
export function route(request: WireRequest, registry: ServiceRegistry): Route {
  const scopeService = scopeOf(request)?.service
  let marked: Protocol | undefined
  for (const protocol of protocols) {
    if (protocol.mark === undefined || !protocol.hasForm(request, scopeService)) continue
    marked ??= protocol
    const found = protocol.match(request, scopeService, registry.bound(protocol.name))
    if (found) return found
  }
  if (marked) return notMarkedRight(request, marked, scopeService, registry)
  for (const protocol of protocols) {
    if (protocol.mark !== undefined) continue
    const found = protocol.match(request, scopeService, registry.bound(protocol.name))
    if (found) return found
  }
  return notFound(request, scopeService, registry)
}

function notMarkedRight(
  request: WireRequest,
  protocol: Protocol,
  scopeService: string | undefined,
  registry: ServiceRegistry,
): Route {
  const asked = protocol.asked(request)
  const known = scopeService === undefined ? undefined : registry.byName(scopeService)
  if (scopeService !== undefined && !known) {
    return { unknown: protocol, message: noService(scopeService, asked, registry) }
  }
  const whose = known ? `${known.title} has` : 'Strongroom has'
  return { unknown: protocol, message: `${whose} no operation of the ${protocol.mark} "${printable(asked)}".` }
}

function notFound(request: WireRequest, scopeService: string | undefined, registry: ServiceRegistry): Route {
  const unknown = protocolOfForm(request, scopeService)
  if (scopeService === undefined) {
    const asked = `${request.method} ${printable(request.path)}`
    const message = `${asked} does not say which service is meant: sign the request, or send the Version of a service's API.`
    return { unknown, message }
  }
  const known = registry.byName(scopeService)
  if (!known) return { unknown, message: noService(scopeService, unknown.asked(request), registry) }
  const protocol = mainProtocol(known)
  return { unknown: protocol, message: protocol.howToAsk(known.title) }
}

/** @param asked - the operation, in the request's own words. */
function noService(name: string, asked: string, { definitions }: ServiceRegistry): string {
  const names = definitions.map(({ name }) => name).sort()
  return `Strongroom has no service ${printable(name)} to answer ${printable(asked)}. It has ${names.join(', ')}.`
}

// What callers send is quoted back in errors: short, and nothing that could act in a terminal or a log.
const printable = (text: string) => text.slice(0, 128).replace(/[^\x20-\x7e]/g, '?')
