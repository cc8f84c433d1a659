import type {
  CreateOrganizationRequest,
  CreateOrganizationResponse,
  DescribeOrganizationResponse,
} from '@aws-sdk/client-organizations'
import type { Validated } from '../../../core/operation.ts'
import type { Organization } from '../domain/entities.ts'
import { alreadyInOrganization, organizationNotEmpty } from '../domain/errors.ts'
import { newOrganizationId, newRootId } from '../domain/names.ts'
import { policyTypes } from '../domain/policy-types.ts'
import type { OrganizationsContext } from '../organizations-context.ts'
import {
  attachments,
  counts,
  createRequests,
  delegations,
  findMember,
  organizationDocument,
  resourcePolicyDocument,
  scopeOf,
} from '../storage/collections.ts'
import { join, leave } from '../storage/members.ts'
import { requireStanding, standingIn } from './standing.ts'
import { profileOf, shownOrganization } from './views.ts'

/**
 * Makes an organization that the caller's account manages, and is the first account of.
 * @throws ServiceError AlreadyInOrganizationException.
 * @see https://docs.aws.amazon.com/organizations/latest/APIReference/API_CreateOrganization.html
 */
export async function createOrganization(
  { call, accountQuota }: OrganizationsContext,
  { FeatureSet = 'ALL' }: Validated<CreateOrganizationRequest>,
): Promise<CreateOrganizationResponse> {
  const { accountId } = call
  const nowMs = call.clock.nowMs()
  return call.transaction(async (tx) => {
    if (await findMember(tx, accountId)) throw alreadyInOrganization()
    const organization: Organization = {
      id: newOrganizationId(),
      managementAccountId: accountId,
      featureSet: FeatureSet,
      rootId: newRootId(),
      rootTags: [],
      createdAtMs: nowMs,
      revision: 0,
      policyTypes: {},
      timesEnabled: 0,
      trustedServices: {},
    }
    const member = {
      ...{ accountId, organizationId: organization.id, managementAccountId: accountId, tags: [] },
      ...{ parentId: organization.rootId, joinedMethod: 'INVITED' as const, joinedAtMs: nowMs },
    }
    const { name, email } = await profileOf(tx, accountId)
    await join(tx, organization, { ...member, name, email }, accountQuota)
    return { Organization: await shownOrganization(tx, organization) }
  })
}

/** Any account of an organization may ask. @throws ServiceError AWSOrganizationsNotInUseException. */
export async function describeOrganization(
  context: OrganizationsContext,
  _input: object,
): Promise<DescribeOrganizationResponse> {
  const { organization } = await requireStanding(context)
  return { Organization: await shownOrganization(context.call.store, organization) }
}

/**
 * Deletes an organization of which nothing is left but its management account.
 * @throws ServiceError AWSOrganizationsNotInUseException, OrganizationNotEmptyException.
 */
export async function deleteOrganization({ call }: OrganizationsContext, _input: object): Promise<undefined> {
  return call.transaction(async (tx) => {
    const { organization, member } = await standingIn(tx, call)
    const scope = scopeOf(organization)
    const count = await counts.read(tx, scope, 'all')
    const types = Object.keys(policyTypes) as (keyof typeof policyTypes)[]
    const isCreating = { index: { name: 'state', value: 'IN_PROGRESS' }, limit: 1 }
    if ((await tx.in(createRequests).count(scope, isCreating)) > 0) throw organizationNotEmpty()
    if (count.accounts > 1 || count.units > 0 || types.some((type) => count[type] > 0)) throw organizationNotEmpty()
    await leave(tx, organization, member, call.clock.nowMs())
    await tx.in(attachments).delete(scope, organization.rootId)
    await tx.in(delegations).delete(scope, call.accountId)
    await resourcePolicyDocument.delete(tx, organization)
    await organizationDocument.delete(tx, organization)
    return undefined
  })
}
