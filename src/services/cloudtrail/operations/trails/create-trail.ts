import { randomUUID } from 'node:crypto'
import type { CreateTrailRequest, CreateTrailResponse } from '@aws-sdk/client-cloudtrail'
import type { Permission, Validated } from '../../../../core/operation.ts'
import type { DocumentReader } from '../../../../core/store.ts'
import { createdTagKeys } from '../../../../kit/tag-keys.ts'
import type { CloudTrailContext } from '../../cloudtrail-context.ts'
import { tooManyTrails, trailExists } from '../../domain/errors.ts'
import { type Place, trailArn } from '../../domain/resource-names.ts'
import { resourceTags } from '../../domain/tags.ts'
import { coversRegion, type Trail } from '../../domain/trail.ts'
import { trailView } from '../../domain/trail-view.ts'
import { putTrail, trailsOfAccount } from '../../storage/trails.ts'
import { administeredOrganization } from './organization-trails.ts'
import { checkRegions, passRole, withSettings } from './trail-settings.ts'

const mostTrails = 5

const placeOf = ({ partition, region, accountId }: Place): Place => ({ partition, region, accountId })

/** Returns the permissions for a new trail. @throws ServiceError InvalidTrailNameException */
export function onNewTrail(context: CloudTrailContext, request: Validated<CreateTrailRequest>): Permission[] {
  const arn = trailArn(context.call, request.Name)
  return [
    { action: 'cloudtrail:CreateTrail', resource: arn, context: () => createdTagKeys(request.TagsList ?? []) },
    ...passRole(context, request, arn),
  ]
}

/**
 * Creates a trail, which does not log before StartLogging. Its destinations are tried first.
 * @throws ServiceError as the documentation lists; see `withSettings` for those of destinations.
 * @see https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_CreateTrail.html
 */
export async function createTrail(
  context: CloudTrailContext,
  request: Validated<CreateTrailRequest>,
): Promise<CreateTrailResponse> {
  const { call, directory } = context
  const { Name: name, IsMultiRegionTrail = false, IncludeGlobalServiceEvents = true, TagsList = [] } = request
  const organization = request.IsOrganizationTrail ? await administeredOrganization(context) : undefined
  // A trail that a delegated administrator creates is the management account's.
  const accountId = organization?.managementAccountId ?? call.accountId
  const arn = trailArn({ ...placeOf(call), accountId }, name)
  checkRegions(IsMultiRegionTrail, IncludeGlobalServiceEvents)
  const blank: Trail = {
    ...{ id: randomUUID(), arn, name, accountId, homeRegion: call.region },
    ...(organization && { organizationId: organization.id }),
    ...{ bucket: '', bucketRegion: '', insights: [], isLogging: false, sessions: [], switches: [] },
    ...{ includesGlobalEvents: IncludeGlobalServiceEvents, isMultiRegion: IsMultiRegionTrail },
    tags: resourceTags.merge([], TagsList),
    ...(request.EnableLogFileValidation && { validatedSinceMs: call.clock.nowMs() }),
  }
  await checkRoom(call.store, blank)
  const trail = await withSettings(context, blank, request)
  const answer = await call.transaction(async (tx) => {
    await checkRoom(tx, trail)
    await putTrail(tx, trail)
    return trailView(trail)
  })
  await directory.refresh()
  return answer
}

/** @throws ServiceError TrailAlreadyExistsException, MaximumNumberOfTrailsExceededException */
async function checkRoom(reader: DocumentReader, trail: Trail): Promise<void> {
  const { name, accountId, homeRegion, isMultiRegion } = trail
  const others = await trailsOfAccount(reader, accountId)
  // A trail of all Regions needs its name in each of them.
  const sharing = others.filter((other) => isMultiRegion || coversRegion(other, homeRegion))
  if (sharing.some((other) => other.name === name && (coversRegion(other, homeRegion) || isMultiRegion))) {
    throw trailExists(name, accountId)
  }
  checkQuota(others, trail)
}

/**
 * Checks how many trails there are: one of all Regions counts in each.
 * @throws ServiceError MaximumNumberOfTrailsExceededException
 */
export function checkQuota(others: readonly Trail[], trail: Trail): void {
  const regions = new Set([
    trail.homeRegion,
    ...(trail.isMultiRegion ? others.map(({ homeRegion }) => homeRegion) : []),
  ])
  for (const region of regions) {
    const count = others.filter((other) => other.arn !== trail.arn && coversRegion(other, region)).length
    if (count >= mostTrails) throw tooManyTrails(trail.accountId, region, mostTrails)
  }
}
