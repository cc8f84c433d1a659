import type {
  GetEventSelectorsRequest,
  GetEventSelectorsResponse,
  PutEventSelectorsRequest,
  PutEventSelectorsResponse,
} from '@aws-sdk/client-cloudtrail'
import type { Validated } from '../../../../core/operation.ts'
import type { CloudTrailContext } from '../../cloudtrail-context.ts'
import { invalidEventSelectors } from '../../domain/errors.ts'
import { checkAdvancedSelectors } from '../../domain/selectors/check-advanced.ts'
import { checkBasicSelectors } from '../../domain/selectors/check-basic.ts'
import type { Selectors } from '../../domain/selectors/selectors.ts'
import { selectorsOf, type Trail } from '../../domain/trail.ts'
import { changeTrail } from './change-trail.ts'
import { findTrail, findTrailAtHome } from './find-trail.ts'

/**
 * Replaces the selectors of a trail, of either kind.
 * @throws ServiceError InvalidEventSelectorsException, TrailNotFoundException, InvalidHomeRegionException.
 * @see https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_PutEventSelectors.html
 */
export async function putEventSelectors(
  context: CloudTrailContext,
  request: Validated<PutEventSelectorsRequest>,
): Promise<PutEventSelectorsResponse> {
  const trail = await findTrailAtHome(context, request.TrailName)
  const selectors = readSelectors(request)
  return changeTrail(context, trail, (present) => ({ ...present, selectors }), selectorsView)
}

function readSelectors({ EventSelectors, AdvancedEventSelectors }: PutEventSelectorsRequest): Selectors {
  if ((EventSelectors === undefined) === (AdvancedEventSelectors === undefined)) {
    throw invalidEventSelectors('Specify EventSelectors or AdvancedEventSelectors, and not both.')
  }
  return EventSelectors
    ? { kind: 'basic', selectors: checkBasicSelectors(EventSelectors) }
    : { kind: 'advanced', selectors: checkAdvancedSelectors(AdvancedEventSelectors ?? [], 'trail') }
}

/** @throws ServiceError TrailNotFoundException. @see https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_GetEventSelectors.html */
export const getEventSelectors = async (
  context: CloudTrailContext,
  { TrailName }: Validated<GetEventSelectorsRequest>,
): Promise<GetEventSelectorsResponse> => selectorsView(await findTrail(context, TrailName))

function selectorsView(trail: Trail): GetEventSelectorsResponse {
  const { kind, selectors } = selectorsOf(trail)
  const given = structuredClone(selectors) as never
  return { TrailARN: trail.arn, [kind === 'basic' ? 'EventSelectors' : 'AdvancedEventSelectors']: given }
}
