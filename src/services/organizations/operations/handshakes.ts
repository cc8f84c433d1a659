import type {
  AcceptHandshakeRequest,
  AcceptHandshakeResponse,
  CancelHandshakeRequest,
  CancelHandshakeResponse,
  DeclineHandshakeRequest,
  DeclineHandshakeResponse,
  DescribeHandshakeRequest,
  DescribeHandshakeResponse,
  HandshakeFilter,
  InviteAccountToOrganizationRequest,
  InviteAccountToOrganizationResponse,
  ListHandshakesForAccountRequest,
  ListHandshakesForAccountResponse,
  ListHandshakesForOrganizationRequest,
  ListHandshakesForOrganizationResponse,
} from '@aws-sdk/client-organizations'
import { dayMs } from '../../../core/durations.ts'
import type { Validated } from '../../../core/operation.ts'
import type { Transaction } from '../../../core/store.ts'
import { mapInSlices } from '../../../kit/bounded-list.ts'
import type { Handshake, Organization } from '../domain/entities.ts'
import {
  accessDenied,
  handshakeExists,
  handshakeInState,
  handshakeNotFound,
  handshakeTransition,
  inviteDuringMigration,
  invitedIsMember,
  invitedSelf,
  invitedUnknown,
  partyTypeInvalid,
  tooManyInvited,
} from '../domain/errors.ts'
import { newHandshakeId } from '../domain/names.ts'
import { organizationTags } from '../domain/tags.ts'
import type { OrganizationsContext } from '../organizations-context.ts'
import {
  counts,
  everywhere,
  findMember,
  findOrganization,
  handshakes,
  profiles,
  type Reader,
  scopeOf,
} from '../storage/collections.ts'
import { countInvited, join } from '../storage/members.ts'
import { acceptAllFeatures, openWhenApproved, refuseAllFeatures } from './all-features.ts'
import { putNew } from './forget-handshake.ts'
import { pageOf } from './pages.ts'
import { requireStanding, standingIn } from './standing.ts'
import { profileOf, shownHandshake, stateOf } from './views.ts'

const inviteMs = 15 * dayMs

/**
 * Invites an account of this server. It joins when it accepts.
 * @throws ServiceError InvalidInputException, DuplicateHandshakeException, HandshakeConstraintViolationException.
 * @see https://docs.aws.amazon.com/organizations/latest/APIReference/API_InviteAccountToOrganization.html
 */
export async function inviteAccountToOrganization(
  { call, accounts, accountQuota }: OrganizationsContext,
  { Target, Notes, Tags = [] }: Validated<InviteAccountToOrganizationRequest>,
): Promise<InviteAccountToOrganizationResponse> {
  const { Id = '', Type } = Target
  if (Type !== 'ACCOUNT' && Type !== 'EMAIL') throw partyTypeInvalid()
  const tags = organizationTags.merge([], Tags)
  const nowMs = call.clock.nowMs()
  return call.transaction(async (tx) => {
    const { organization } = await standingIn(tx, call)
    const accountId = Type === 'ACCOUNT' ? Id : await accountWithEmail(tx, Id)
    if (accountId === undefined || !(await accounts.has(tx, accountId))) throw invitedUnknown()
    if (accountId === organization.managementAccountId) throw invitedSelf()
    const member = await findMember(tx, accountId)
    if (member?.organizationId === organization.id) throw invitedIsMember()
    if (organization.pendingAllFeatures !== undefined) throw inviteDuringMigration()
    const index = { name: 'account', value: accountId }
    const others = await tx.in(handshakes).list(everywhere, { index })
    const isSame = ({ document }: { document: Handshake }) =>
      document.organizationId === organization.id && document.action === 'INVITE' && stateOf(document, nowMs) === 'OPEN'
    if (others.some(isSame)) throw handshakeExists()
    const present = await counts.read(tx, scopeOf(organization), 'all')
    if (present.accounts + (await countInvited(tx, organization, nowMs)) >= accountQuota) throw tooManyInvited()
    const handshake: Handshake = {
      ...{ id: newHandshakeId(), action: 'INVITE', state: 'OPEN', accountId, invitedBy: Type, tags },
      ...{ organizationId: organization.id, managementAccountId: organization.managementAccountId },
      ...{ requestedAtMs: nowMs, expiresAtMs: nowMs + inviteMs },
      ...(Notes !== undefined && { notes: Notes }),
    }
    await putNew(tx, handshake)
    return { Handshake: await shownHandshake(tx, handshake, nowMs) }
  })
}

async function accountWithEmail(reader: Reader, email: string): Promise<string | undefined> {
  const index = { name: 'email', value: email.toLowerCase() }
  const [found] = await reader.in(profiles).list(everywhere, { index, limit: 1 })
  return found?.id ?? /^(\d{12})@strongroom\.invalid$/i.exec(email)?.[1]
}

/** Finds a handshake of which the caller's account is a party. @throws ServiceError HandshakeNotFoundException, AccessDeniedException. */
async function findOwn(reader: Reader, accountId: string, handshakeId: string): Promise<Handshake> {
  const handshake = await reader.in(handshakes).get(everywhere, handshakeId)
  if (!handshake) throw handshakeNotFound()
  if (handshake.accountId !== accountId && handshake.managementAccountId !== accountId) throw accessDenied()
  return handshake
}

/** @throws ServiceError HandshakeNotFoundException, AccessDeniedException. */
export async function describeHandshake(
  { call }: OrganizationsContext,
  { HandshakeId }: Validated<DescribeHandshakeRequest>,
): Promise<DescribeHandshakeResponse> {
  const handshake = await findOwn(call.store, call.accountId, HandshakeId)
  return { Handshake: await shownHandshake(call.store, handshake, call.clock.nowMs()) }
}

/** Refuses what cannot be done with a handshake any more. */
function checkState(handshake: Handshake, nowMs: number, wanted: Handshake['state']): void {
  const state = stateOf(handshake, nowMs)
  if (state === wanted) throw handshakeInState()
  // One that waits for the members is answered by them.
  const isOpen = state === 'OPEN' || (state === 'REQUESTED' && wanted !== 'ACCEPTED')
  if (!isOpen) throw handshakeTransition()
}

/**
 * Accepts: an invited account joins; a member approves of all features; the management account completes them.
 * @throws ServiceError HandshakeNotFoundException, AccessDeniedException, HandshakeAlreadyInStateException,
 *   InvalidHandshakeTransitionException, HandshakeConstraintViolationException.
 */
export async function acceptHandshake(
  { call, accountQuota }: OrganizationsContext,
  { HandshakeId }: Validated<AcceptHandshakeRequest>,
): Promise<AcceptHandshakeResponse> {
  const { accountId } = call
  const nowMs = call.clock.nowMs()
  return call.transaction(async (tx) => {
    const handshake = await findOwn(tx, accountId, HandshakeId)
    if (handshake.accountId !== accountId) throw accessDenied()
    checkState(handshake, nowMs, 'ACCEPTED')
    const organization = await findOrganization(tx, handshake.managementAccountId)
    if (organization?.id !== handshake.organizationId) throw handshakeTransition()
    const accepted: Handshake = { ...handshake, state: 'ACCEPTED' }
    await tx.in(handshakes).put(everywhere, HandshakeId, accepted)
    if (handshake.action === 'INVITE') await joinInvited(tx, organization, accepted, { nowMs, accountQuota })
    else if (handshake.action === 'APPROVE_ALL_FEATURES') await openWhenApproved(tx, accepted.parentId ?? '')
    else await acceptAllFeatures(tx, organization)
    return { Handshake: await shownHandshake(tx, accepted, nowMs) }
  })
}

async function joinInvited(
  tx: Transaction,
  organization: Organization,
  { accountId, tags = [] }: Handshake,
  { nowMs, accountQuota }: { nowMs: number; accountQuota: number },
): Promise<void> {
  if (await findMember(tx, accountId)) throw invitedIsMember()
  if ((await counts.read(tx, scopeOf(organization), 'all')).accounts >= accountQuota) throw tooManyInvited()
  const { name, email } = await profileOf(tx, accountId)
  const member = {
    ...{ accountId, organizationId: organization.id, managementAccountId: organization.managementAccountId },
    ...{ parentId: organization.rootId, name, email, tags, joinedMethod: 'INVITED' as const, joinedAtMs: nowMs },
  }
  await join(tx, organization, member, accountQuota)
}

/** @throws ServiceError as `acceptHandshake`. */
export async function declineHandshake(
  { call }: OrganizationsContext,
  { HandshakeId }: Validated<DeclineHandshakeRequest>,
): Promise<DeclineHandshakeResponse> {
  const nowMs = call.clock.nowMs()
  return call.transaction(async (tx) => {
    const handshake = await findOwn(tx, call.accountId, HandshakeId)
    if (handshake.accountId !== call.accountId || handshake.action === 'ENABLE_ALL_FEATURES') throw accessDenied()
    checkState(handshake, nowMs, 'DECLINED')
    const declined: Handshake = { ...handshake, state: 'DECLINED' }
    await tx.in(handshakes).put(everywhere, HandshakeId, declined)
    if (declined.parentId !== undefined) await refuseAllFeatures(tx, declined)
    return { Handshake: await shownHandshake(tx, declined, nowMs) }
  })
}

/** Takes back what the management account began. @throws ServiceError as `acceptHandshake`. */
export async function cancelHandshake(
  { call }: OrganizationsContext,
  { HandshakeId }: Validated<CancelHandshakeRequest>,
): Promise<CancelHandshakeResponse> {
  const nowMs = call.clock.nowMs()
  return call.transaction(async (tx) => {
    const handshake = await findOwn(tx, call.accountId, HandshakeId)
    if (handshake.managementAccountId !== call.accountId) throw accessDenied()
    checkState(handshake, nowMs, 'CANCELED')
    const canceled: Handshake = { ...handshake, state: 'CANCELED' }
    await tx.in(handshakes).put(everywhere, HandshakeId, canceled)
    if (handshake.action === 'ENABLE_ALL_FEATURES') await refuseAllFeatures(tx, canceled)
    return { Handshake: await shownHandshake(tx, canceled, nowMs) }
  })
}

interface FilteredPage {
  Filter?: HandshakeFilter | undefined
  NextToken?: string | undefined
  MaxResults?: number | undefined
}

/** Lists the handshakes that are for the caller's account. @throws ServiceError InvalidInputException (token). */
export async function listHandshakesForAccount(
  context: OrganizationsContext,
  request: Validated<ListHandshakesForAccountRequest>,
): Promise<ListHandshakesForAccountResponse> {
  return handshakePage(context, request, { name: 'account', value: context.call.accountId })
}

/** Lists the handshakes of the organization. @throws ServiceError InvalidInputException (token). */
export async function listHandshakesForOrganization(
  context: OrganizationsContext,
  request: Validated<ListHandshakesForOrganizationRequest>,
): Promise<ListHandshakesForOrganizationResponse> {
  const { organization } = await requireStanding(context)
  return handshakePage(context, request, { name: 'organization', value: organization.managementAccountId })
}

async function handshakePage(
  context: OrganizationsContext,
  { Filter: { ActionType, ParentHandshakeId } = {}, ...page }: FilteredPage,
  index: { name: string; value: string },
) {
  const { store, clock } = context.call
  const { rows, rest } = await pageOf(
    context,
    page,
    [index.name, index.value, ActionType, ParentHandshakeId],
    (afterId, limit) => store.in(handshakes).list(everywhere, { index, afterId, limit }),
    ({ action, parentId }) =>
      (ActionType === undefined || ActionType === action) &&
      (ParentHandshakeId === undefined || ParentHandshakeId === parentId),
  )
  const nowMs = clock.nowMs()
  return { Handshakes: await mapInSlices(rows, (handshake) => shownHandshake(store, handshake, nowMs)), ...rest }
}
