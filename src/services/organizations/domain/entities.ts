import type { BoundPolicy } from '../../../kit/resource-policies/bound-principals.ts'
import type { Tag } from '../../../kit/tags.ts'
import type { PolicyType } from './policy-types.ts'

/** An organization; one document under its management account. */
export interface Organization {
  /** `o-…` */
  id: string
  managementAccountId: string
  featureSet: 'ALL' | 'CONSOLIDATED_BILLING'
  rootId: string
  rootTags: readonly Tag[]
  createdAtMs: number
  /** Counts the changes of what decides about requests: members and their places, policies and where they are attached. */
  revision: number
  /**
   * The enabled types of policy, with the number of the time for which they are: what was attached in an earlier one is not attached any
   * more.
   */
  policyTypes: Readonly<Partial<Record<PolicyType, number>>>
  /** How often types were enabled. */
  timesEnabled: number
  /** Services with trusted access → since when. */
  trustedServices: Readonly<Record<string, number>>
  /** It is on the way from consolidated billing to all features. */
  pendingAllFeatures?: string
}

/** An account in an organization; one document under its id, whatever organization it is in. */
export interface Member {
  accountId: string
  organizationId: string
  managementAccountId: string
  /** The root, or an organizational unit. */
  parentId: string
  name: string
  email: string
  joinedMethod: 'INVITED' | 'CREATED'
  joinedAtMs: number
  /** Set once it is closed. */
  closedAtMs?: number
  tags: readonly Tag[]
}

/** The organization of a caller's account, and what the account is in it. */
export interface Standing {
  organization: Organization
  member: Member
  /** `delegate`: it administers a service for the organization. */
  role: 'management' | 'delegate' | 'member'
}

export interface Unit {
  id: string
  name: string
  /** From the root to its parent. */
  ancestors: readonly string[]
  tags: readonly Tag[]
}

export interface Policy {
  id: string
  type: PolicyType
  name: string
  description: string
  content: string
  tags: readonly Tag[]
  changedAtMs: number
}

/** The policies of one root, organizational unit or account, where they are others than what a type begins with. */
export interface Attachments {
  byType: Readonly<Partial<Record<PolicyType, AttachedPolicies>>>
}

export interface AttachedPolicies {
  /** Of `Organization.policyTypes`. */
  time: number
  policyIds: readonly string[]
}

/** A request to create an account. */
export interface CreateRequest {
  id: string
  accountName: string
  email: string
  roleName: string
  tags: readonly Tag[]
  /** Chosen as it is requested. */
  accountId: string
  state: 'IN_PROGRESS' | 'SUCCEEDED' | 'FAILED'
  failureReason?: 'EMAIL_ALREADY_EXISTS' | 'ACCOUNT_LIMIT_EXCEEDED' | 'INTERNAL_FAILURE'
  requestedAtMs: number
  completedAtMs?: number
}

/** What is known of an account beside its membership: those that were created here. */
export interface AccountProfile {
  accountId: string
  name: string
  email: string
}

export type HandshakeAction = 'INVITE' | 'ENABLE_ALL_FEATURES' | 'APPROVE_ALL_FEATURES'
export type HandshakeState = 'REQUESTED' | 'OPEN' | 'CANCELED' | 'ACCEPTED' | 'DECLINED' | 'EXPIRED'

export interface Handshake {
  id: string
  action: HandshakeAction
  organizationId: string
  managementAccountId: string
  /** Whom it is for: the invited account, the member that is to approve, or the management account. */
  accountId: string
  /** How the invitation names the account. */
  invitedBy?: 'ACCOUNT' | 'EMAIL'
  notes?: string
  /** Of an account that joins by it. */
  tags?: readonly Tag[]
  /** As last changed; one that is over in time is EXPIRED. */
  state: HandshakeState
  /** Of the approval of one member: that of all features. */
  parentId?: string
  requestedAtMs: number
  expiresAtMs: number
}

/** The services that an account administers → since when. */
export interface Delegation {
  accountId: string
  services: Readonly<Record<string, number>>
}

/** The resource policy of an organization: what member accounts may do in the place of the management account. */
export interface ResourcePolicy extends BoundPolicy {
  id: string
  tags: readonly Tag[]
}
