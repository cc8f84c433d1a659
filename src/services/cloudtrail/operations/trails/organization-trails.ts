import type {
  DeregisterOrganizationDelegatedAdminRequest,
  DeregisterOrganizationDelegatedAdminResponse,
  RegisterOrganizationDelegatedAdminRequest,
  RegisterOrganizationDelegatedAdminResponse,
} from '@aws-sdk/client-cloudtrail'
import type { Validated } from '../../../../core/operation.ts'
import type { OrganizationSummary } from '../../../../core/organizations.ts'
import { ServiceError } from '../../../../core/service-error.ts'
import type { CloudTrailContext } from '../../cloudtrail-context.ts'
import { cloudtrailPrincipal } from '../../delivery/bucket-writer.ts'
import {
  accountNotFound,
  accountNotRegistered,
  accountRegistered,
  cannotDelegateManagement,
  dependencyDenied,
  featuresMissing,
  noOrganization,
  notManagementAccount,
  notOrganizationAdministrator,
  tooManyAdministrators,
  trustedAccessMissing,
} from '../../domain/errors.ts'

/**
 * Finds the organization whose trails a caller's account administers: as its management account, or as one that was registered.
 * @throws ServiceError OrganizationsNotInUseException, OrganizationNotInAllFeaturesModeException,
 *   NotOrganizationMasterAccountException, CloudTrailAccessNotEnabledException.
 */
export async function administeredOrganization({
  call,
  organizations,
}: CloudTrailContext): Promise<OrganizationSummary> {
  const organization = await organizations.describe(call.accountId)
  if (!organization) throw noOrganization()
  if (!organization.hasAllFeatures) throw featuresMissing()
  const { managementAccountId } = organization
  if (!(await isAdministrator(organizations, managementAccountId, call.accountId))) throw notOrganizationAdministrator()
  if (!(await organizations.hasTrustedAccess(managementAccountId, cloudtrailPrincipal))) throw trustedAccessMissing()
  return organization
}

export const isAdministrator = async (
  organizations: CloudTrailContext['organizations'],
  managementAccountId: string,
  accountId: string,
): Promise<boolean> =>
  accountId === managementAccountId ||
  (await organizations.delegatedAdministrators(managementAccountId, cloudtrailPrincipal)).includes(accountId)

/**
 * Registers a member account that may administer organization trails; three can be. It is done in Organizations, as the caller.
 * @throws ServiceError as the documentation lists.
 * @see https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_RegisterOrganizationDelegatedAdmin.html
 */
export async function registerDelegatedAdmin(
  context: CloudTrailContext,
  { MemberAccountId }: Validated<RegisterOrganizationDelegatedAdminRequest>,
): Promise<RegisterOrganizationDelegatedAdminResponse> {
  const { call } = context
  await managedOrganization(context)
  if (MemberAccountId === call.accountId) throw cannotDelegateManagement()
  const input = { AccountId: MemberAccountId, ServicePrincipal: cloudtrailPrincipal }
  await wordedAnew(() => call.invoke('organizations', 'RegisterDelegatedAdministrator', input))
  return {}
}

/**
 * Takes that back.
 * @throws ServiceError as the documentation lists.
 * @see https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_DeregisterOrganizationDelegatedAdmin.html
 */
export async function deregisterDelegatedAdmin(
  context: CloudTrailContext,
  { DelegatedAdminAccountId }: Validated<DeregisterOrganizationDelegatedAdminRequest>,
): Promise<DeregisterOrganizationDelegatedAdminResponse> {
  await managedOrganization(context)
  const input = { AccountId: DelegatedAdminAccountId, ServicePrincipal: cloudtrailPrincipal }
  await wordedAnew(() => context.call.invoke('organizations', 'DeregisterDelegatedAdministrator', input))
  return {}
}

async function managedOrganization({ call, organizations }: CloudTrailContext): Promise<void> {
  const organization = await organizations.describe(call.accountId)
  if (!organization) throw noOrganization()
  if (organization.managementAccountId !== call.accountId) throw notManagementAccount()
  if (!organization.hasAllFeatures) throw featuresMissing()
  if (!(await organizations.hasTrustedAccess(call.accountId, cloudtrailPrincipal))) throw trustedAccessMissing()
}

/** The refusals of Organizations, as CloudTrail words them. */
const refusals: Readonly<Record<string, (message: string) => ServiceError>> = {
  AccountNotFoundException: accountNotFound,
  AccountAlreadyRegisteredException: accountRegistered,
  AccountNotRegisteredException: accountNotRegistered,
  ConstraintViolationException: tooManyAdministrators,
  AccessDeniedException: dependencyDenied,
}

async function wordedAnew(call: () => Promise<unknown>): Promise<void> {
  try {
    await call()
  } catch (error) {
    const worded = error instanceof ServiceError ? refusals[error.code]?.(error.message) : undefined
    throw worded ?? error
  }
}
