import type { Call } from '../core/call.ts'
import type { IdentityDirectory, PolicySet } from '../core/identity.ts'
import type { Permission, RequestContext } from '../core/operation.ts'
import { accountOf, type Caller } from '../core/principal.ts'
import { askWithGrant } from '../policy/ask-with-grant.ts'
import { globalContext, type RequestFacts } from '../policy/context.ts'
import type { AuthorizationRequest, Decision } from '../policy/decision.ts'
import { evaluate } from '../policy/evaluate.ts'

/** What was asked and what was decided: enough to explain it later. */
export interface Judgement {
  request: AuthorizationRequest
  decision: Decision
}

/** Judges permissions for one call; the caller's policies are fetched once. */
export class Access {
  readonly #call: Call
  readonly #identity: IdentityDirectory
  #policies: PolicySet | undefined

  constructor(call: Call, identity: IdentityDirectory) {
    this.#call = call
    this.#identity = identity
  }

  /** The first judgement that refuses; undefined when all are allowed. */
  async refusal(permissions: readonly Permission[]): Promise<Judgement | undefined> {
    for (const permission of permissions) {
      const judgement = await this.judge(permission)
      if (!judgement.decision.allowed) return judgement
    }
    return undefined
  }

  async judge(permission: Permission): Promise<Judgement> {
    const call = this.#call
    this.#policies ??= await this.#identity.policiesOf(call.caller)
    const resourceAccountId = permission.resourceAccountId ?? accountOf(call.caller.principal)
    const resourceControl = resourceAccountId ? await this.#identity.resourceControlOf(resourceAccountId) : undefined
    const policies = this.#policies
    return askWithGrant(permission, (asked) => {
      const request = new AskedPermission(call, asked, policies, resourceControl)
      return { request, decision: evaluate(request) }
    })
  }
}

/** What a call asks for. Its condition keys are put together when a policy's condition, or an explanation, needs them. */
class AskedPermission implements AuthorizationRequest {
  readonly caller: Caller
  readonly permission: Permission
  readonly policies: PolicySet
  readonly resourceControl: PolicySet['serviceControl']
  readonly #facts: RequestFacts
  #context: RequestContext | undefined

  constructor(call: Call, permission: Permission, policies: PolicySet, resourceControl: PolicySet['serviceControl']) {
    this.caller = call.caller
    this.permission = permission
    this.policies = policies
    this.resourceControl = resourceControl
    this.#facts = factsOf(call, permission.resourceAccountId ?? accountOf(call.caller.principal))
  }

  get context(): RequestContext {
    this.#context ??= { ...globalContext(this.caller, this.#facts), ...this.permission.context }
    return this.#context
  }
}

const factsOf = (call: Call, resourceAccountId: string | undefined): RequestFacts => ({
  timeMs: call.clock.nowMs(),
  requestedRegion: call.region,
  secureTransport: call.source.tls !== undefined,
  calledVia: call.calledVia,
  sourceIp: call.source.ip,
  userAgent: call.source.userAgent,
  resourceAccountId,
})
