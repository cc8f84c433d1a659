import type {
  AddRoleToInstanceProfileRequest,
  CreateInstanceProfileRequest,
  CreateInstanceProfileResponse,
  DeleteInstanceProfileRequest,
  GetInstanceProfileRequest,
  GetInstanceProfileResponse,
  ListInstanceProfilesForRoleRequest,
  ListInstanceProfilesForRoleResponse,
  ListInstanceProfilesRequest,
  ListInstanceProfilesResponse,
  RemoveRoleFromInstanceProfileRequest,
  InstanceProfile as Shown,
} from '@aws-sdk/client-iam'
import { newEntityId } from '../../../core/identifiers.ts'
import type { Permission, Validated } from '../../../core/operation.ts'
import { mapInSlices } from '../../../kit/bounded-list.ts'
import type { InstanceProfile, Role } from '../domain/entities.ts'
import { entityNotFound, mustFirst, quotaExceeded } from '../domain/errors.ts'
import { checkPath, checkPathPrefix, iamArn } from '../domain/names.ts'
import { readRows } from '../domain/pagination.ts'
import { quotas } from '../domain/quotas.ts'
import { entityTags } from '../domain/tags.ts'
import type { IamContext } from '../iam-context.ts'
import { accountScope, instanceProfiles, type Reader } from '../storage/collections.ts'
import {
  createEntity,
  deleteEntity,
  findById,
  getEntity,
  instanceProfileKind,
  roleKind,
  updateEntity,
} from '../storage/entity-store.ts'
import { collectionSource, underPath } from '../storage/sources.ts'
import { trustDocumentOf } from '../storage/trust-policies.ts'
import { entityPermission, nameIn, onEntity } from './permissions.ts'
import { roleSummary } from './views.ts'

/** @throws ServiceError EntityAlreadyExists, LimitExceeded, InvalidInput (tags). */
export async function createInstanceProfile(
  { call }: IamContext,
  { InstanceProfileName, Path, Tags = [] }: Validated<CreateInstanceProfileRequest>,
): Promise<CreateInstanceProfileResponse> {
  const { accountId } = call
  const path = checkPath(Path)
  const profile: InstanceProfile = {
    name: InstanceProfileName,
    path,
    id: newEntityId('AIPA', accountId),
    arn: iamArn(accountId, 'instance-profile', path, InstanceProfileName),
    createdAtMs: call.clock.nowMs(),
    tags: entityTags.merge([], Tags),
    roleIds: [],
  }
  return call.transaction(async (tx) => {
    await createEntity(tx, instanceProfileKind, accountId, profile)
    return { InstanceProfile: await profileDetail(tx, accountId, profile) }
  })
}

/** @throws ServiceError NoSuchEntity. */
export async function getInstanceProfile(
  { call, entities }: IamContext,
  { InstanceProfileName }: Validated<GetInstanceProfileRequest>,
): Promise<GetInstanceProfileResponse> {
  const profile = await entities.get(instanceProfileKind, InstanceProfileName)
  return { InstanceProfile: await profileDetail(call.store, call.accountId, profile) }
}

export async function listInstanceProfiles(
  { call, sealer }: IamContext,
  { PathPrefix, ...page }: Validated<ListInstanceProfilesRequest>,
): Promise<ListInstanceProfilesResponse> {
  const { store, accountId } = call
  const narrow = underPath(checkPathPrefix(PathPrefix))
  const { rows, rest } = await readRows(
    { call, sealer },
    collectionSource(store, instanceProfiles, accountScope(accountId), narrow),
    page,
  )
  return { InstanceProfiles: await shown(store, accountId, rows), ...rest }
}

/** @throws ServiceError NoSuchEntity. */
export async function listInstanceProfilesForRole(
  { call, entities, sealer }: IamContext,
  { RoleName, ...page }: Validated<ListInstanceProfilesForRoleRequest>,
): Promise<ListInstanceProfilesForRoleResponse> {
  const { store, accountId } = call
  const role = await entities.get(roleKind, RoleName)
  const source = collectionSource(store, instanceProfiles, accountScope(accountId), { index: profilesOf(role) })
  const { rows, rest } = await readRows({ call, sealer }, source, page)
  return { InstanceProfiles: await shown(store, accountId, rows), ...rest }
}

/** @throws ServiceError NoSuchEntity, DeleteConflict (a role is in it). */
export async function deleteInstanceProfile(
  { call }: IamContext,
  { InstanceProfileName }: Validated<DeleteInstanceProfileRequest>,
): Promise<undefined> {
  const { accountId } = call
  return call.transaction(async (tx) => {
    const profile = await getEntity(tx, instanceProfileKind, accountId, InstanceProfileName)
    if (profile.roleIds.length > 0) throw mustFirst('remove roles from instance profile')
    await deleteEntity(tx, instanceProfileKind, accountId, profile)
    return undefined
  })
}

/** @throws ServiceError NoSuchEntity (either), LimitExceeded (it has a role). */
export async function addRoleToInstanceProfile(
  { call }: IamContext,
  { InstanceProfileName, RoleName }: Validated<AddRoleToInstanceProfileRequest>,
): Promise<undefined> {
  const { accountId } = call
  return call.transaction(async (tx) => {
    const profile = await getEntity(tx, instanceProfileKind, accountId, InstanceProfileName)
    const role = await getEntity(tx, roleKind, accountId, RoleName)
    if (profile.roleIds.length >= quotas.rolesPerInstanceProfile) {
      throw quotaExceeded('InstanceSessionsPerInstanceProfile', quotas.rolesPerInstanceProfile)
    }
    const roleIds = [...profile.roleIds, role.id]
    await updateEntity(tx, instanceProfileKind, accountId, { ...profile, roleIds })
    return undefined
  })
}

/** @throws ServiceError NoSuchEntity (either, or the role is not in it). */
export async function removeRoleFromInstanceProfile(
  { call }: IamContext,
  { InstanceProfileName, RoleName }: Validated<RemoveRoleFromInstanceProfileRequest>,
): Promise<undefined> {
  const { accountId } = call
  return call.transaction(async (tx) => {
    const profile = await getEntity(tx, instanceProfileKind, accountId, InstanceProfileName)
    const role = await getEntity(tx, roleKind, accountId, RoleName)
    if (!profile.roleIds.includes(role.id)) throw entityNotFound('role', RoleName)
    const roleIds = profile.roleIds.filter((id) => id !== role.id)
    await updateEntity(tx, instanceProfileKind, accountId, { ...profile, roleIds })
    return undefined
  })
}

/** Returns the permissions for AddRoleToInstanceProfile: machines get the role from the profile, so the caller must be allowed to pass it. */
export async function onAddingRole(context: IamContext, input: AddRoleToInstanceProfileRequest): Promise<Permission[]> {
  const { resource, context: ofRole } = await entityPermission(context, roleKind, nameIn(roleKind, input))
  return [
    ...(await onEntity(instanceProfileKind)(context, input)),
    // A denial of this one prints the role's ARN (recorded).
    { action: 'iam:PassRole', resource, context: { ...ofRole, 'iam:PassedToService': 'ec2.amazonaws.com' } },
  ]
}

/** The instance profiles that a role is in. */
export const profilesOf = ({ id }: Role) => ({ name: 'role', value: id })

/** All that a role is in, as its details list them. */
export async function profileListOf(reader: Reader, accountId: string, role: Role): Promise<Shown[]> {
  const found = await reader.in(instanceProfiles).list(accountScope(accountId), { index: profilesOf(role) })
  return shown(
    reader,
    accountId,
    found.map(({ document }) => document),
  )
}

const shown = (reader: Reader, accountId: string, profiles: readonly InstanceProfile[]) =>
  mapInSlices(profiles, (profile) => profileSummary(reader, accountId, profile))

async function profileSummary(reader: Reader, accountId: string, profile: InstanceProfile): Promise<Shown> {
  const { path, name, id, arn, createdAtMs, roleIds } = profile
  const roles = await Promise.all(roleIds.map((roleId) => findById(reader, roleKind, accountId, roleId)))
  const present = roles.filter((role) => role !== undefined)
  return {
    Path: path,
    InstanceProfileName: name,
    InstanceProfileId: id,
    Arn: arn,
    CreateDate: new Date(createdAtMs),
    Roles: await Promise.all(present.map(async (role) => roleSummary(role, await trustDocumentOf(reader, role)))),
  }
}

const profileDetail = async (reader: Reader, accountId: string, profile: InstanceProfile): Promise<Shown> => ({
  ...(await profileSummary(reader, accountId, profile)),
  ...(profile.tags.length > 0 && { Tags: [...profile.tags] }),
})
