import type {
  CreateRoleRequest,
  CreateRoleResponse,
  DeleteRoleRequest,
  GetRoleRequest,
  GetRoleResponse,
  ListRolesRequest,
  ListRolesResponse,
  RoleLastUsed,
  UpdateAssumeRolePolicyRequest,
  UpdateRoleDescriptionRequest,
  UpdateRoleDescriptionResponse,
  UpdateRoleRequest,
  UpdateRoleResponse,
} from '@aws-sdk/client-iam'
import { hourSeconds } from '../../../core/durations.ts'
import { newEntityId } from '../../../core/identifiers.ts'
import type { Validated } from '../../../core/operation.ts'
import { mapInSlices } from '../../../kit/bounded-list.ts'
import type { Role } from '../domain/entities.ts'
import { mustFirst, reservedPath } from '../domain/errors.ts'
import { checkPath, checkPathPrefix, iamArn } from '../domain/names.ts'
import { readRows } from '../domain/pagination.ts'
import { checkTrustPolicy } from '../domain/policy-documents.ts'
import { entityTags } from '../domain/tags.ts'
import type { IamContext } from '../iam-context.ts'
import { accountScope, instanceProfiles, lastUses, type Reader, roles } from '../storage/collections.ts'
import { createEntity, deleteEntity, getEntity, roleKind, updateEntity } from '../storage/entity-store.ts'
import { releaseBoundary, takeBoundary } from '../storage/policy-store.ts'
import { collectionSource, underPath } from '../storage/sources.ts'
import { bindTrustPolicy, trustDocumentOf } from '../storage/trust-policies.ts'
import { profilesOf } from './instance-profiles.ts'
import { boundaryAndTags, roleSummary } from './views.ts'

const defaultMaxSessionSeconds = hourSeconds

/**
 * The answer leaves out description, session duration and last use, as the service does.
 * @throws ServiceError MalformedPolicyDocument, LimitExceeded, EntityAlreadyExists, InvalidInput (tags, path), NoSuchEntity
 *   (boundary).
 */
export async function createRole(
  { call }: IamContext,
  { RoleName, Path, AssumeRolePolicyDocument, Tags = [], ...request }: Validated<CreateRoleRequest>,
): Promise<CreateRoleResponse> {
  const { accountId } = call
  const path = checkPath(Path)
  if (path.toLowerCase().startsWith('/aws-service-role/')) throw reservedPath()
  checkTrustPolicy(AssumeRolePolicyDocument)
  const tags = entityTags.merge([], Tags)
  return call.transaction(async (tx) => {
    const role: Role = {
      name: RoleName,
      path,
      id: newEntityId('AROA', accountId),
      arn: iamArn(accountId, 'role', path, RoleName),
      createdAtMs: call.clock.nowMs(),
      inlinePolicies: [],
      attachedPolicies: [],
      tags,
      boundaryArn: request.PermissionsBoundary,
      description: request.Description,
      trustPolicy: await bindTrustPolicy(tx, AssumeRolePolicyDocument),
      maxSessionSeconds: request.MaxSessionDuration ?? defaultMaxSessionSeconds,
    }
    await createEntity(tx, roleKind, accountId, role)
    if (role.boundaryArn !== undefined) await takeBoundary(tx, accountId, role.boundaryArn)
    return { Role: { ...roleSummary(role, AssumeRolePolicyDocument), ...boundaryAndTags(role) } }
  })
}

/** @throws ServiceError NoSuchEntity. */
export async function getRole(
  { call, entities }: IamContext,
  { RoleName }: Validated<GetRoleRequest>,
): Promise<GetRoleResponse> {
  const role = await entities.get(roleKind, RoleName)
  const shown = roleSummary(role, await trustDocumentOf(call.store, role))
  const RoleLastUsed = await roleLastUsed(call.store, call.accountId, role)
  return { Role: { ...shown, ...descriptionAndDuration(role), ...boundaryAndTags(role), RoleLastUsed } }
}

export async function listRoles(
  { call, sealer }: IamContext,
  { PathPrefix, ...page }: Validated<ListRolesRequest>,
): Promise<ListRolesResponse> {
  const narrow = underPath(checkPathPrefix(PathPrefix))
  const { rows, rest } = await readRows(
    { call, sealer },
    collectionSource(call.store, roles, accountScope(call.accountId), narrow),
    page,
  )
  const Roles = await mapInSlices(rows, async (role) => ({
    ...roleSummary(role, await trustDocumentOf(call.store, role)),
    ...descriptionAndDuration(role),
  }))
  return { Roles, ...rest }
}

/** Changes what is given and leaves the rest. @throws ServiceError NoSuchEntity. */
export async function updateRole(
  { call }: IamContext,
  { RoleName, Description, MaxSessionDuration }: Validated<UpdateRoleRequest>,
): Promise<UpdateRoleResponse> {
  const { accountId } = call
  return call.transaction(async (tx) => {
    const role = await getEntity(tx, roleKind, accountId, RoleName)
    const description = Description ?? role.description
    const maxSessionSeconds = MaxSessionDuration ?? role.maxSessionSeconds
    await updateEntity(tx, roleKind, accountId, { ...role, description, maxSessionSeconds })
    return {}
  })
}

/** @throws ServiceError NoSuchEntity. */
export async function updateRoleDescription(
  { call }: IamContext,
  { RoleName, Description }: Validated<UpdateRoleDescriptionRequest>,
): Promise<UpdateRoleDescriptionResponse> {
  const { accountId } = call
  return call.transaction(async (tx) => {
    const role: Role = { ...(await getEntity(tx, roleKind, accountId, RoleName)), description: Description }
    await updateEntity(tx, roleKind, accountId, role)
    return { Role: { ...roleSummary(role, await trustDocumentOf(tx, role)), Description } }
  })
}

/** @throws ServiceError NoSuchEntity, MalformedPolicyDocument, LimitExceeded (size). */
export async function updateAssumeRolePolicy(
  { call }: IamContext,
  { RoleName, PolicyDocument }: Validated<UpdateAssumeRolePolicyRequest>,
): Promise<undefined> {
  const { accountId } = call
  return call.transaction(async (tx) => {
    const role = await getEntity(tx, roleKind, accountId, RoleName)
    checkTrustPolicy(PolicyDocument)
    await updateEntity(tx, roleKind, accountId, { ...role, trustPolicy: await bindTrustPolicy(tx, PolicyDocument) })
    return undefined
  })
}

/** @throws ServiceError NoSuchEntity, DeleteConflict (policies, instance profiles). */
export async function deleteRole({ call }: IamContext, { RoleName }: Validated<DeleteRoleRequest>): Promise<undefined> {
  const { accountId } = call
  return call.transaction(async (tx) => {
    const role = await getEntity(tx, roleKind, accountId, RoleName)
    if (role.attachedPolicies.length > 0) throw mustFirst('detach all policies')
    if (role.inlinePolicies.length > 0) throw mustFirst('delete policies')
    const inProfiles = await tx
      .in(instanceProfiles)
      .count(accountScope(accountId), { index: profilesOf(role), limit: 1 })
    if (inProfiles > 0) throw mustFirst('remove roles from instance profile')
    await releaseBoundary(tx, accountId, role.boundaryArn)
    await tx.in(lastUses).delete(accountScope(accountId), role.id)
    await deleteEntity(tx, roleKind, accountId, role)
    return undefined
  })
}

/** Empty for a role that was not used. */
export async function roleLastUsed(reader: Reader, accountId: string, { id }: Role): Promise<RoleLastUsed> {
  const use = await reader.in(lastUses).get(accountScope(accountId), id)
  return use ? { LastUsedDate: new Date(use.atMs), Region: use.region } : {}
}

const descriptionAndDuration = ({ description, maxSessionSeconds }: Role) => ({
  ...(description !== undefined && { Description: description }),
  MaxSessionDuration: maxSessionSeconds,
})
