import { type Awaitable, andThen } from '../../core/awaitable.ts'
import type { Call } from '../../core/call.ts'
import type { IdentityDirectory, PolicySet } from '../../core/identity.ts'
import { conditionKeysOf, type Permission, type RequestContext } from '../../core/operation.ts'
import { accountOf, type Caller } from '../../core/principal.ts'
import { runInTurns } from '../../core/turns.ts'
import { askWithGrant } from '../../policy/ask-with-grant.ts'
import { globalContext, type RequestFacts } from '../../policy/context.ts'
import type { AuthorizationRequest, Decision } from '../../policy/decision.ts'
import { evaluation } from '../../policy/evaluate.ts'

/** An authorization request and its decision: enough to explain it later. */
export interface AccessDecision {
  request: AuthorizationRequest
  decision: Decision
}

/** The facts about a call on which authorization depends: its caller, source, Region and time. */
export type AccessFacts = Pick<Call, 'caller' | 'accountId' | 'region' | 'source' | 'calledVia' | 'clock'> &
  Partial<Pick<Call, 'signal'>>

/** Decides about permissions for one call. Fetches the caller's policies once. */
export class Access {
  readonly #call: AccessFacts
  readonly #identity: IdentityDirectory
  #policies: PolicySet | undefined

  constructor(call: AccessFacts, identity: IdentityDirectory) {
    this.#call = call
    this.#identity = identity
  }

  /** The first decision that refuses; undefined when all are allowed. */
  refusal(permissions: readonly Permission[], from = 0): Awaitable<AccessDecision | undefined> {
    const permission = permissions[from]
    if (!permission) return undefined
    return andThen(this.decide(permission), (decision) =>
      decision.decision.allowed ? this.refusal(permissions, from + 1) : decision,
    )
  }

  /**
   * Decides at once, unless the policies take long to compare: such an evaluation pauses, so that it does not hold up others.
   * @throws ServiceError ServiceUnavailable - the call's signal aborted meanwhile.
   */
  decide(permission: Permission): Awaitable<AccessDecision> {
    return andThen(this.#policiesOfCaller(), (policies) =>
      andThen(this.#resourceControlOver(permission), (resourceControl) =>
        askWithGrant(permission, (asked) => {
          const request = new AskedPermission(this.#call, asked, policies, resourceControl)
          return andThen(runInTurns(evaluation(request), this.#call), (decision) => ({ request, decision }))
        }),
      ),
    )
  }

  #resourceControlOver(permission: Permission): Awaitable<PolicySet['serviceControl']> {
    const accountId = permission.resourceAccountId ?? accountOf(this.#call.caller.principal)
    return accountId ? this.#identity.resourceControlOf(accountId) : undefined
  }

  #policiesOfCaller(): Awaitable<PolicySet> {
    return (
      this.#policies ??
      andThen(this.#identity.policiesOf(this.#call.caller), (policies) => {
        this.#policies = policies
        return policies
      })
    )
  }
}

/** An authorization request whose condition keys are computed when a policy's condition, or an explanation, needs them. */
class AskedPermission implements AuthorizationRequest {
  readonly caller: Caller
  readonly permission: Permission
  readonly policies: PolicySet
  readonly resourceControl: PolicySet['serviceControl']
  readonly #call: AccessFacts
  readonly #timeMs: number
  #context: RequestContext | undefined

  constructor(
    call: AccessFacts,
    permission: Permission,
    policies: PolicySet,
    resourceControl: PolicySet['serviceControl'],
  ) {
    this.caller = call.caller
    this.permission = permission
    this.policies = policies
    this.resourceControl = resourceControl
    this.#call = call
    this.#timeMs = call.clock.nowMs()
  }

  get context(): RequestContext {
    this.#context ??= { ...globalContext(this.caller, this.#facts()), ...conditionKeysOf(this.permission) }
    return this.#context
  }

  #facts(): RequestFacts {
    const { region, source, calledVia } = this.#call
    return {
      timeMs: this.#timeMs,
      requestedRegion: region,
      secureTransport: source.tls !== undefined,
      calledVia,
      sourceIp: source.ip,
      userAgent: source.userAgent,
      resourceAccountId: this.permission.resourceAccountId ?? accountOf(this.caller.principal),
    }
  }
}
