import type { PolicySet } from '../core/identity.ts'
import type { GrantClass, Permission, RequestContext } from '../core/operation.ts'
import type { Caller } from '../core/principal.ts'
import type { Position } from './json-reader.ts'

/** The kinds of policy, in the order in which explicit denials are reported. */
export type PolicyType =
  | 'resource-control'
  | 'service-control'
  | 'resource'
  | 'trust'
  | 'identity'
  | 'boundary'
  | 'session'

export interface AuthorizationRequest {
  caller: Caller
  permission: Permission
  /** Global keys, those of the service, and those of the permission, merged. */
  context: RequestContext
  policies: PolicySet
  /** Levels of resource control policies over the resource's account. */
  resourceControl?: PolicySet['serviceControl']
}

/** A statement that matched: where it stands, and what it did. */
export interface MatchedStatement {
  policyType: PolicyType
  policyName: string
  policyArn?: string
  /** Zero-based place in the Statement list. */
  index: number
  sid?: string
  effect: 'Allow' | 'Deny'
  /** Where it stands in the policy's text, as simulations tell it. */
  start: Position
  end: Position
}

/** A policy that could not be read: it allows nothing, and nothing is allowed beside it. */
export interface UnreadablePolicy {
  policyType: PolicyType
  policyName: string
  policyArn?: string
  problem: string
}

/** The answer of the policy engine, with all that is needed to explain it. */
export interface Decision {
  allowed: boolean
  /** A Deny statement decided. */
  explicitDeny: boolean
  /** The type that denied, explicitly or by not allowing; absent when allowed. */
  deniedBy?: PolicyType
  /** Where organization policies do not allow: the first of their levels at which none does. */
  lackingLevel?: number
  /** ARN of the managed or organization policy that holds the deciding Deny. */
  denyingPolicyArn?: string
  /** Caller and resource are in one account or organization: the caller may see the reason. */
  mayDiscloseReason: boolean
  matched: readonly MatchedStatement[]
  /** What each type said: `allow`, `deny`, `none` (no statement matched) or `absent`. */
  byType: Readonly<Partial<Record<PolicyType, 'allow' | 'deny' | 'none'>>>
  /** How the resource policy (or a grant) reaches the caller; absent when it does not. */
  resourceGrant?: GrantClass
  unreadable: readonly UnreadablePolicy[]
  /** Condition keys that evaluated statements asked for and the request did not have. */
  missingContextKeys: readonly string[]
}
