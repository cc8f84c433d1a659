import { BoundedMap } from '../../../core/bounded-map.ts'
import type { Clock } from '../../../core/clock.ts'
import { hourMs, minuteMs, secondMs } from '../../../core/durations.ts'
import type { ServiceCalls } from '../../../core/services/service-calls.ts'
import type { Scope } from '../../../core/store.ts'
import { DeliveryRefused } from '../../../kit/deliveries/failure.ts'
import { type HttpEndpoints, requestEndpoint } from '../../../kit/http-endpoints.ts'
import { tokenRequest } from '../domain/api-request.ts'
import type { Connection } from '../domain/connection.ts'
import { readSecret } from './connection-secrets.ts'

export interface AccessTokensHost {
  calls: ServiceCalls
  clock: Clock
  signal: AbortSignal
}

const keptAtMost = 1000
const answerMs = 5 * secondMs
const bodyBytes = 64 * 1024

/** A token is used until shortly before it ends. */
const spareMs = minuteMs

/** The access tokens of connections that have client credentials. They are kept in memory alone. */
export class AccessTokens {
  readonly #host: AccessTokensHost
  readonly #endpoints: HttpEndpoints
  readonly #kept = new BoundedMap<string, { token: string; endsAtMs: number }>(keptAtMost)

  constructor(host: AccessTokensHost, endpoints: HttpEndpoints) {
    this.#host = host
    this.#endpoints = endpoints
  }

  /** @throws DeliveryRefused - the endpoint gives none; ServiceError - the secret cannot be read. */
  async of(scope: Scope, connection: Connection): Promise<string> {
    const key = keyOf(connection)
    const kept = this.#kept.get(key)
    if (kept && kept.endsAtMs > this.#host.clock.nowMs()) return kept.token
    const { calls, clock, signal } = this.#host
    const request = tokenRequest(await readSecret(calls, scope, connection))
    const { body, ...rest } = request
    const asked = {
      ...rest,
      ...(body !== undefined && { body }),
      endpoints: this.#endpoints,
      answerMs,
      signal,
      bodyBytes,
    }
    const answer = await requestEndpoint(asked)
    const { access_token: token, expires_in: seconds } = readToken(answer.status, answer.body)
    const lastsMs = typeof seconds === 'number' ? seconds * secondMs : hourMs
    this.#kept.set(key, { token, endsAtMs: clock.nowMs() + Math.max(0, lastsMs - spareMs) })
    return token
  }

  /** Forgets a token that an API refused. */
  forget(connection: Connection): void {
    this.#kept.delete(keyOf(connection))
  }
}

const keyOf = ({ arn, modifiedAtMs }: Connection) => `${arn} ${modifiedAtMs}`

function readToken(status: number, body: string): { access_token: string; expires_in?: unknown } {
  const failed = (message: string) =>
    new DeliveryRefused({ code: 'CONNECTION_FAILURE', message, status, isPermanent: false })
  if (status < 200 || status >= 300) throw failed(`The authorization endpoint answered ${status}.`)
  try {
    const answer = JSON.parse(body)
    if (typeof answer.access_token === 'string') return answer
  } catch {
    // What is not JSON has no token.
  }
  throw failed('The authorization endpoint answered without an access token.')
}
