import { setTimeout as pause } from 'node:timers/promises'
import { BoundedMap } from '../../../core/bounded-map.ts'
import { secondMs } from '../../../core/durations.ts'
import type { Scope, Store } from '../../../core/store.ts'
import type { Delivery } from '../../../kit/deliveries/delivery.ts'
import type { DeliveryHost, DeliverySender } from '../../../kit/deliveries/delivery-source.ts'
import { type DeliveryFailure, DeliveryRefused } from '../../../kit/deliveries/failure.ts'
import { type HttpEndpoints, requestEndpoint } from '../../../kit/http-endpoints.ts'
import { RoleSessions } from '../../../kit/role-sessions.ts'
import { apiRequest } from '../domain/api-request.ts'
import type { ApiDestination, Connection } from '../domain/connection.ts'
import { mostInput } from '../domain/input-transformer.ts'
import { eventsPrincipal, resourceOfArn } from '../domain/names.ts'
import { apiDestinations, connections } from '../storage/collections.ts'
import type { AccessTokens } from './access-tokens.ts'
import { readSecret } from './connection-secrets.ts'
import type { HttpRequestInput } from './delivery-to.ts'

/** How long an API may take for its answer. */
const answerMs = 5 * secondMs

/** How long a delivery waits for its turn at most, where a destination has a rate. */
const longestWaitMs = 5 * secondMs

export interface ApiSenderOptions {
  store: Pick<Store, 'in'>
  tokens: AccessTokens
  endpoints: HttpEndpoints
}

/**
 * Calls API destinations, as the role of the target allows.
 * @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-api-destinations.html
 */
export function apiDestinationSender(host: DeliveryHost, options: ApiSenderOptions): DeliverySender {
  const { store, tokens, endpoints } = options
  const roles = new RoleSessions(host)
  const turns = new Turns()
  return async (input, delivery, signal) => {
    const { target } = delivery
    await checkRole(host, roles, delivery)
    const given = input as HttpRequestInput
    if (given.body.length > mostInput) {
      const message = 'The input of the target is too large.'
      throw refused({ code: 'INVALID_INPUT', message, status: 413, isPermanent: true })
    }
    const { scope, destination, connection } = await findDestination(store, target.arn)
    const secret = await readSecret(host.calls, scope, connection)
    const request = apiRequest(destination, secret, given)
    const usesToken = connection.authorizationType === 'OAUTH_CLIENT_CREDENTIALS'
    if (usesToken) request.headers.Authorization = `Bearer ${await tokens.of(scope, connection)}`
    await turns.wait(destination, signal)
    const { body, ...rest } = request
    const sent = { ...rest, ...(body !== undefined && { body }), endpoints, answerMs, signal }
    const { status } = await requestEndpoint(sent)
    if (status >= 200 && status < 300) return
    if (usesToken && (status === 401 || status === 407)) tokens.forget(connection)
    throw refused({
      ...{ code: status === 429 ? 'THROTTLING' : 'ERROR_FROM_TARGET', message: `The API answered ${status}.`, status },
      isPermanent: !(status >= 500 || triedAgain.has(status)),
    })
  }
}

const triedAgain = new Set([401, 407, 409, 429])

const refused = (failure: DeliveryFailure) => new DeliveryRefused(failure)

/** @throws ServiceError - the role cannot be assumed. @throws DeliveryRefused - it does not allow the call. */
async function checkRole(
  { calls }: DeliveryHost,
  roles: RoleSessions,
  { roleArn = '', sourceArn, scope, target }: Delivery,
): Promise<void> {
  const { accountId, region } = scope
  const source = { arn: sourceArn, accountId }
  const session = { roleArn, sessionName: 'events', principal: eventsPrincipal, source, region }
  const caller = await roles.caller(session)
  const permission = { action: 'events:InvokeApiDestination', resource: target.arn }
  if (await calls.allows({ caller, region }, permission)) return
  const message = `${roleArn} is not authorized to perform: events:InvokeApiDestination on resource: ${target.arn}`
  throw refused({ code: 'NO_PERMISSIONS', message, status: 403, isPermanent: true })
}

async function findDestination(
  store: Pick<Store, 'in'>,
  arn: string,
): Promise<{ scope: Scope; destination: ApiDestination; connection: Connection }> {
  const { accountId = '', region = '', name = '' } = resourceOfArn(arn) ?? {}
  const scope = { accountId, region }
  const destination = await store.in(apiDestinations).get(scope, name)
  const connectionName = resourceOfArn(destination?.connectionArn ?? '')?.name ?? ''
  const connection = destination && (await store.in(connections).get(scope, connectionName))
  if (destination?.arn !== arn || connection?.arn !== destination.connectionArn) {
    throw refused({ code: 'NO_RESOURCE', message: `${arn} does not exist.`, status: 404, isPermanent: true })
  }
  if (connection.state === 'DEAUTHORIZED') {
    const message = `The connection ${connection.name} is not authorized.`
    throw refused({ code: 'CONNECTION_FAILURE', message, status: 0, isPermanent: false })
  }
  return { scope, destination, connection }
}

/** Spreads calls over time, so that none of the destinations gets more than its rate. */
class Turns {
  readonly #next = new BoundedMap<string, number>(1000)

  /** @throws DeliveryRefused - it would take too long. */
  async wait({ arn, perSecond }: ApiDestination, signal: AbortSignal): Promise<void> {
    const nowMs = performance.now()
    const turnMs = Math.max(nowMs, this.#next.get(arn) ?? nowMs)
    if (turnMs - nowMs > longestWaitMs) {
      const message = `The rate of ${perSecond} a second is exceeded.`
      throw refused({ code: 'THROTTLING', message, status: 429, isPermanent: false })
    }
    this.#next.set(arn, turnMs + secondMs / perSecond)
    if (turnMs > nowMs) await pause(turnMs - nowMs, undefined, { signal })
  }
}
