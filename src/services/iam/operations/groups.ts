import type {
  AddUserToGroupRequest,
  CreateGroupRequest,
  CreateGroupResponse,
  DeleteGroupRequest,
  GetGroupRequest,
  GetGroupResponse,
  ListGroupsForUserRequest,
  ListGroupsForUserResponse,
  ListGroupsRequest,
  ListGroupsResponse,
  RemoveUserFromGroupRequest,
  UpdateGroupRequest,
} from '@aws-sdk/client-iam'
import { newEntityId } from '../../../core/identifiers.ts'
import type { Validated } from '../../../core/operation.ts'
import type { Group } from '../domain/entities.ts'
import { mustFirst, quotaExceeded } from '../domain/errors.ts'
import { checkName, checkPath, checkPathPrefix, iamArn, nameKey } from '../domain/names.ts'
import { arraySource, readRows } from '../domain/pagination.ts'
import { quotas } from '../domain/quotas.ts'
import type { IamContext } from '../iam-context.ts'
import { accountScope, groups, users } from '../storage/collections.ts'
import {
  createEntity,
  deleteEntity,
  getEntity,
  groupKind,
  groupsOf,
  renameEntity,
  updateEntity,
  userKind,
} from '../storage/entity-store.ts'
import { collectionSource, underPath } from '../storage/sources.ts'
import { groupSummary, userSummary } from './views.ts'

/** @throws ServiceError EntityAlreadyExists, LimitExceeded. */
export async function createGroup(
  { call }: IamContext,
  { GroupName, Path }: Validated<CreateGroupRequest>,
): Promise<CreateGroupResponse> {
  const { accountId } = call
  const path = checkPath(Path)
  const group: Group = {
    name: GroupName,
    path,
    id: newEntityId('AGPA', accountId),
    arn: iamArn(accountId, 'group', path, GroupName),
    createdAtMs: call.clock.nowMs(),
    inlinePolicies: [],
    attachedPolicies: [],
  }
  return call.transaction(async (tx) => {
    await createEntity(tx, groupKind, accountId, group)
    return { Group: groupSummary(group) }
  })
}

/** The group with a page of its users. @throws ServiceError NoSuchEntity. */
export async function getGroup(
  { call, entities, sealer }: IamContext,
  { GroupName, ...page }: Validated<GetGroupRequest>,
): Promise<GetGroupResponse> {
  const group = await entities.get(groupKind, GroupName)
  const members = collectionSource(call.store, users, accountScope(call.accountId), { index: membersOf(group) })
  const { rows, rest } = await readRows({ call, sealer }, members, page)
  return { Group: groupSummary(group), Users: rows.map(userSummary), ...rest }
}

export async function listGroups(
  { call, sealer }: IamContext,
  { PathPrefix, ...page }: Validated<ListGroupsRequest>,
): Promise<ListGroupsResponse> {
  const narrow = underPath(checkPathPrefix(PathPrefix))
  const { rows, rest } = await readRows(
    { call, sealer },
    collectionSource(call.store, groups, accountScope(call.accountId), narrow),
    page,
  )
  return { Groups: rows.map(groupSummary), ...rest }
}

/** Changes name, path or both; id, policies and members stay. @throws ServiceError NoSuchEntity, EntityAlreadyExists. */
export async function updateGroup(
  { call }: IamContext,
  { GroupName, NewPath, NewGroupName }: Validated<UpdateGroupRequest>,
): Promise<undefined> {
  const { accountId } = call
  return call.transaction(async (tx) => {
    const group = await getEntity(tx, groupKind, accountId, GroupName)
    const name = checkName('newGroupName', NewGroupName ?? group.name)
    const path = checkPath(NewPath ?? group.path)
    const arn = iamArn(accountId, 'group', path, name)
    await renameEntity(tx, groupKind, accountId, group, { ...group, name, path, arn })
    return undefined
  })
}

/** @throws ServiceError NoSuchEntity, DeleteConflict (users, policies). */
export async function deleteGroup(
  { call }: IamContext,
  { GroupName }: Validated<DeleteGroupRequest>,
): Promise<undefined> {
  const { accountId } = call
  return call.transaction(async (tx) => {
    const group = await getEntity(tx, groupKind, accountId, GroupName)
    const members = await tx.in(users).list(accountScope(accountId), { index: membersOf(group), limit: 1 })
    if (members.length > 0) throw mustFirst('remove users from group')
    if (group.attachedPolicies.length > 0) throw mustFirst('detach all policies')
    if (group.inlinePolicies.length > 0) throw mustFirst('delete policies')
    await deleteEntity(tx, groupKind, accountId, group)
    return undefined
  })
}

/** Does nothing for a user who is in the group. @throws ServiceError NoSuchEntity, LimitExceeded (10 groups a user). */
export async function addUserToGroup(
  { call }: IamContext,
  { GroupName, UserName }: Validated<AddUserToGroupRequest>,
): Promise<undefined> {
  const { accountId } = call
  return call.transaction(async (tx) => {
    const user = await getEntity(tx, userKind, accountId, checkName('userName', UserName))
    const group = await getEntity(tx, groupKind, accountId, GroupName)
    if (user.groupIds.includes(group.id)) return undefined
    if (user.groupIds.length >= quotas.groupsPerUser) throw quotaExceeded('GroupsPerUser', quotas.groupsPerUser)
    await updateEntity(tx, userKind, accountId, { ...user, groupIds: [...user.groupIds, group.id] })
    return undefined
  })
}

/** Does nothing for a user who is not in the group. @throws ServiceError NoSuchEntity. */
export async function removeUserFromGroup(
  { call }: IamContext,
  { GroupName, UserName }: Validated<RemoveUserFromGroupRequest>,
): Promise<undefined> {
  const { accountId } = call
  return call.transaction(async (tx) => {
    const user = await getEntity(tx, userKind, accountId, checkName('userName', UserName))
    const group = await getEntity(tx, groupKind, accountId, GroupName)
    const groupIds = user.groupIds.filter((id) => id !== group.id)
    if (groupIds.length < user.groupIds.length) await updateEntity(tx, userKind, accountId, { ...user, groupIds })
    return undefined
  })
}

/** @throws ServiceError NoSuchEntity. */
export async function listGroupsForUser(
  { call, entities, sealer }: IamContext,
  { UserName, ...page }: Validated<ListGroupsForUserRequest>,
): Promise<ListGroupsForUserResponse> {
  const user = await entities.get(userKind, UserName)
  const source = arraySource('groups-of-user', await groupsOf(call.store, call.accountId, user), ({ name }) =>
    nameKey(name),
  )
  const { rows, rest } = await readRows({ call, sealer }, source, page)
  return { Groups: rows.map(groupSummary), ...rest }
}

const membersOf = ({ id }: Group) => ({ name: 'group', value: id })
