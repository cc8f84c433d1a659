import type { Awaitable } from './awaitable.ts'
import type { AccountOrganization } from './identity.ts'

/** The time for which an account is, or was, in an organization. The management account has one, too. */
export interface Membership {
  organizationId: string
  managementAccountId: string
  accountId: string
  /** The account is a member from this time on … */
  joinedAtMs: number
  /** … and no longer from this time on; absent while it is one. */
  leftAtMs?: number
}

export interface OrganizationSummary {
  id: string
  arn: string
  managementAccountId: string
  /** Whether it has all features, not consolidated billing alone. */
  hasAllFeatures: boolean
}

/** What services ask about organizations. Every answer is that of the last commit. */
export interface OrganizationReader {
  /** The place of an account; undefined when it is in no organization. At once when it is known: every call asks. */
  organizationOf(accountId: string): Awaitable<AccountOrganization | undefined>
  /** The organization that an account is in. */
  describe(accountId: string): Promise<OrganizationSummary | undefined>
  /**
   * The membership of an account at a time, of now or of the past: for what happened then and is worked off later. The time of a change is
   * that of the call that makes it, and commits with the call's record: who follows the ledger up to that record gets the answer that
   * stays.
   */
  membershipAt(accountId: string, atMs: number): Promise<Membership | undefined>
  /**
   * The memberships of an organization, past ones included, in order of account and time.
   * @param afterId - the id of the last one of the page before.
   */
  memberships(
    organizationId: string,
    page: { afterId?: string; limit: number },
  ): Promise<{ id: string; membership: Membership }[]>
  /** Whether a service, `cloudtrail.amazonaws.com`, has trusted access in the organization of this management account. */
  hasTrustedAccess(managementAccountId: string, service: string): Promise<boolean>
  /** The member accounts that administer a service for the organization of this management account, in order of their ids. */
  delegatedAdministrators(managementAccountId: string, service: string): Promise<string[]>
}
