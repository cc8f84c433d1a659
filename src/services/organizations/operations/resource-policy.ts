import type {
  DescribeResourcePolicyResponse,
  PutResourcePolicyRequest,
  PutResourcePolicyResponse,
} from '@aws-sdk/client-organizations'
import type { Validated } from '../../../core/operation.ts'
import type { Organization, ResourcePolicy } from '../domain/entities.ts'
import { resourcePolicyNotFound } from '../domain/errors.ts'
import { newResourcePolicyId, resourcePolicyArn } from '../domain/names.ts'
import { organizationPolicies } from '../domain/resource-policy.ts'
import { organizationTags } from '../domain/tags.ts'
import type { OrganizationsContext } from '../organizations-context.ts'
import { findResourcePolicy, resourcePolicyDocument } from '../storage/collections.ts'
import { requireStanding, standingIn } from './standing.ts'

const shown = (organization: Organization, { id }: ResourcePolicy, Content: string) => ({
  ResourcePolicySummary: { Id: id, Arn: resourcePolicyArn(organization, id) },
  Content,
})

/**
 * Replaces the policy by which member accounts may do what is the management account's.
 * @throws ServiceError InvalidInputException, ConstraintViolationException (tags).
 */
export async function putResourcePolicy(
  { call, identity }: OrganizationsContext,
  { Content, Tags = [] }: Validated<PutResourcePolicyRequest>,
): Promise<PutResourcePolicyResponse> {
  const bound = await organizationPolicies.accept(identity, Content)
  const tags = organizationTags.merge([], Tags)
  return call.transaction(async (tx) => {
    const { organization } = await standingIn(tx, call)
    const known = await findResourcePolicy(tx, organization)
    const policy = {
      id: known?.id ?? newResourcePolicyId(),
      tags: tags.length > 0 ? tags : (known?.tags ?? []),
      ...bound,
    }
    await resourcePolicyDocument.put(tx, organization, policy)
    return { ResourcePolicy: shown(organization, policy, Content) }
  })
}

/** @throws ServiceError ResourcePolicyNotFoundException. */
export async function describeResourcePolicy(
  context: OrganizationsContext,
  _input: object,
): Promise<DescribeResourcePolicyResponse> {
  const { organization } = await requireStanding(context)
  const policy = await findResourcePolicy(context.call.store, organization)
  if (!policy) throw resourcePolicyNotFound()
  return { ResourcePolicy: shown(organization, policy, await organizationPolicies.shown(context.identity, policy)) }
}

/** @throws ServiceError ResourcePolicyNotFoundException. */
export async function deleteResourcePolicy({ call }: OrganizationsContext, _input: object): Promise<undefined> {
  return call.transaction(async (tx) => {
    const { organization } = await standingIn(tx, call)
    if (!(await resourcePolicyDocument.delete(tx, organization))) throw resourcePolicyNotFound()
    return undefined
  })
}
