import type { Clock } from '../core/clock.ts'
import type { CredentialResolver } from '../core/credentials.ts'
import { minuteMs } from '../core/durations.ts'
import { ExpiringMap } from '../core/expiring-map.ts'
import type { Caller } from '../core/principal.ts'
import { type ServiceCalls, servicePrincipal } from '../core/services/service-calls.ts'

export interface RoleSessionRequest {
  roleArn: string
  sessionName: string
  /** Who assumes it: `events.amazonaws.com`. */
  principal: string
  /** The resource it is assumed for. */
  source: { arn: string; accountId: string }
  region: string
}

/** Sessions are made anew this long before they end. */
const renewedBeforeMs = 5 * minuteMs

const keptAtMost = 1000

/**
 * Makes sessions of roles for services that act as the roles users gave them, and keeps each for as long as it lasts. A trust
 * policy that changes meanwhile counts for the next session, as it does on AWS.
 */
export class RoleSessions {
  readonly #calls: ServiceCalls
  readonly #credentials: CredentialResolver
  readonly #kept: ExpiringMap<string, Caller>

  constructor({ calls, credentials, clock }: { calls: ServiceCalls; credentials: CredentialResolver; clock: Clock }) {
    this.#calls = calls
    this.#credentials = credentials
    this.#kept = new ExpiringMap(clock, keptAtMost)
  }

  /** @throws ServiceError - STS refuses: the role is gone, or does not trust the service. */
  async caller(request: RoleSessionRequest): Promise<Caller> {
    const { roleArn, sessionName, principal, source, region } = request
    const key = JSON.stringify([roleArn, sessionName, principal, source.arn, region])
    const kept = this.#kept.get(key)
    if (kept) return kept
    const { Credentials } = await this.#calls.invoke({
      caller: servicePrincipal(principal, source),
      region,
      service: 'sts',
      operation: 'AssumeRole',
      input: { RoleArn: roleArn, RoleSessionName: sessionName },
    })
    const resolved = await this.#credentials.resolve(Credentials.AccessKeyId, Credentials.SessionToken)
    if (typeof resolved === 'string' || 'refused' in resolved) throw new Error('credentials just issued are refused')
    this.#kept.set(key, resolved.caller, Credentials.Expiration.getTime() - renewedBeforeMs)
    return resolved.caller
  }
}
