import type {
  GetAccountPasswordPolicyResponse,
  GetCredentialReportResponse,
  GetOpenIDConnectProviderRequest,
  GetOpenIDConnectProviderResponse,
  GetSAMLProviderRequest,
  GetSAMLProviderResponse,
  GetServerCertificateRequest,
  GetServerCertificateResponse,
  ListOpenIDConnectProvidersResponse,
  ListOrganizationsFeaturesResponse,
  ListSAMLProvidersResponse,
  ListServerCertificatesRequest,
  ListServerCertificatesResponse,
  ListVirtualMFADevicesRequest,
  ListVirtualMFADevicesResponse,
} from '@aws-sdk/client-iam'
import { parseArn } from '../../../core/arn.ts'
import type { Permission, Validated } from '../../../core/operation.ts'
import {
  arnNotValid,
  credentialReportNotPresent,
  iamHasNoTrustedAccess,
  mfaDeviceNotFound,
  notManagementAccount,
  oidcProviderNotFound,
  organizationLacksFeatures,
  organizationNotFound,
  passwordPolicyNotFound,
  samlProviderNotFound,
  serverCertificateNotFound,
  unparsableArn,
} from '../domain/errors.ts'
import { checkPathPrefix } from '../domain/names.ts'
import { emptyPage } from '../domain/pagination.ts'
import type { IamContext } from '../iam-context.ts'
import { actionOf } from './permissions.ts'

// What an account may have beside its identities and cannot have here: identity providers, devices, server certificates, a
// password policy. These operations answer what IAM answers for an account that has none.

/** For operations on what an ARN names. @throws ServiceError ValidationError for what is not an ARN of the kind. */
const onArnOf =
  <Member extends string>(member: Member, kind: 'oidc-provider' | 'saml-provider') =>
  ({ call }: IamContext, input: Readonly<Record<Member, string>>): Permission[] => {
    const text = input[member]
    const arn = parseArn(text)
    if (!arn) throw unparsableArn()
    if (arn.service !== 'iam' || !arn.resource.startsWith(`${kind}/`)) throw arnNotValid(text)
    return [{ action: actionOf(call), resource: text, resourceAccountId: arn.accountId }]
  }

export const onOidcProvider = onArnOf('OpenIDConnectProviderArn', 'oidc-provider')
export const onSamlProvider = onArnOf('SAMLProviderArn', 'saml-provider')

export const onServerCertificate = (
  { call }: IamContext,
  { ServerCertificateName }: { ServerCertificateName: string },
): Permission[] => [
  {
    action: actionOf(call),
    resource: `arn:aws:iam::${call.accountId}:server-certificate/${ServerCertificateName}`,
  },
]

/** A virtual device is named by its ARN, others by the number that is printed on them. */
export const onMfaDevice = ({ call }: IamContext, { SerialNumber }: { SerialNumber: string }): Permission[] => [
  {
    action: actionOf(call),
    resource: parseArn(SerialNumber) ? SerialNumber : `arn:aws:iam::${call.accountId}:mfa/${SerialNumber}`,
  },
]

export const listOpenIdConnectProviders = async (
  _context: IamContext,
  _request: object,
): Promise<ListOpenIDConnectProvidersResponse> => ({
  OpenIDConnectProviderList: [],
})

export const listSamlProviders = async (
  _context: IamContext,
  _request: object,
): Promise<ListSAMLProvidersResponse> => ({ SAMLProviderList: [] })

/** @throws ServiceError ValidationError (marker). */
export const listVirtualMfaDevices = async (
  _context: IamContext,
  page: Validated<ListVirtualMFADevicesRequest>,
): Promise<ListVirtualMFADevicesResponse> => emptyPage('VirtualMFADevices', page)

/** @throws ServiceError ValidationError (path, marker). */
export async function listServerCertificates(
  _context: IamContext,
  { PathPrefix, ...page }: Validated<ListServerCertificatesRequest>,
): Promise<ListServerCertificatesResponse> {
  checkPathPrefix(PathPrefix)
  return emptyPage('ServerCertificateMetadataList', page)
}

/** Also ListOpenIDConnectProviderTags. @throws ServiceError NoSuchEntity. */
export async function getOpenIdConnectProvider(
  _context: IamContext,
  { OpenIDConnectProviderArn }: Validated<GetOpenIDConnectProviderRequest>,
): Promise<GetOpenIDConnectProviderResponse> {
  throw oidcProviderNotFound(OpenIDConnectProviderArn)
}

/** Also ListSAMLProviderTags. @throws ServiceError NoSuchEntity. */
export async function getSamlProvider(
  _context: IamContext,
  { SAMLProviderArn }: Validated<GetSAMLProviderRequest>,
): Promise<GetSAMLProviderResponse> {
  throw samlProviderNotFound(SAMLProviderArn)
}

/** Also ListServerCertificateTags. @throws ServiceError NoSuchEntity. */
export async function getServerCertificate(
  _context: IamContext,
  { ServerCertificateName }: Validated<GetServerCertificateRequest>,
): Promise<GetServerCertificateResponse> {
  throw serverCertificateNotFound(ServerCertificateName)
}

/** @throws ServiceError NoSuchEntity. */
export async function listMfaDeviceTags(_context: IamContext, { SerialNumber }: { SerialNumber: string }) {
  throw mfaDeviceNotFound(SerialNumber)
}

/** Also DeleteAccountPasswordPolicy. @throws ServiceError NoSuchEntity. */
export async function getAccountPasswordPolicy(
  { call }: IamContext,
  _request: object,
): Promise<GetAccountPasswordPolicyResponse> {
  throw passwordPolicyNotFound(call.accountId)
}

/** No report can be generated. @throws ServiceError ReportNotPresent. */
export async function getCredentialReport(
  _context: IamContext,
  _request: object,
): Promise<GetCredentialReportResponse> {
  throw credentialReportNotPresent()
}

/**
 * Lists what is managed of the root users of member accounts: nothing, because no session of a root is made here.
 * @throws ServiceError OrganizationNotFoundException, AccountNotManagementOrDelegatedAdministratorException,
 *   OrganizationNotInAllFeaturesModeException, ServiceAccessNotEnabledException.
 */
export async function listOrganizationsFeatures(
  { call: { accountId }, organizations }: IamContext,
  _request: object,
): Promise<ListOrganizationsFeaturesResponse> {
  const organization = await organizations.describe(accountId)
  if (!organization) throw organizationNotFound()
  const { id, managementAccountId, hasAllFeatures } = organization
  const service = 'iam.amazonaws.com'
  const isManaging =
    accountId === managementAccountId ||
    (await organizations.delegatedAdministrators(managementAccountId, service)).includes(accountId)
  if (!isManaging) throw notManagementAccount()
  if (!hasAllFeatures) throw organizationLacksFeatures()
  if (!(await organizations.hasTrustedAccess(managementAccountId, service))) throw iamHasNoTrustedAccess()
  return { OrganizationId: id, EnabledFeatures: [] }
}
