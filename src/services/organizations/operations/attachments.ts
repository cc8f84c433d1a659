import type {
  AttachPolicyRequest,
  DetachPolicyRequest,
  ListPoliciesForTargetRequest,
  ListPoliciesForTargetResponse,
  ListTargetsForPolicyRequest,
  ListTargetsForPolicyResponse,
  PolicySummary,
  PolicyTargetSummary,
  TargetType,
} from '@aws-sdk/client-organizations'
import type { Validated } from '../../../core/operation.ts'
import type { Organization } from '../domain/entities.ts'
import {
  nonDetachablePolicy,
  policyAttached,
  policyNotAttached,
  policyNotFound,
  policyTypeNotEnabled,
  targetNotFound,
  tooFewAttachments,
  tooManyAttachments,
} from '../domain/errors.ts'
import { targetArn } from '../domain/names.ts'
import { findAwsPolicy, type PolicyType, policyTypeOf, policyTypes } from '../domain/policy-types.ts'
import type { OrganizationsContext } from '../organizations-context.ts'
import {
  attachedValue,
  attachments,
  everywhere,
  members,
  policies,
  type Reader,
  scopeOf,
  units,
} from '../storage/collections.ts'
import { findMemberOf } from '../storage/members.ts'
import { changeTree, findUnit, pathToTarget, policyIdsIn, policyIdsOn, putPolicyIds } from '../storage/tree.ts'
import { pageOf } from './pages.ts'
import { requireStanding, standingIn } from './standing.ts'
import { awsPolicySummary, policySummary } from './views.ts'

/** @throws ServiceError PolicyNotFoundException. */
async function typeOf(reader: Reader, organization: Organization, policyId: string): Promise<PolicyType> {
  const type = findAwsPolicy(policyId)?.type ?? (await reader.in(policies).get(scopeOf(organization), policyId))?.type
  if (!type) throw policyNotFound()
  return type
}

/**
 * Attaches a policy to the root, an organizational unit or an account. It is in force with the answer.
 * @throws ServiceError PolicyNotFoundException, TargetNotFoundException, PolicyTypeNotEnabledException,
 *   DuplicatePolicyAttachmentException, ConstraintViolationException.
 */
export async function attachPolicy(
  { call }: OrganizationsContext,
  { PolicyId, TargetId }: Validated<AttachPolicyRequest>,
): Promise<undefined> {
  return call.transaction(async (tx) => {
    const { organization } = await standingIn(tx, call)
    const type = await typeOf(tx, organization, PolicyId)
    if (!(await pathToTarget(tx, organization, TargetId))) throw targetNotFound()
    if (organization.policyTypes[type] === undefined) throw policyTypeNotEnabled()
    const attached = await policyIdsOn(tx, organization, TargetId, type)
    if (attached.includes(PolicyId)) throw policyAttached()
    if (attached.length >= policyTypes[type].mostAttached) throw tooManyAttachments()
    await putPolicyIds(tx, organization, TargetId, type, [...attached, PolicyId])
    await changeTree(tx, organization)
    return undefined
  })
}

/**
 * @throws ServiceError PolicyNotFoundException, TargetNotFoundException, PolicyNotAttachedException, ConstraintViolationException (the
 *   last service control policy), InvalidInputException (AWS's resource control policy).
 */
export async function detachPolicy(
  { call }: OrganizationsContext,
  { PolicyId, TargetId }: Validated<DetachPolicyRequest>,
): Promise<undefined> {
  return call.transaction(async (tx) => {
    const { organization } = await standingIn(tx, call)
    const type = await typeOf(tx, organization, PolicyId)
    if (!(await pathToTarget(tx, organization, TargetId))) throw targetNotFound()
    const attached = await policyIdsOn(tx, organization, TargetId, type)
    if (!attached.includes(PolicyId)) throw policyNotAttached()
    const { awsPolicy, needsOne } = policyTypes[type]
    if (awsPolicy?.id === PolicyId && awsPolicy.stays) throw nonDetachablePolicy()
    if (needsOne && attached.length === 1) throw tooFewAttachments()
    const left = attached.filter((id) => id !== PolicyId)
    await putPolicyIds(tx, organization, TargetId, type, left)
    await changeTree(tx, organization)
    return undefined
  })
}

/** Lists the policies that are attached to a target itself. @throws ServiceError TargetNotFoundException, InvalidInputException. */
export async function listPoliciesForTarget(
  context: OrganizationsContext,
  { TargetId, Filter, ...page }: Validated<ListPoliciesForTargetRequest>,
): Promise<ListPoliciesForTargetResponse> {
  const { organization } = await requireStanding(context)
  const { store } = context.call
  const type = policyTypeOf(Filter)
  if (!(await pathToTarget(store, organization, TargetId))) throw targetNotFound()
  const ids = [...(await policyIdsOn(store, organization, TargetId, type))].sort()
  const list = [organization.id, TargetId, type]
  const { rows, rest } = await pageOf(context, page, list, async (afterId, limit) =>
    ids
      .filter((id) => afterId === undefined || id > afterId)
      .slice(0, limit)
      .map((id) => ({ id, document: id })),
  )
  const summaries: PolicySummary[] = []
  for (const id of rows) {
    const aws = findAwsPolicy(id)
    const own = aws ? undefined : await store.in(policies).get(scopeOf(organization), id)
    if (aws) summaries.push(awsPolicySummary(aws.type, aws.policy))
    else if (own) summaries.push(policySummary(organization, own))
  }
  return { Policies: summaries, ...rest }
}

/** Lists what a policy is attached to: the root, units and accounts. @throws ServiceError PolicyNotFoundException, InvalidInputException. */
export async function listTargetsForPolicy(
  context: OrganizationsContext,
  { PolicyId, ...page }: Validated<ListTargetsForPolicyRequest>,
): Promise<ListTargetsForPolicyResponse> {
  const { organization } = await requireStanding(context)
  const { store } = context.call
  const type = await typeOf(store, organization, PolicyId)
  const time = organization.policyTypes[type]
  if (time === undefined) return { Targets: [] }
  const list = [organization.id, PolicyId]
  const isDefault = policyTypes[type].awsPolicy?.id === PolicyId
  const { rows, rest } = isDefault
    ? await pageOf(context, page, list, everyTarget(store, organization, type), ({ has }) => has(PolicyId))
    : await pageOf(context, page, list, async (afterId, limit) => {
        const index = { name: 'policy', value: attachedValue(time, PolicyId) }
        const found = await store.in(attachments).list(scopeOf(organization), { index, afterId, limit })
        return found.map(({ id }) => ({ id, document: { targetId: id } }))
      })
  const Targets: PolicyTargetSummary[] = []
  for (const { targetId } of rows) {
    const target = await describeTarget(store, organization, targetId)
    if (target) Targets.push(target)
  }
  return { Targets, ...rest }
}

/**
 * Reads all that policies can be attached to: accounts, units, the root, which is the order of their ids. AWS's own policy is on whatever
 * was not changed, so there is no list of its targets.
 */
const everyTarget =
  (reader: Reader, organization: Organization, type: PolicyType) =>
  async (afterId: string | undefined, limit: number) => {
    const scope = scopeOf(organization)
    const after = afterId === undefined ? {} : { afterId }
    const ids: string[] = []
    if (afterId === undefined || !/^(ou|r)-/.test(afterId)) {
      const index = { name: 'organization', value: organization.managementAccountId }
      ids.push(...(await reader.in(members).list(everywhere, { index, limit, ...after })).map(({ id }) => id))
    }
    if (ids.length < limit && !afterId?.startsWith('r-')) {
      const inUnits = afterId?.startsWith('ou-') ? after : {}
      ids.push(...(await reader.in(units).list(scope, { limit: limit - ids.length, ...inUnits })).map(({ id }) => id))
    }
    if (ids.length < limit && !afterId?.startsWith('r-')) ids.push(organization.rootId)
    const targets = []
    for (const id of ids) {
      const attached = await reader.in(attachments).get(scope, id)
      const has = (policyId: string) => policyIdsIn(organization, attached, type).includes(policyId)
      targets.push({ id, document: { targetId: id, has } })
    }
    return targets
  }

async function describeTarget(
  reader: Reader,
  organization: Organization,
  targetId: string,
): Promise<PolicyTargetSummary | undefined> {
  const shown = (Name: string, Type: TargetType) => ({
    TargetId: targetId,
    Arn: targetArn(organization, targetId),
    Name,
    Type,
  })
  if (targetId === organization.rootId) return shown('Root', 'ROOT')
  if (targetId.startsWith('ou-')) {
    const unit = await findUnit(reader, organization, targetId)
    return unit && shown(unit.name, 'ORGANIZATIONAL_UNIT')
  }
  const member = await findMemberOf(reader, organization, targetId)
  return member && shown(member.name, 'ACCOUNT')
}
