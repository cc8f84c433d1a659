import { type Awaitable, andThen, mapAll } from '../../core/awaitable.ts'
import type { Call } from '../../core/call.ts'
import type { AccountOrganization, IdentityDirectory, PolicySet } from '../../core/identity.ts'
import { conditionKeysOf, type Permission, type RequestContext } from '../../core/operation.ts'
import { accountActedIn, accountOf, type Caller } from '../../core/principal.ts'
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

/** What decides about a caller: its policies, and the organization of its account. */
interface CallerFacts {
  policies: PolicySet
  /** Of the account that a service acts in, where the caller is a service. */
  organization: AccountOrganization | undefined
}

/** Decides about permissions for one call. Fetches the caller's policies once. */
export class Access {
  readonly #call: AccessFacts
  readonly #identity: IdentityDirectory
  #callerFacts: CallerFacts | undefined

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
    return andThen(this.#factsOfCaller(), (caller) =>
      andThen(this.#organizationOfResource(permission, caller), (resourceOrganization) =>
        askWithGrant(permission, (asked) => {
          const request = new AskedPermission(this.#call, asked, caller, resourceOrganization)
          return andThen(runInTurns(evaluation(request), this.#call), (decision) => ({ request, decision }))
        }),
      ),
    )
  }

  #organizationOfResource(
    { resourceAccountId }: Permission,
    { organization }: CallerFacts,
  ): Awaitable<AccountOrganization | undefined> {
    const own = accountActedIn(this.#call.caller.principal)
    if (resourceAccountId !== undefined && resourceAccountId !== own) {
      return this.#identity.organizationOf(resourceAccountId)
    }
    // A service that acts for a resource has no account of its own.
    return resourceAccountId !== undefined || accountOf(this.#call.caller.principal) ? organization : undefined
  }

  #factsOfCaller(): Awaitable<CallerFacts> {
    return (
      this.#callerFacts ??
      andThen(this.#readFacts(), (facts) => {
        this.#callerFacts = facts
        return facts
      })
    )
  }

  #readFacts(): Awaitable<CallerFacts> {
    const { caller } = this.#call
    const accountId = accountActedIn(caller.principal)
    const organization = accountId === undefined ? undefined : this.#identity.organizationOf(accountId)
    const policies = this.#identity.policiesOf(caller)
    if (!(organization instanceof Promise || policies instanceof Promise)) return callerFacts(policies, organization)
    // Both at once, where they have to be read.
    return andThen(
      mapAll<unknown, unknown>([policies, organization], (each) => each),
      ([found, place]) => callerFacts(found as PolicySet, place as AccountOrganization | undefined),
    )
  }
}

function callerFacts(policies: PolicySet, organization: AccountOrganization | undefined): CallerFacts {
  const serviceControl = organization?.serviceControl
  return { organization, policies: serviceControl ? { ...policies, serviceControl } : policies }
}

/** An authorization request whose condition keys are computed when a policy's condition, or an explanation, needs them. */
class AskedPermission implements AuthorizationRequest {
  readonly caller: Caller
  readonly permission: Permission
  readonly policies: PolicySet
  readonly resourceControl: PolicySet['serviceControl']
  readonly #call: AccessFacts
  readonly #organization: AccountOrganization | undefined
  readonly #resourceOrganization: AccountOrganization | undefined
  readonly #timeMs: number
  #context: RequestContext | undefined

  constructor(
    call: AccessFacts,
    permission: Permission,
    { policies, organization }: CallerFacts,
    resourceOrganization: AccountOrganization | undefined,
  ) {
    this.caller = call.caller
    this.permission = permission
    this.policies = policies
    this.resourceControl = resourceOrganization?.resourceControl
    this.#call = call
    this.#organization = organization
    this.#resourceOrganization = resourceOrganization
    this.#timeMs = call.clock.nowMs()
  }

  get context(): RequestContext {
    this.#context ??= { ...globalContext(this.caller, this.#facts()), ...conditionKeysOf(this.permission) }
    return this.#context
  }

  #facts(): RequestFacts {
    const { region, source, calledVia } = this.#call
    const isService = this.caller.principal.kind === 'service'
    return {
      principalOrganization: isService ? undefined : this.#organization,
      sourceOrganization: isService ? this.#organization : undefined,
      resourceOrganization: this.#resourceOrganization,
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
