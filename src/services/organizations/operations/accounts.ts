import type {
  CloseAccountRequest,
  DescribeAccountRequest,
  DescribeAccountResponse,
  ListAccountsForParentRequest,
  ListAccountsForParentResponse,
  ListAccountsRequest,
  ListAccountsResponse,
  MoveAccountRequest,
  RemoveAccountFromOrganizationRequest,
} from '@aws-sdk/client-organizations'
import { dayMs } from '../../../core/durations.ts'
import type { Validated } from '../../../core/operation.ts'
import type { Transaction } from '../../../core/store.ts'
import { mapInSlices } from '../../../kit/bounded-list.ts'
import type { Member, Organization } from '../domain/entities.ts'
import {
  accountAlreadyClosed,
  accountNotFound,
  cannotCloseManagement,
  cannotRemoveDelegate,
  closeQuotaExceeded,
  destinationParentNotFound,
  duplicateAccount,
  managementCannotLeave,
  parentNotFound,
  sourceParentNotFound,
  waitPeriodActive,
} from '../domain/errors.ts'
import type { OrganizationsContext } from '../organizations-context.ts'
import { counts, delegations, everywhere, members, placeOf, scopeOf } from '../storage/collections.ts'
import { findMemberOf, leave } from '../storage/members.ts'
import { changeTree, pathTo } from '../storage/tree.ts'
import { openWhenApproved } from './all-features.ts'
import { pageOf } from './pages.ts'
import { requireStanding, standingIn } from './standing.ts'
import { shownAccount } from './views.ts'

/** @throws ServiceError AccountNotFoundException. */
export async function describeAccount(
  context: OrganizationsContext,
  { AccountId }: Validated<DescribeAccountRequest>,
): Promise<DescribeAccountResponse> {
  const { organization } = await requireStanding(context)
  const { store } = context.call
  const member = await findMemberOf(store, organization, AccountId)
  if (!member) throw accountNotFound()
  return { Account: await shownAccount(store, organization, member) }
}

/** @throws ServiceError InvalidInputException (token). */
export async function listAccounts(
  context: OrganizationsContext,
  page: Validated<ListAccountsRequest>,
): Promise<ListAccountsResponse> {
  const { organization } = await requireStanding(context)
  const index = { name: 'organization', value: organization.managementAccountId }
  return accountPage(context, organization, page, index)
}

/** @throws ServiceError ParentNotFoundException, InvalidInputException (token). */
export async function listAccountsForParent(
  context: OrganizationsContext,
  { ParentId, ...page }: Validated<ListAccountsForParentRequest>,
): Promise<ListAccountsForParentResponse> {
  const { organization } = await requireStanding(context)
  if (!(await pathTo(context.call.store, organization, ParentId))) throw parentNotFound()
  return accountPage(context, organization, page, { name: 'place', value: placeOf(organization, ParentId) })
}

async function accountPage(
  context: OrganizationsContext,
  organization: Organization,
  page: { NextToken?: string | undefined; MaxResults?: number | undefined },
  index: { name: string; value: string },
) {
  const { store } = context.call
  const { rows, rest } = await pageOf(context, page, [organization.id, index.value], (afterId, limit) =>
    store.in(members).list(everywhere, { index, afterId, limit }),
  )
  const Accounts = await mapInSlices(rows, (member) => shownAccount(store, organization, member))
  return { Accounts, ...rest }
}

/**
 * Moves an account to another parent. The policies there are in force with the answer.
 * @throws ServiceError AccountNotFoundException, SourceParentNotFoundException, DestinationParentNotFoundException,
 *   DuplicateAccountException.
 */
export async function moveAccount(
  { call }: OrganizationsContext,
  { AccountId, SourceParentId, DestinationParentId }: Validated<MoveAccountRequest>,
): Promise<undefined> {
  return call.transaction(async (tx) => {
    const { organization } = await standingIn(tx, call)
    const member = await findMemberOf(tx, organization, AccountId)
    if (!member) throw accountNotFound()
    if (!(await pathTo(tx, organization, SourceParentId))) throw sourceParentNotFound()
    if (!(await pathTo(tx, organization, DestinationParentId))) throw destinationParentNotFound()
    if (member.parentId === DestinationParentId) throw duplicateAccount()
    if (member.parentId !== SourceParentId) throw sourceParentNotFound()
    await tx.in(members).put(everywhere, AccountId, { ...member, parentId: DestinationParentId })
    await changeTree(tx, organization)
    return undefined
  })
}

/**
 * @throws ServiceError AccountNotFoundException, MasterCannotLeaveOrganizationException, ConstraintViolationException
 *   (WAIT_PERIOD_ACTIVE, CANNOT_REMOVE_DELEGATED_ADMINISTRATOR_FROM_ORG).
 */
export async function removeAccountFromOrganization(
  context: OrganizationsContext,
  { AccountId }: Validated<RemoveAccountFromOrganizationRequest>,
): Promise<undefined> {
  const { call } = context
  return call.transaction(async (tx) => {
    const { organization } = await standingIn(tx, call)
    const member = await findMemberOf(tx, organization, AccountId)
    if (!member) throw accountNotFound()
    await endMembership(context, tx, organization, member)
    return undefined
  })
}

/** Takes the caller's account out of its organization. @throws ServiceError as `removeAccountFromOrganization`. */
export async function leaveOrganization(context: OrganizationsContext, _input: object): Promise<undefined> {
  const { call } = context
  return call.transaction(async (tx) => {
    const { organization, member } = await standingIn(tx, call)
    await endMembership(context, tx, organization, member)
    return undefined
  })
}

/** AWS's period in which an account that was created stays in its organization. */
const waitMs = 7 * dayMs

async function endMembership(
  { call, waitsBeforeLeaving }: OrganizationsContext,
  tx: Transaction,
  organization: Organization,
  member: Member,
): Promise<void> {
  const { accountId, joinedMethod, joinedAtMs } = member
  const nowMs = call.clock.nowMs()
  if (accountId === organization.managementAccountId) throw managementCannotLeave()
  if (await tx.in(delegations).get(scopeOf(organization), accountId)) throw cannotRemoveDelegate()
  if (waitsBeforeLeaving && joinedMethod === 'CREATED' && nowMs < joinedAtMs + waitMs) throw waitPeriodActive()
  await leave(tx, organization, member, nowMs)
  // Its approval is no longer waited for.
  if (organization.pendingAllFeatures !== undefined) await openWhenApproved(tx, organization.pendingAllFeatures)
}

const closeQuotaMs = 30 * dayMs

/**
 * Closes an account: it stays in the organization, and no principal of it may do anything any more.
 * @throws ServiceError AccountNotFoundException, AccountAlreadyClosedException, ConstraintViolationException
 *   (CANNOT_CLOSE_MANAGEMENT_ACCOUNT, CLOSE_ACCOUNT_QUOTA_EXCEEDED).
 * @see https://docs.aws.amazon.com/organizations/latest/APIReference/API_CloseAccount.html
 */
export async function closeAccount(
  { call }: OrganizationsContext,
  { AccountId }: Validated<CloseAccountRequest>,
): Promise<undefined> {
  const nowMs = call.clock.nowMs()
  return call.transaction(async (tx) => {
    const { organization } = await standingIn(tx, call)
    const member = await findMemberOf(tx, organization, AccountId)
    if (!member) throw accountNotFound()
    if (AccountId === organization.managementAccountId) throw cannotCloseManagement()
    if (member.closedAtMs !== undefined) throw accountAlreadyClosed()
    const index = { name: 'closed', value: organization.managementAccountId }
    const closed = await tx.in(members).list(everywhere, { index })
    const lately = closed.filter(({ document }) => (document.closedAtMs ?? 0) > nowMs - closeQuotaMs).length
    const { accounts } = await counts.read(tx, scopeOf(organization), 'all')
    // A tenth of the members in thirty days, but at least ten and at most a thousand.
    if (lately >= Math.min(1000, Math.max(10, Math.floor((accounts - 1) / 10)))) throw closeQuotaExceeded()
    await tx.in(members).put(everywhere, AccountId, { ...member, closedAtMs: nowMs })
    await tx.in(delegations).delete(scopeOf(organization), AccountId)
    await changeTree(tx, organization)
    return undefined
  })
}
