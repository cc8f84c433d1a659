import { isLoopbackName } from '../../../kit/http-endpoints.ts'
import { invalidParameter } from '../domain/errors.ts'
import type { EventBridgeContext } from '../eventbridge-context.ts'

/** Checks the URL of an API. @throws ServiceError ValidationException. */
export function checkEndpoint(
  { httpEndpoints }: Pick<EventBridgeContext, 'httpEndpoints'>,
  endpoint: string,
  parameter = 'InvocationEndpoint',
): void {
  if (!URL.canParse(endpoint)) throw invalidParameter(parameter, 'Provided endpoint is not a URL.')
  const { protocol, hostname, username, password } = new URL(endpoint)
  // What an event holds may not say which host is called.
  if (hostname.includes('*')) throw invalidParameter(parameter, 'Only the path may have wildcards.')
  const isOwn = isLoopbackName(hostname)
  // Nothing but this machine sees what is sent to it without TLS.
  if (protocol !== 'https:' && !(protocol === 'http:' && isOwn)) {
    throw invalidParameter(parameter, 'Provided endpoint must be HTTPS.')
  }
  if (username !== '' || password !== '')
    throw invalidParameter(parameter, 'Provided endpoint must not have credentials.')
  if (httpEndpoints === 'loopback' && !isOwn) {
    const advice = 'Start it with --set events.http-endpoints=any to call others.'
    throw invalidParameter(parameter, `This server calls endpoints of its own machine only. ${advice}`)
  }
}
