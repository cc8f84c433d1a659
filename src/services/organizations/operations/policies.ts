import type {
  CreatePolicyRequest,
  CreatePolicyResponse,
  DeletePolicyRequest,
  DescribePolicyRequest,
  DescribePolicyResponse,
  ListPoliciesRequest,
  ListPoliciesResponse,
  PolicySummary,
  UpdatePolicyRequest,
  UpdatePolicyResponse,
} from '@aws-sdk/client-organizations'
import type { Validated } from '../../../core/operation.ts'
import type { Transaction } from '../../../core/store.ts'
import type { Organization, Policy } from '../domain/entities.ts'
import { immutablePolicy, policyExists, policyInUse, policyNotFound, policyTypeNotAvailable } from '../domain/errors.ts'
import { newPolicyId } from '../domain/names.ts'
import { checkContent } from '../domain/policy-content.ts'
import { findAwsPolicy, type PolicyType, policyTypeOf, policyTypes } from '../domain/policy-types.ts'
import { organizationTags } from '../domain/tags.ts'
import type { OrganizationsContext } from '../organizations-context.ts'
import { attachedValue, attachments, counts, policies, type Reader, scopeOf } from '../storage/collections.ts'
import { changeTree } from '../storage/tree.ts'
import { pageOf } from './pages.ts'
import { requireStanding, standingIn } from './standing.ts'
import { awsPolicySummary, policySummary } from './views.ts'

/**
 * @throws ServiceError MalformedPolicyDocumentException, DuplicatePolicyException, ConstraintViolationException,
 *   PolicyTypeNotAvailableForOrganizationException.
 */
export async function createPolicy(
  { call }: OrganizationsContext,
  { Content, Description, Name, Type, Tags = [] }: Validated<CreatePolicyRequest>,
): Promise<CreatePolicyResponse> {
  const type = policyTypeOf(Type)
  checkContent(type, Content)
  const tags = organizationTags.merge([], Tags)
  return call.transaction(async (tx) => {
    const { organization } = await standingIn(tx, call)
    if (organization.featureSet !== 'ALL') throw policyTypeNotAvailable()
    await refuseSameName(tx, organization, type, Name)
    const scope = scopeOf(organization)
    await counts.change(tx, scope, 'all', { [type]: 1 })
    const named = { id: newPolicyId(), type, name: Name, description: Description, content: Content }
    const policy: Policy = { ...named, tags, changedAtMs: call.clock.nowMs() }
    await tx.in(policies).put(scope, policy.id, policy)
    return { Policy: { PolicySummary: policySummary(organization, policy), Content } }
  })
}

async function refuseSameName(tx: Transaction, organization: Organization, type: PolicyType, name: string) {
  const { awsPolicy } = policyTypes[type]
  const index = { name: 'name', value: `${type}/${name}` }
  const [same] = await tx.in(policies).list(scopeOf(organization), { index, limit: 1 })
  if (same || awsPolicy?.name === name) throw policyExists()
}

/** Finds a policy of the organization's own. @throws ServiceError PolicyNotFoundException, InvalidInputException (AWS's policy). */
export async function findOwnPolicy(reader: Reader, organization: Organization, policyId: string): Promise<Policy> {
  if (findAwsPolicy(policyId)) throw immutablePolicy()
  const policy = await reader.in(policies).get(scopeOf(organization), policyId)
  if (!policy) throw policyNotFound()
  return policy
}

/** @throws ServiceError PolicyNotFoundException. */
export async function describePolicy(
  context: OrganizationsContext,
  { PolicyId }: Validated<DescribePolicyRequest>,
): Promise<DescribePolicyResponse> {
  const { organization } = await requireStanding(context)
  const aws = findAwsPolicy(PolicyId)
  if (aws) return { Policy: { PolicySummary: awsPolicySummary(aws.type, aws.policy), Content: aws.policy.content } }
  const policy = await findOwnPolicy(context.call.store, organization, PolicyId)
  return { Policy: { PolicySummary: policySummary(organization, policy), Content: policy.content } }
}

/**
 * Changes what is given. A new document is in force with the answer.
 * @throws ServiceError as `createPolicy`; PolicyNotFoundException, InvalidInputException (AWS's policy).
 */
export async function updatePolicy(
  { call }: OrganizationsContext,
  { PolicyId, Name, Description, Content }: Validated<UpdatePolicyRequest>,
): Promise<UpdatePolicyResponse> {
  return call.transaction(async (tx) => {
    const { organization } = await standingIn(tx, call)
    const policy = await findOwnPolicy(tx, organization, PolicyId)
    if (Content !== undefined) checkContent(policy.type, Content)
    if (Name !== undefined && Name !== policy.name) await refuseSameName(tx, organization, policy.type, Name)
    const updated: Policy = {
      ...policy,
      name: Name ?? policy.name,
      description: Description ?? policy.description,
      content: Content ?? policy.content,
      changedAtMs: call.clock.nowMs(),
    }
    await tx.in(policies).put(scopeOf(organization), PolicyId, updated)
    await changeTree(tx, organization)
    return { Policy: { PolicySummary: policySummary(organization, updated), Content: updated.content } }
  })
}

/** @throws ServiceError PolicyNotFoundException, PolicyInUseException, InvalidInputException (AWS's policy). */
export async function deletePolicy(
  { call }: OrganizationsContext,
  { PolicyId }: Validated<DeletePolicyRequest>,
): Promise<undefined> {
  return call.transaction(async (tx) => {
    const { organization } = await standingIn(tx, call)
    const { type } = await findOwnPolicy(tx, organization, PolicyId)
    const scope = scopeOf(organization)
    const time = organization.policyTypes[type]
    if (time !== undefined) {
      const index = { name: 'policy', value: attachedValue(time, PolicyId) }
      const [attached] = await tx.in(attachments).list(scope, { index, limit: 1 })
      if (attached) throw policyInUse()
    }
    await tx.in(policies).delete(scope, PolicyId)
    await counts.change(tx, scope, 'all', { [type]: -1 })
    return undefined
  })
}

/** Lists AWS's own policy of a type first. @throws ServiceError InvalidInputException (token). */
export async function listPolicies(
  context: OrganizationsContext,
  { Filter, ...page }: Validated<ListPoliciesRequest>,
): Promise<ListPoliciesResponse> {
  const { organization } = await requireStanding(context)
  const { store } = context.call
  const type = policyTypeOf(Filter)
  const { awsPolicy } = policyTypes[type]
  const index = { name: 'type', value: type }
  const { rows, rest } = await pageOf<PolicySummary>(context, page, [organization.id, type], async (afterId, limit) => {
    // AWS's stands before all ids.
    const first = afterId === undefined && awsPolicy ? [{ id: ' ', document: awsPolicySummary(type, awsPolicy) }] : []
    const own = await store.in(policies).list(scopeOf(organization), {
      ...{ index, limit: limit - first.length },
      ...(afterId !== undefined && afterId !== ' ' && { afterId }),
    })
    return [...first, ...own.map(({ id, document }) => ({ id, document: policySummary(organization, document) }))]
  })
  return { Policies: rows, ...rest }
}
