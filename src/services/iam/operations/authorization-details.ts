import type {
  EntityType,
  GetAccountAuthorizationDetailsRequest,
  GetAccountAuthorizationDetailsResponse,
  GroupDetail,
  ManagedPolicyDetail,
  RoleDetail,
  UserDetail,
} from '@aws-sdk/client-iam'
import type { Validated } from '../../../core/operation.ts'
import { mapInSlices } from '../../../kit/bounded-list.ts'
import type { Group, ManagedPolicy, Role, User } from '../domain/entities.ts'
import { readPage, type Source } from '../domain/pagination.ts'
import type { IamContext } from '../iam-context.ts'
import { accountScope, groups, policies, type Reader, roles, users } from '../storage/collections.ts'
import { groupsOf } from '../storage/entity-store.ts'
import { awsPoliciesInUse } from '../storage/policy-lists.ts'
import { policyUseOf } from '../storage/policy-store.ts'
import { collectionSource } from '../storage/sources.ts'
import { trustDocumentOf } from '../storage/trust-policies.ts'
import { profileListOf } from './instance-profiles.ts'
import { roleLastUsed } from './roles.ts'
import {
  attachedPolicyViews,
  boundaryAndTags,
  groupSummary,
  inlinePolicyViews,
  policySummary,
  roleSummary,
  userSummary,
  versionDetail,
} from './views.ts'

interface Details {
  UserDetailList: UserDetail[]
  GroupDetailList: GroupDetail[]
  RoleDetailList: RoleDetail[]
  Policies: ManagedPolicyDetail[]
}

/**
 * Everything that decides who may do what in the account. Of AWS's own policies it shows those in use.
 * A page counts users, groups, roles and policies together, in this order.
 */
export async function getAccountAuthorizationDetails(
  { call, sealer }: IamContext,
  { Filter = [], ...page }: Validated<GetAccountAuthorizationDetailsRequest>,
): Promise<GetAccountAuthorizationDetailsResponse> {
  const { accountId, store } = call
  const scope = accountScope(accountId)
  const addPolicy = async (details: Details, policy: ManagedPolicy) => {
    details.Policies.push(await policyDetail(store, accountId, policy))
  }
  const sources: Record<EntityType, Source<Show>> = {
    User: showing(collectionSource(store, users, scope), async (details, user) => {
      details.UserDetailList.push(await userDetail(store, accountId, user))
    }),
    Group: showing(collectionSource(store, groups, scope), async (details, group) => {
      details.GroupDetailList.push(groupDetail(group))
    }),
    Role: showing(collectionSource(store, roles, scope), async (details, role) => {
      details.RoleDetailList.push(await roleDetail(store, accountId, role))
    }),
    LocalManagedPolicy: showing(collectionSource(store, policies, scope), addPolicy),
    AWSManagedPolicy: showing(awsPoliciesInUse(store, accountId), (details, { policy }) => addPolicy(details, policy)),
  }
  const wanted = Object.entries(sources).filter(
    ([type]) => Filter.length === 0 || Filter.some((asked) => asked === type),
  )
  const { rows, ...rest } = await readPage(
    { call, sealer },
    wanted.map(([, source]) => source),
    page,
  )
  const details: Details = { UserDetailList: [], GroupDetailList: [], RoleDetailList: [], Policies: [] }
  await mapInSlices(rows, ({ row: show }) => show(details))
  return { ...details, ...rest }
}

/** A row that knows which list of the answer it belongs to. */
type Show = (details: Details) => Promise<void>

const showing = <T>(source: Source<T>, show: (details: Details, row: T) => Promise<void>): Source<Show> => ({
  name: source.name,
  read: async (after, limit) => {
    const rows = await source.read(after, limit)
    return rows.map(({ place, row }) => ({ place, row: (details) => show(details, row) }))
  },
})

const userDetail = async (reader: Reader, accountId: string, user: User): Promise<UserDetail> => ({
  ...userSummary(user),
  UserPolicyList: inlinePolicyViews(user.inlinePolicies),
  GroupList: (await groupsOf(reader, accountId, user)).map(({ name }) => name),
  AttachedManagedPolicies: attachedPolicyViews(user),
  ...boundaryAndTags(user),
  Tags: [...user.tags],
})

const groupDetail = (group: Group): GroupDetail => ({
  ...groupSummary(group),
  GroupPolicyList: inlinePolicyViews(group.inlinePolicies),
  AttachedManagedPolicies: attachedPolicyViews(group),
})

const roleDetail = async (reader: Reader, accountId: string, role: Role): Promise<RoleDetail> => ({
  ...roleSummary(role, await trustDocumentOf(reader, role)),
  InstanceProfileList: await profileListOf(reader, accountId, role),
  RolePolicyList: inlinePolicyViews(role.inlinePolicies),
  AttachedManagedPolicies: attachedPolicyViews(role),
  ...boundaryAndTags(role),
  Tags: [...role.tags],
  RoleLastUsed: await roleLastUsed(reader, accountId, role),
})

const policyDetail = async (
  reader: Reader,
  accountId: string,
  policy: ManagedPolicy,
): Promise<ManagedPolicyDetail> => ({
  ...policySummary(policy, await policyUseOf(reader, accountId, policy.arn)),
  ...(policy.description !== undefined && { Description: policy.description }),
  PolicyVersionList: policy.versions.map((version) => versionDetail(policy, version)),
})
