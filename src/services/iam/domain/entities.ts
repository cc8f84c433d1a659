import type { BoundPolicy } from '../../../kit/resource-policies/bound-principals.ts'
import type { Tag } from '../../../kit/tags.ts'

export interface InlinePolicy {
  name: string
  /** JSON text as given. */
  document: string
}

/** What has a name that may change and an id that never does. */
export interface NamedEntity {
  /** As given; unique in the account without regard to case. */
  name: string
  /** `/` or `/division/team/`. */
  path: string
  /** `AIDA…`, `AGPA…`, `AROA…`, `AIPA…`. */
  id: string
  arn: string
  createdAtMs: number
}

/** What users, groups and roles have in common beside that: policies. */
export interface Entity extends NamedEntity {
  /** In order of name. */
  inlinePolicies: readonly InlinePolicy[]
  /** ARNs of managed policies, in order of ARN. */
  attachedPolicies: readonly string[]
}

export interface User extends Entity {
  tags: readonly Tag[]
  boundaryArn?: string
  /** Ids of the groups the user is in; names of groups may change. */
  groupIds: readonly string[]
  accessKeyIds: readonly string[]
}

export type Group = Entity

export interface Role extends Entity {
  tags: readonly Tag[]
  boundaryArn?: string
  description?: string
  trustPolicy: BoundPolicy
  maxSessionSeconds: number
}

export interface InstanceProfile extends NamedEntity {
  tags: readonly Tag[]
  /** None or one: a role of the same name that was made anew is another. */
  roleIds: readonly string[]
}

export interface PolicyVersion {
  /** `v1`, `v2` … */
  versionId: string
  document: string
  createdAtMs: number
}

/** A managed policy: the customer's, or one of AWS's own in the same form. */
export interface ManagedPolicy {
  name: string
  path: string
  /** `ANPA…` */
  id: string
  arn: string
  description?: string
  createdAtMs: number
  updatedAtMs: number
  tags: readonly Tag[]
  /** At most five, newest first. */
  versions: readonly PolicyVersion[]
  defaultVersionId: string
  /** Numbers of deleted versions are not given again. */
  lastVersion: number
}

/** How often a managed policy is used in an account; kept while it is used at all. */
export interface PolicyUse {
  attachments: number
  boundaries: number
}

export interface AccessKey {
  accessKeyId: string
  accountId: string
  /** Absent for keys of the root user. */
  userId?: string
  secretAccessKey: string
  status: 'Active' | 'Inactive'
  createdAtMs: number
}

/** When a role or access key was last used, to 15 minutes. */
export interface LastUse {
  atMs: number
  service: string
  region: string
}

export interface Account {
  accountId: string
  createdAtMs: number
  alias?: string
  /** Keys that the root user made; those in the server's configuration are not among them. */
  accessKeyIds: readonly string[]
}

/** How many of each an account has: counted as they come and go, so that quotas cost the same in every account. */
export interface AccountCounts {
  users: number
  groups: number
  roles: number
  policies: number
  policyVersions: number
  instanceProfiles: number
}
