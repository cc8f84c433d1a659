import type { ListEntitiesForPolicyRequest, ListEntitiesForPolicyResponse } from '@aws-sdk/client-iam'
import type { Validated } from '../../../core/operation.ts'
import type { Entity } from '../domain/entities.ts'
import { policyNotAttachable, policyNotFound, quotaExceeded, serviceRolePolicy } from '../domain/errors.ts'
import { checkPath, checkPolicyArn, checkPolicyPathPrefix, policyPathIn } from '../domain/names.ts'
import { arraySource, type PageRequest, readPage, readRows, type Source } from '../domain/pagination.ts'
import { quotas } from '../domain/quotas.ts'
import type { IamContext } from '../iam-context.ts'
import { accountScope, policyIndexValue } from '../storage/collections.ts'
import { getEntity, groupKind, type IdentityKind, roleKind, updateEntity, userKind } from '../storage/entity-store.ts'
import { changePolicyUse, findPolicy } from '../storage/policy-store.ts'
import { collectionSource } from '../storage/sources.ts'
import { type NamedInput, nameIn } from './permissions.ts'
import { attachedPolicyViews } from './views.ts'

type AttachmentInput = NamedInput & { PolicyArn: string }

const ofServiceLinkedRoles = 'arn:aws:iam::aws:policy/aws-service-role/'

const attachmentQuotas = { user: 'PoliciesPerUser', group: 'PoliciesPerGroup', role: 'PoliciesPerRole' } as const

/**
 * AttachUserPolicy, AttachGroupPolicy, AttachRolePolicy: does nothing for a policy that is attached.
 * @throws ServiceError NoSuchEntity, ValidationError (not a policy's ARN), PolicyNotAttachable (one for service-linked roles),
 *   LimitExceeded (10).
 */
export const attachPolicy =
  <T extends Entity>(kind: IdentityKind<T>) =>
  async ({ call }: IamContext, { PolicyArn, ...named }: AttachmentInput): Promise<undefined> => {
    const { accountId } = call
    return call.transaction(async (tx) => {
      const entity = await getEntity(tx, kind, accountId, nameIn(kind, named))
      checkPolicyArn(PolicyArn)
      if (!(await findPolicy(tx, accountId, PolicyArn))) throw policyNotAttachable(PolicyArn)
      if (PolicyArn.startsWith(ofServiceLinkedRoles)) throw serviceRolePolicy(kind.noun)
      if (entity.attachedPolicies.includes(PolicyArn)) return undefined
      const limit = quotas.attachedPolicies
      if (entity.attachedPolicies.length >= limit) throw quotaExceeded(attachmentQuotas[kind.noun], limit)
      const attachedPolicies = [...entity.attachedPolicies, PolicyArn].sort()
      await updateEntity(tx, kind, accountId, { ...entity, attachedPolicies })
      await changePolicyUse(tx, accountId, PolicyArn, 'attachments', 1)
      return undefined
    })
  }

/** @throws ServiceError NoSuchEntity (also for a policy that is not attached), ValidationError. */
export const detachPolicy =
  <T extends Entity>(kind: IdentityKind<T>) =>
  async ({ call }: IamContext, { PolicyArn, ...named }: AttachmentInput): Promise<undefined> => {
    const { accountId } = call
    return call.transaction(async (tx) => {
      const entity = await getEntity(tx, kind, accountId, nameIn(kind, named))
      checkPolicyArn(PolicyArn)
      if (!entity.attachedPolicies.includes(PolicyArn)) throw policyNotFound(PolicyArn)
      const attachedPolicies = entity.attachedPolicies.filter((arn) => arn !== PolicyArn)
      await updateEntity(tx, kind, accountId, { ...entity, attachedPolicies })
      await changePolicyUse(tx, accountId, PolicyArn, 'attachments', -1)
      return undefined
    })
  }

/** @throws ServiceError NoSuchEntity. */
export const listAttachedPolicies =
  <T extends Entity>(kind: IdentityKind<T>) =>
  async (
    { call, entities, sealer }: IamContext,
    { PathPrefix, ...input }: NamedInput & PageRequest & { PathPrefix?: string },
  ) => {
    const prefix = checkPolicyPathPrefix(PathPrefix)
    const entity = await entities.get(kind, nameIn(kind, input))
    const attached = attachedPolicyViews(entity).filter(({ PolicyArn = '' }) =>
      policyPathIn(PolicyArn).startsWith(prefix),
    )
    const source = arraySource(`${kind.noun}-attached-policies`, attached, ({ PolicyArn = '' }) => PolicyArn)
    const { rows, rest } = await readRows({ call, sealer }, source, input)
    return { AttachedPolicies: rows, ...rest }
  }

/** Returns who has a policy attached or as boundary. @throws ServiceError NoSuchEntity. */
export async function listEntitiesForPolicy(
  { call, entities, sealer }: IamContext,
  { PolicyArn, EntityFilter, PathPrefix, PolicyUsageFilter, ...page }: Validated<ListEntitiesForPolicyRequest>,
): Promise<ListEntitiesForPolicyResponse> {
  const { accountId, store } = call
  const prefix = checkPath(PathPrefix)
  if (!(await entities.findPolicy(PolicyArn))) throw policyNotAttachable(PolicyArn)
  const use = PolicyUsageFilter === undefined ? 'any' : usesByFilter[PolicyUsageFilter]
  const narrow = {
    index: { name: 'policy', value: policyIndexValue(use, PolicyArn) },
    test: ({ path }: Entity) => path.startsWith(prefix),
  }
  const sourceOf = <T extends Entity>({ collection }: IdentityKind<T>): Source<Entity> =>
    collectionSource(store, collection, accountScope(accountId), narrow)
  const sources = { Group: sourceOf(groupKind), User: sourceOf(userKind), Role: sourceOf(roleKind) }
  const wanted = Object.entries(sources).filter(([filter]) => EntityFilter === undefined || filter === EntityFilter)
  const { rows, ...rest } = await readPage(
    { call, sealer },
    wanted.map(([, source]) => source),
    page,
  )
  const ofKind = ({ name: source }: Source<Entity>) => rows.filter((row) => row.source === source).map(({ row }) => row)
  return {
    PolicyGroups: ofKind(sources.Group).map(({ name, id }) => ({ GroupName: name, GroupId: id })),
    PolicyUsers: ofKind(sources.User).map(({ name, id }) => ({ UserName: name, UserId: id })),
    PolicyRoles: ofKind(sources.Role).map(({ name, id }) => ({ RoleName: name, RoleId: id })),
    ...rest,
  }
}

const usesByFilter = { PermissionsPolicy: 'attached', PermissionsBoundary: 'boundary' } as const
