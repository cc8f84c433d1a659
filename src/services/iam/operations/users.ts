import type {
  CreateUserRequest,
  CreateUserResponse,
  DeleteUserRequest,
  GetUserRequest,
  GetUserResponse,
  ListUsersRequest,
  ListUsersResponse,
  UpdateUserRequest,
} from '@aws-sdk/client-iam'
import { newEntityId } from '../../../core/identifiers.ts'
import type { Validated } from '../../../core/operation.ts'
import type { User } from '../domain/entities.ts'
import { mustFirst } from '../domain/errors.ts'
import { checkName, checkPath, checkPathPrefix, iamArn, rootArn } from '../domain/names.ts'
import { readRows } from '../domain/pagination.ts'
import { entityTags } from '../domain/tags.ts'
import type { IamContext } from '../iam-context.ts'
import { getAccount } from '../storage/account-store.ts'
import { accountScope, users } from '../storage/collections.ts'
import { createEntity, deleteEntity, getEntity, renameEntity, userKind } from '../storage/entity-store.ts'
import { releaseBoundary, takeBoundary } from '../storage/policy-store.ts'
import { collectionSource, underPath } from '../storage/sources.ts'
import { targetUser } from './target-user.ts'
import { userDetail, userSummary } from './views.ts'

/** @throws ServiceError EntityAlreadyExists, LimitExceeded, InvalidInput (tags), NoSuchEntity (boundary). */
export async function createUser(
  { call }: IamContext,
  { UserName, Path, PermissionsBoundary, Tags = [] }: Validated<CreateUserRequest>,
): Promise<CreateUserResponse> {
  const { accountId } = call
  const path = checkPath(Path)
  const user: User = {
    name: UserName,
    path,
    id: newEntityId('AIDA', accountId),
    arn: iamArn(accountId, 'user', path, UserName),
    createdAtMs: call.clock.nowMs(),
    inlinePolicies: [],
    attachedPolicies: [],
    tags: entityTags.merge([], Tags),
    boundaryArn: PermissionsBoundary,
    groupIds: [],
    accessKeyIds: [],
  }
  return call.transaction(async (tx) => {
    await createEntity(tx, userKind, accountId, user)
    if (PermissionsBoundary !== undefined) await takeBoundary(tx, accountId, PermissionsBoundary)
    return { User: userDetail(user) }
  })
}

/** Without a name, the caller: a root user is shown without name and path. @throws ServiceError NoSuchEntity. */
export async function getUser({ call, entities }: IamContext, { UserName }: GetUserRequest): Promise<GetUserResponse> {
  const target = targetUser(call, UserName)
  if (!target.isRoot) {
    return { User: userDetail(await entities.get(userKind, target.userName)) }
  }
  const { accountId, createdAtMs } = await getAccount(call.store, call.accountId)
  // The model requires name and path of every user; the service answers neither for root.
  const root = { UserId: accountId, Arn: rootArn(accountId), CreateDate: new Date(createdAtMs) }
  return { User: { UserName: undefined, Path: undefined, ...root } }
}

export async function listUsers(
  { call, sealer }: IamContext,
  { PathPrefix, ...page }: Validated<ListUsersRequest>,
): Promise<ListUsersResponse> {
  const narrow = underPath(checkPathPrefix(PathPrefix))
  const { rows, rest } = await readRows(
    { call, sealer },
    collectionSource(call.store, users, accountScope(call.accountId), narrow),
    page,
  )
  return { Users: rows.map(userSummary), ...rest }
}

/**
 * Changes name, path or both; id, policies, groups and keys stay.
 * @throws ServiceError NoSuchEntity, EntityAlreadyExists.
 */
export async function updateUser(
  { call }: IamContext,
  { UserName, NewPath, NewUserName }: Validated<UpdateUserRequest>,
): Promise<undefined> {
  const { accountId } = call
  return call.transaction(async (tx) => {
    const user = await getEntity(tx, userKind, accountId, UserName)
    const name = checkName('newUserName', NewUserName ?? user.name)
    const path = checkPath(NewPath ?? user.path)
    await renameEntity(tx, userKind, accountId, user, {
      ...user,
      name,
      path,
      arn: iamArn(accountId, 'user', path, name),
    })
    return undefined
  })
}

/** @throws ServiceError NoSuchEntity, DeleteConflict (policies, groups, access keys). */
export async function deleteUser({ call }: IamContext, { UserName }: Validated<DeleteUserRequest>): Promise<undefined> {
  const { accountId } = call
  return call.transaction(async (tx) => {
    const user = await getEntity(tx, userKind, accountId, UserName)
    if (user.attachedPolicies.length > 0) throw mustFirst('detach all policies')
    if (user.inlinePolicies.length > 0) throw mustFirst('delete policies')
    if (user.accessKeyIds.length > 0) throw mustFirst('delete access keys')
    if (user.groupIds.length > 0) throw mustFirst('remove users from group')
    await releaseBoundary(tx, accountId, user.boundaryArn)
    await deleteEntity(tx, userKind, accountId, user)
    return undefined
  })
}
