import type { Permission, RequestContext } from '../../../core/operation.ts'
import { createdTagKeys, removedTagKeys, requestTagKeys, resourceTagKeys } from '../../../kit/tag-keys.ts'
import type { GivenTag } from '../../../kit/tags.ts'
import type { Organization } from '../domain/entities.ts'
import { accessDenied } from '../domain/errors.ts'
import { handshakeArn, policyArn, resourcePolicyArn, targetArn } from '../domain/names.ts'
import { findAwsPolicy } from '../domain/policy-types.ts'
import { delegableOperations, organizationPolicies } from '../domain/resource-policy.ts'
import type { OrganizationsContext } from '../organizations-context.ts'
import { everywhere, findResourcePolicy, handshakes } from '../storage/collections.ts'
import { findTagged } from '../storage/tagged.ts'
import { standingOf } from './standing.ts'

// What each operation asks for, as the Service Authorization Reference, "AWS Organizations", lists it.

/**
 * Who may call an operation. `own`: every account, about itself. `management`: the management account, and where the operation can be
 * delegated a member that the resource policy allows it. `reading`: those, and members that administer a service for the organization.
 */
export type Callers = 'own' | 'management' | 'reading'

/** What of a request permissions are about. */
interface Asked {
  /** Ids of the roots, units, accounts and policies that the request names. */
  ids?: readonly (string | undefined)[]
  policyType?: string | undefined
  servicePrincipal?: string | undefined
  /** Of what the request makes. */
  newTags?: readonly GivenTag[] | undefined
  /** Condition keys of tags that the request adds or removes. */
  tagKeys?: RequestContext
  handshakeId?: string | undefined
}

/** @throws ServiceError AccessDeniedException - the operation is not the account's. */
export const permissionsFor =
  <I>(callers: Callers, asked: (input: I) => Asked = () => ({})) =>
  async (context: OrganizationsContext, input: I): Promise<readonly Permission[]> => {
    const { call } = context
    const standing = await standingOf(context)
    const wanted = asked(input)
    const resources = await resourcesOf(context, wanted, standing?.organization)
    const keys: RequestContext = {
      ...(wanted.policyType !== undefined && { 'organizations:PolicyType': wanted.policyType }),
      ...(wanted.servicePrincipal !== undefined && { 'organizations:ServicePrincipal': wanted.servicePrincipal }),
      ...(wanted.newTags && createdTagKeys(wanted.newTags)),
      ...wanted.tagKeys,
    }
    const permissions = resources.map(
      ({ resource, context: ofResource }): Permission => ({
        action: `organizations:${call.operation}`,
        resource,
        context: { ...ofResource, ...keys },
      }),
    )
    const isOwn = callers === 'own' || !standing || standing.role === 'management'
    if (isOwn || (callers === 'reading' && standing.role === 'delegate')) return permissions
    return delegated(context, standing.organization, permissions)
  }

/** What a member may do in the place of the management account, where the resource policy allows it. */
async function delegated(
  { call, identity }: OrganizationsContext,
  organization: Organization,
  permissions: readonly Permission[],
): Promise<readonly Permission[]> {
  const bound = delegableOperations.has(call.operation) && (await findResourcePolicy(call.store, organization))
  if (!bound) throw accessDenied()
  const policy = await organizationPolicies.inForce(identity, bound)
  const resourceAccountId = organization.managementAccountId
  return permissions.map((permission) => ({ ...permission, resourceAccountId, ...(policy && { policy }) }))
}

async function resourcesOf(
  { call: { store } }: OrganizationsContext,
  { ids, handshakeId }: Asked,
  organization: Organization | undefined,
): Promise<{ resource: string; context?: RequestContext }[]> {
  if (handshakeId !== undefined) {
    const found = await store.in(handshakes).get(everywhere, handshakeId)
    if (!found) return [{ resource: '*' }]
    const { organizationId: id, managementAccountId, action } = found
    return [{ resource: handshakeArn({ id, managementAccountId }, action, handshakeId) }]
  }
  const named = ids?.filter((id) => id !== undefined) ?? []
  if (!organization || named.length === 0) return [{ resource: '*' }]
  const resources = []
  for (const id of named) {
    const aws = findAwsPolicy(id)
    const tagged = aws ? undefined : await findTagged(store, organization, id)
    if (aws) resources.push({ resource: aws.policy.arn, context: { 'organizations:PolicyType': aws.type } })
    else if (!tagged) resources.push({ resource: unknownArn(organization, id) })
    else {
      const type = tagged.policyType
      const context = {
        ...resourceTagKeys(tagged.tags),
        ...(type !== undefined && { 'organizations:PolicyType': type }),
      }
      resources.push({ resource: tagged.arn, context })
    }
  }
  return resources
}

/** The ARN of what does not exist, so that only those learn it who may ask. */
function unknownArn(organization: Organization, id: string): string {
  if (id.startsWith('p-')) return policyArn(organization, 'SERVICE_CONTROL_POLICY', id)
  return id.startsWith('rp-') ? resourcePolicyArn(organization, id) : targetArn(organization, id)
}

export const addedTags = (tags: readonly GivenTag[] = []) => requestTagKeys(tags)
export const takenTags = (keys: readonly string[] = []) => removedTagKeys(keys)
