import type {
  DeregisterDelegatedAdministratorRequest,
  DisableAWSServiceAccessRequest,
  EnableAWSServiceAccessRequest,
  ListAWSServiceAccessForOrganizationRequest,
  ListAWSServiceAccessForOrganizationResponse,
  ListDelegatedAdministratorsRequest,
  ListDelegatedAdministratorsResponse,
  ListDelegatedServicesForAccountRequest,
  ListDelegatedServicesForAccountResponse,
  RegisterDelegatedAdministratorRequest,
} from '@aws-sdk/client-organizations'
import type { Validated } from '../../../core/operation.ts'
import type { Delegation } from '../domain/entities.ts'
import {
  accountNotFound,
  accountNotRegistered,
  accountRegistered,
  allFeaturesNeeded,
  cannotDelegateManagement,
  cannotDelegateSuspended,
  delegateExists,
  serviceAccessNotEnabled,
  tooManyDelegates,
} from '../domain/errors.ts'
import { checkServicePrincipal, mostDelegates } from '../domain/service-principals.ts'
import type { OrganizationsContext } from '../organizations-context.ts'
import { delegations, organizationDocument, scopeOf } from '../storage/collections.ts'
import { findMemberOf } from '../storage/members.ts'
import { pageOf } from './pages.ts'
import { requireStanding, standingIn } from './standing.ts'
import { shownMember } from './views.ts'

/** @throws ServiceError InvalidInputException (the service), ConstraintViolationException (consolidated billing). */
export async function enableAwsServiceAccess(
  { call }: OrganizationsContext,
  { ServicePrincipal }: Validated<EnableAWSServiceAccessRequest>,
): Promise<undefined> {
  const service = checkServicePrincipal(ServicePrincipal)
  return call.transaction(async (tx) => {
    const { organization } = await standingIn(tx, call)
    if (organization.featureSet !== 'ALL') throw allFeaturesNeeded()
    const trustedServices = { [service]: call.clock.nowMs(), ...organization.trustedServices }
    await organizationDocument.put(tx, { ...organization, trustedServices })
    return undefined
  })
}

/** @throws ServiceError InvalidInputException (the service), ConstraintViolationException (accounts administer it). */
export async function disableAwsServiceAccess(
  { call }: OrganizationsContext,
  { ServicePrincipal }: Validated<DisableAWSServiceAccessRequest>,
): Promise<undefined> {
  const service = checkServicePrincipal(ServicePrincipal)
  return call.transaction(async (tx) => {
    const { organization } = await standingIn(tx, call)
    const index = { name: 'service', value: service }
    const [delegate] = await tx.in(delegations).list(scopeOf(organization), { index, limit: 1 })
    if (delegate) throw delegateExists()
    const { [service]: _, ...trustedServices } = organization.trustedServices
    await organizationDocument.put(tx, { ...organization, trustedServices })
    return undefined
  })
}

/** @throws ServiceError InvalidInputException (token). */
export async function listAwsServiceAccess(
  context: OrganizationsContext,
  page: Validated<ListAWSServiceAccessForOrganizationRequest>,
): Promise<ListAWSServiceAccessForOrganizationResponse> {
  const { organization } = await requireStanding(context)
  const { rows, rest } = await servicePage(context, page, organization.id, organization.trustedServices)
  return {
    EnabledServicePrincipals: rows.map(([ServicePrincipal, atMs]) => ({
      ServicePrincipal,
      DateEnabled: new Date(atMs),
    })),
    ...rest,
  }
}

const servicePage = (
  context: OrganizationsContext,
  page: { NextToken?: string | undefined; MaxResults?: number | undefined },
  list: string,
  services: Readonly<Record<string, number>>,
) => {
  const sorted = Object.entries(services).sort(([a], [b]) => (a < b ? -1 : 1))
  return pageOf(context, page, [list], async (afterId, limit) =>
    sorted
      .filter(([name]) => afterId === undefined || name > afterId)
      .slice(0, limit)
      .map((entry) => ({ id: entry[0], document: entry })),
  )
}

/**
 * Lets a member account administer a service for the organization. It may then read the organization, too.
 * @throws ServiceError AccountNotFoundException, AccountAlreadyRegisteredException, ConstraintViolationException,
 *   InvalidInputException (the service).
 */
export async function registerDelegatedAdministrator(
  { call }: OrganizationsContext,
  { AccountId, ServicePrincipal }: Validated<RegisterDelegatedAdministratorRequest>,
): Promise<undefined> {
  const service = checkServicePrincipal(ServicePrincipal)
  return call.transaction(async (tx) => {
    const { organization } = await standingIn(tx, call)
    const scope = scopeOf(organization)
    if (organization.featureSet !== 'ALL') throw allFeaturesNeeded()
    const member = await findMemberOf(tx, organization, AccountId)
    if (!member) throw accountNotFound()
    if (AccountId === organization.managementAccountId) throw cannotDelegateManagement()
    if (member.closedAtMs !== undefined) throw cannotDelegateSuspended()
    if (!Object.hasOwn(organization.trustedServices, service)) throw serviceAccessNotEnabled()
    const known: Delegation = (await tx.in(delegations).get(scope, AccountId)) ?? { accountId: AccountId, services: {} }
    if (Object.hasOwn(known.services, service)) throw accountRegistered()
    const index = { name: 'service', value: service }
    const most = mostDelegates[service]
    if (most !== undefined && (await tx.in(delegations).count(scope, { index, limit: most })) >= most) {
      throw tooManyDelegates()
    }
    const services = { ...known.services, [service]: call.clock.nowMs() }
    await tx.in(delegations).put(scope, AccountId, { ...known, services })
    return undefined
  })
}

/** @throws ServiceError AccountNotFoundException, AccountNotRegisteredException, InvalidInputException (the service). */
export async function deregisterDelegatedAdministrator(
  { call }: OrganizationsContext,
  { AccountId, ServicePrincipal }: Validated<DeregisterDelegatedAdministratorRequest>,
): Promise<undefined> {
  const service = checkServicePrincipal(ServicePrincipal)
  return call.transaction(async (tx) => {
    const { organization } = await standingIn(tx, call)
    const scope = scopeOf(organization)
    if (!(await findMemberOf(tx, organization, AccountId))) throw accountNotFound()
    const known = await tx.in(delegations).get(scope, AccountId)
    if (!known || !Object.hasOwn(known.services, service)) throw accountNotRegistered()
    const { [service]: _, ...services } = known.services
    if (Object.keys(services).length === 0) await tx.in(delegations).delete(scope, AccountId)
    else await tx.in(delegations).put(scope, AccountId, { ...known, services })
    return undefined
  })
}

/** Lists the accounts that administer a service, or any. @throws ServiceError InvalidInputException (service, token). */
export async function listDelegatedAdministrators(
  context: OrganizationsContext,
  { ServicePrincipal, ...page }: Validated<ListDelegatedAdministratorsRequest>,
): Promise<ListDelegatedAdministratorsResponse> {
  const { organization } = await requireStanding(context)
  const { store } = context.call
  const index =
    ServicePrincipal === undefined ? undefined : { name: 'service', value: checkServicePrincipal(ServicePrincipal) }
  const list = [organization.id, ServicePrincipal]
  const { rows, rest } = await pageOf(context, page, list, (afterId, limit) =>
    store.in(delegations).list(scopeOf(organization), { afterId, limit, ...(index && { index }) }),
  )
  const DelegatedAdministrators = []
  for (const { accountId, services } of rows) {
    const member = await findMemberOf(store, organization, accountId)
    if (!member) continue
    const sinceMs = ServicePrincipal === undefined ? Math.min(...Object.values(services)) : services[ServicePrincipal]
    DelegatedAdministrators.push({
      ...shownMember(organization, member),
      DelegationEnabledDate: new Date(sinceMs ?? 0),
    })
  }
  return { DelegatedAdministrators, ...rest }
}

/** @throws ServiceError AccountNotFoundException, AccountNotRegisteredException, InvalidInputException (token). */
export async function listDelegatedServicesForAccount(
  context: OrganizationsContext,
  { AccountId, ...page }: Validated<ListDelegatedServicesForAccountRequest>,
): Promise<ListDelegatedServicesForAccountResponse> {
  const { organization } = await requireStanding(context)
  const { store } = context.call
  if (!(await findMemberOf(store, organization, AccountId))) throw accountNotFound()
  const delegation = await store.in(delegations).get(scopeOf(organization), AccountId)
  if (!delegation) throw accountNotRegistered()
  const list = `${organization.id}/${AccountId}`
  const { rows, rest } = await servicePage(context, page, list, delegation.services)
  return {
    DelegatedServices: rows.map(([ServicePrincipal, atMs]) => ({
      ServicePrincipal,
      DelegationEnabledDate: new Date(atMs),
    })),
    ...rest,
  }
}
