import type { Permission } from '../../../../core/operation.ts'
import type { DocumentReader } from '../../../../core/store.ts'
import { resourceTagKeys } from '../../../../kit/tag-keys.ts'
import type { CloudTrailContext } from '../../cloudtrail-context.ts'
import { notInHomeRegion, notOrganizationAdministrator, trailNotFound } from '../../domain/errors.ts'
import { trailArn } from '../../domain/resource-names.ts'
import { coversRegion, type Trail } from '../../domain/trail.ts'
import { everywhere, trails, trailsOfAccount } from '../../storage/trails.ts'
import { isAdministrator } from './organization-trails.ts'

/**
 * Finds a trail that can be seen in the call's Region: one made there, or one of all Regions. Members of an organization see its
 * trails, by their ARNs.
 */
export async function trailIfAt(context: CloudTrailContext, arn: string): Promise<Trail | undefined> {
  const { call, found, organizations } = context
  const trail = await found.find(arn, () => call.store.in(trails).get(everywhere, arn))
  if (!trail || !coversRegion(trail, call.region)) return undefined
  if (trail.accountId === call.accountId) return trail
  if (trail.organizationId === undefined) return undefined
  const organization = await organizations.organizationOf(call.accountId)
  return organization?.id === trail.organizationId ? trail : undefined
}

/** Reads the trails that an account can see: its own, and those of its organization. */
export async function visibleTrails({ call, organizations }: CloudTrailContext): Promise<Trail[]> {
  const own = await trailsOfAccount(call.store, call.accountId)
  const organization = await organizations.organizationOf(call.accountId)
  if (!organization || organization.managementAccountId === call.accountId) return own
  const managed = await trailsOfAccount(call.store, organization.managementAccountId)
  return [...own, ...managed.filter(({ organizationId }) => organizationId === organization.id)]
}

/**
 * Finds the trail that a request names, by its name in the call's Region or by its ARN.
 * @param echo - what the refusal calls it; default: as it was named.
 * @throws ServiceError InvalidTrailNameException, CloudTrailARNInvalidException, TrailNotFoundException
 */
export async function findTrail(
  context: CloudTrailContext,
  nameOrArn: string,
  echo: (arn: string) => string = () => nameOrArn,
): Promise<Trail> {
  const arn = trailArn(context.call, nameOrArn)
  const trail = await trailIfAt(context, arn)
  if (!trail) throw trailNotFound(echo(arn), context.call.accountId)
  return trail
}

/** Finds a trail that is to be changed. @throws ServiceError as `findTrail`; InvalidHomeRegionException, NotOrganizationMasterAccountException. */
export async function findTrailAtHome(
  context: CloudTrailContext,
  nameOrArn: string,
  echo?: (arn: string) => string,
): Promise<Trail> {
  const { call, organizations } = context
  const trail = await findTrail(context, nameOrArn, echo)
  const isOwn = trail.accountId === call.accountId
  if (!isOwn && !(await isAdministrator(organizations, trail.accountId, call.accountId))) {
    throw notOrganizationAdministrator()
  }
  if (trail.homeRegion !== call.region) throw notInHomeRegion(trail.arn, trail.homeRegion)
  return trail
}

/** Reads a trail as it is in a transaction. @throws ServiceError TrailNotFoundException - it was deleted meanwhile. */
export async function presentTrail(reader: DocumentReader, { arn, id, accountId }: Trail): Promise<Trail> {
  const present = await reader.in(trails).get(everywhere, arn)
  if (present?.id !== id) throw trailNotFound(arn, accountId)
  return present
}

/** Returns the permissions for operations on the trail that a member of the request names. */
export const onTrail =
  <Member extends string>(member: Member) =>
  async (context: CloudTrailContext, request: Readonly<Record<Member, string>>): Promise<Permission[]> => {
    const arn = trailArn(context.call, request[member])
    const trail = await trailIfAt(context, arn)
    return [
      {
        action: `cloudtrail:${context.call.operation}`,
        resource: arn,
        ...(trail && { context: () => resourceTagKeys(trail.tags) }),
      },
    ]
  }
