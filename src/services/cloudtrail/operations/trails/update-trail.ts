import type { UpdateTrailRequest, UpdateTrailResponse } from '@aws-sdk/client-cloudtrail'
import type { Permission, Validated } from '../../../../core/operation.ts'
import type { CloudTrailContext } from '../../cloudtrail-context.ts'
import { ensureChain } from '../../delivery/digest-chain.ts'
import { notOrganizationAdministrator, trailExists } from '../../domain/errors.ts'
import { trailArn } from '../../domain/resource-names.ts'
import { openSession, type Trail } from '../../domain/trail.ts'
import { trailView } from '../../domain/trail-view.ts'
import { trailsOfAccount } from '../../storage/trails.ts'
import { changeTrail } from './change-trail.ts'
import { checkQuota } from './create-trail.ts'
import { findTrailAtHome, onTrail } from './find-trail.ts'
import { administeredOrganization } from './organization-trails.ts'
import { checkRegions, passRole, withSettings } from './trail-settings.ts'

export const onUpdatedTrail = async (
  context: CloudTrailContext,
  request: Validated<UpdateTrailRequest>,
): Promise<Permission[]> => [
  ...(await onTrail('Name')(context, request)),
  ...passRole(context, request, trailArn(context.call, request.Name)),
]

/**
 * Changes the settings of a trail, which goes on logging. What the request leaves out stays; texts that are given empty are taken
 * away.
 * @throws ServiceError as CreateTrail; InvalidHomeRegionException, TrailNotFoundException.
 * @see https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_UpdateTrail.html
 */
export async function updateTrail(
  context: CloudTrailContext,
  request: Validated<UpdateTrailRequest>,
): Promise<UpdateTrailResponse> {
  const { call } = context
  const trail = await findTrailAtHome(context, request.Name)
  const organizationId = await organizationAfter(context, trail, request)
  const { isMultiRegion, includesGlobalEvents } = regionsAfter(trail, request)
  checkRegions(isMultiRegion, includesGlobalEvents)
  if (isMultiRegion && !trail.isMultiRegion) {
    const others = (await trailsOfAccount(call.store, trail.accountId)).filter(({ arn }) => arn !== trail.arn)
    if (others.some(({ name }) => name === trail.name)) throw trailExists(trail.name, trail.accountId)
    checkQuota(others, { ...trail, isMultiRegion })
  }
  const { organizationId: _, ...alone } = trail
  const before = { ...alone, isMultiRegion, includesGlobalEvents, ...(organizationId && { organizationId }) }
  const settings = await withSettings(context, before, request)
  const nowMs = call.clock.nowMs()
  return changeTrail(
    context,
    trail,
    async (present, tx) => {
      // What was changed while the destinations were tried stays so.
      const { sessions, switches, isLogging, startedAtMs, stoppedAtMs, selectors, tags } = present
      const { insights, insightsSinceMs } = present
      const validatedSinceMs = validationAfter(present, request, nowMs)
      const { validatedSinceMs: __, ...next } = settings
      const changed: Trail = {
        ...{ ...next, sessions, switches, isLogging, insights, tags },
        ...(startedAtMs !== undefined && { startedAtMs }),
        ...(stoppedAtMs !== undefined && { stoppedAtMs }),
        ...(selectors && { selectors }),
        ...(insightsSinceMs !== undefined && { insightsSinceMs }),
        ...(validatedSinceMs !== undefined && { validatedSinceMs }),
      }
      const session = openSession(changed)
      if (session && validatedSinceMs !== present.validatedSinceMs && validatedSinceMs !== undefined) {
        const { accountId, homeRegion: region } = changed
        await ensureChain(tx, changed, { accountId, region, startedAtMs: session.startedAtMs }, nowMs)
      }
      return changed
    },
    trailView,
  )
}

/** A trail that comes to cover one Region leaves global events out, unless it says otherwise. */
function regionsAfter(trail: Trail, { IsMultiRegionTrail, IncludeGlobalServiceEvents }: UpdateTrailRequest) {
  const isMultiRegion = IsMultiRegionTrail ?? trail.isMultiRegion
  const kept = trail.isMultiRegion === isMultiRegion ? trail.includesGlobalEvents : isMultiRegion
  return { isMultiRegion, includesGlobalEvents: IncludeGlobalServiceEvents ?? kept }
}

function validationAfter({ validatedSinceMs }: Trail, { EnableLogFileValidation }: UpdateTrailRequest, nowMs: number) {
  if (EnableLogFileValidation === undefined) return validatedSinceMs
  return EnableLogFileValidation ? (validatedSinceMs ?? nowMs) : undefined
}

/** Only the management account makes a trail of its own one of the organization, and the other way round. */
async function organizationAfter(
  context: CloudTrailContext,
  { accountId, organizationId }: Trail,
  { IsOrganizationTrail }: UpdateTrailRequest,
): Promise<string | undefined> {
  if (IsOrganizationTrail === undefined || IsOrganizationTrail === (organizationId !== undefined)) return organizationId
  if (accountId !== context.call.accountId) throw notOrganizationAdministrator()
  if (!IsOrganizationTrail) return undefined
  const organization = await administeredOrganization(context)
  if (organization.managementAccountId !== accountId) throw notOrganizationAdministrator()
  return organization.id
}
