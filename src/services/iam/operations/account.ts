import type {
  CreateAccountAliasRequest,
  DeleteAccountAliasRequest,
  GetAccountSummaryResponse,
  ListAccountAliasesRequest,
  ListAccountAliasesResponse,
} from '@aws-sdk/client-iam'
import type { Validated } from '../../../core/operation.ts'
import { aliasAlreadyExists, aliasNotFound, invalidAlias } from '../domain/errors.ts'
import { arraySource, readRows } from '../domain/pagination.ts'
import { quotas } from '../domain/quotas.ts'
import type { IamContext } from '../iam-context.ts'
import { getAccount } from '../storage/account-store.ts'
import { accountAliases, accounts, everywhere } from '../storage/collections.ts'
import { countsOf } from '../storage/entity-store.ts'

/** Returns what the account has, and its quotas. What is not built is counted as none. */
export async function getAccountSummary({ call }: IamContext, _request: object): Promise<GetAccountSummaryResponse> {
  const counts = await countsOf(call.store, call.accountId)
  const { accessKeyIds } = await getAccount(call.store, call.accountId)
  return {
    SummaryMap: {
      Users: counts.users,
      UsersQuota: quotas.users,
      Groups: counts.groups,
      GroupsQuota: quotas.groups,
      Roles: counts.roles,
      RolesQuota: quotas.roles,
      Policies: counts.policies,
      PoliciesQuota: quotas.policies,
      PolicyVersionsInUse: counts.policyVersions,
      PolicyVersionsInUseQuota: 10000,
      InstanceProfiles: counts.instanceProfiles,
      InstanceProfilesQuota: quotas.instanceProfiles,
      ServerCertificates: 0,
      ServerCertificatesQuota: 20,
      Providers: 0,
      MFADevices: 0,
      MFADevicesInUse: 0,
      AccountMFAEnabled: 0,
      AccountPasswordPresent: 0,
      AccountAccessKeysPresent: accessKeyIds.length > 0 ? 1 : 0,
      AccountSigningCertificatesPresent: 0,
      AccessKeysPerUserQuota: quotas.accessKeysPerUser,
      SigningCertificatesPerUserQuota: 2,
      GroupsPerUserQuota: quotas.groupsPerUser,
      AttachedPoliciesPerUserQuota: quotas.attachedPolicies,
      AttachedPoliciesPerGroupQuota: quotas.attachedPolicies,
      AttachedPoliciesPerRoleQuota: quotas.attachedPolicies,
      VersionsPerPolicyQuota: quotas.versionsPerPolicy,
      PolicySizeQuota: quotas.managedPolicySize,
      AssumeRolePolicySizeQuota: quotas.trustPolicySize,
      UserPolicySizeQuota: quotas.userPolicySize,
      GroupPolicySizeQuota: quotas.groupPolicySize,
      RolePolicySizeQuota: quotas.rolePolicySize,
      GlobalEndpointTokenVersion: 1,
    },
  }
}

/**
 * An account has one alias: a new one takes the place of the old.
 * @throws ServiceError ValidationError, EntityAlreadyExists (this or another account has it).
 */
export async function createAccountAlias(
  { call }: IamContext,
  { AccountAlias }: Validated<CreateAccountAliasRequest>,
): Promise<undefined> {
  const { accountId } = call
  if (!aliasForm.test(AccountAlias) || /^\d{12}$/.test(AccountAlias)) throw invalidAlias()
  return call.transaction(async (tx) => {
    if (await tx.in(accountAliases).get(everywhere, AccountAlias)) throw aliasAlreadyExists(AccountAlias)
    const account = await getAccount(tx, accountId)
    if (account.alias !== undefined) await tx.in(accountAliases).delete(everywhere, account.alias)
    await tx.in(accountAliases).put(everywhere, AccountAlias, { accountId })
    await tx.in(accounts).put(everywhere, accountId, { ...account, alias: AccountAlias })
    return undefined
  })
}

/** @throws ServiceError NoSuchEntity. */
export async function deleteAccountAlias(
  { call }: IamContext,
  { AccountAlias }: Validated<DeleteAccountAliasRequest>,
): Promise<undefined> {
  const { accountId } = call
  return call.transaction(async (tx) => {
    const account = await getAccount(tx, accountId)
    if (account.alias !== AccountAlias) throw aliasNotFound(AccountAlias)
    await tx.in(accountAliases).delete(everywhere, AccountAlias)
    await tx.in(accounts).put(everywhere, accountId, { ...account, alias: undefined })
    return undefined
  })
}

/** None or one. */
export async function listAccountAliases(
  { call, sealer }: IamContext,
  page: Validated<ListAccountAliasesRequest>,
): Promise<ListAccountAliasesResponse> {
  const { alias } = await getAccount(call.store, call.accountId)
  const source = arraySource('account-aliases', alias === undefined ? [] : [alias], (name) => name)
  const { rows, rest } = await readRows({ call, sealer }, source, page)
  return { AccountAliases: rows, ...rest }
}

const aliasForm = /^[a-z0-9]([a-z0-9]|-(?!-)){1,61}[a-z0-9]$/
