import type { Permission } from '../../../../core/operation.ts'
import type { DocumentReader } from '../../../../core/store.ts'
import { resourceTagKeys } from '../../../../kit/tag-keys.ts'
import type { CloudTrailContext } from '../../cloudtrail-context.ts'
import { notInHomeRegion, trailNotFound } from '../../domain/errors.ts'
import { trailArn } from '../../domain/resource-names.ts'
import { coversRegion, type Trail } from '../../domain/trail.ts'
import { everywhere, trails } from '../../storage/trails.ts'

/** Finds a trail that can be seen in the call's Region: one made there, or one of all Regions. */
export async function trailIfAt({ call, found }: CloudTrailContext, arn: string): Promise<Trail | undefined> {
  const trail = await found.find(arn, () => call.store.in(trails).get(everywhere, arn))
  return trail && trail.accountId === call.accountId && coversRegion(trail, call.region) ? trail : undefined
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

/** Finds a trail that is to be changed. @throws ServiceError as `findTrail`; InvalidHomeRegionException. */
export async function findTrailAtHome(
  context: CloudTrailContext,
  nameOrArn: string,
  echo?: (arn: string) => string,
): Promise<Trail> {
  const trail = await findTrail(context, nameOrArn, echo)
  if (trail.homeRegion !== context.call.region) throw notInHomeRegion(trail.arn, trail.homeRegion)
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
