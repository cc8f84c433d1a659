import type { Awaitable } from './awaitable.ts'
import type { Caller } from './principal.ts'

/** A policy with where it stands, so that decisions can name it. */
export interface NamedPolicy {
  /** JSON text as stored. */
  document: string
  /** Policy name, or the last part of the ARN. */
  name: string
  /** Present for managed and organization policies: denial messages quote it. */
  arn?: string
}

/** Organization policies over an account, one entry a level: root, each organizational unit, account. */
export type PolicyLevels = readonly (readonly NamedPolicy[])[]

/** The place of an account in its organization, and the policies over it there. */
export interface AccountOrganization {
  /** `o-…` */
  id: string
  managementAccountId: string
  /** `o-…/r-…/ou-…/` */
  paths: readonly string[]
  /** Absent for the management account, and while policies of the type are not enabled. */
  serviceControl?: PolicyLevels
  /** Likewise. */
  resourceControl?: PolicyLevels
}

/** Every policy that bears on a caller, beside the resource's own. `IdentityDirectory` gives all but those of its organization. */
export interface PolicySet {
  /** Of the user and its groups, or of the role. Empty for root, services and anonymous callers. */
  identity: readonly NamedPolicy[]
  boundary?: NamedPolicy
  /** Present when the session was made with session policies: one of them must allow. */
  session?: readonly NamedPolicy[]
  /** One entry a level (root, each organizational unit, account); absent when the account is in no organization. */
  serviceControl?: PolicyLevels
}

export interface IdentityRole {
  accountId: string
  arn: string
  roleId: string
  roleName: string
  trustPolicy: string
  maxSessionSeconds: number
  tags: Readonly<Record<string, string>>
}

export interface IdentityUser {
  accountId: string
  arn: string
  userId: string
  userName: string
  tags: Readonly<Record<string, string>>
}

/** Finds the users and roles that policies name. */
export interface PrincipalDirectory {
  /**
   * Resolves a principal of a resource policy: the ARN or unique id of a user or role. Accounts and sessions are not looked up.
   * @returns the unique id that it is bound to, if any; undefined when the principal does not exist.
   */
  resolvePrincipal(written: string): Promise<{ uniqueId?: string } | undefined>
  /** The present ARN of the user or role with a unique id; undefined once it is deleted. */
  principalArn(uniqueId: string): Promise<string | undefined>
}

/** The functions of IAM that other modules use. */
export interface IdentityDirectory extends PrincipalDirectory {
  policiesOf(caller: Caller): Awaitable<PolicySet>
  /** The place of an account in an organization, with the policies over it there; undefined when it is in none. */
  organizationOf(accountId: string): Awaitable<AccountOrganization | undefined>
  findRole(roleArn: string): Promise<IdentityRole | undefined>
  /** The user with a unique id, whatever its name and path are by now. */
  findUser(accountId: string, userId: string): Promise<IdentityUser | undefined>
  /** The document of a managed policy, AWS's own included. */
  managedPolicy(arn: string): Awaitable<NamedPolicy | undefined>
  /** Notes use of a role or access key, at most every 15 minutes. Never fails the call. */
  noteUse(use: { caller: Caller; service: string; region: string; atMs: number }): void
}
