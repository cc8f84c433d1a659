import type {
  GetInsightSelectorsRequest,
  GetInsightSelectorsResponse,
  PutInsightSelectorsRequest,
  PutInsightSelectorsResponse,
} from '@aws-sdk/client-cloudtrail'
import type { Validated } from '../../../../core/operation.ts'
import type { CloudTrailContext } from '../../cloudtrail-context.ts'
import { checkBucket } from '../../delivery/destinations.ts'
import {
  eventDataStoreNotFound,
  insightsNotEnabled,
  invalidInsightSelectors,
  trailAndStoreTogether,
} from '../../domain/errors.ts'
import { eventDataStoreArn } from '../../domain/resource-names.ts'
import { categoryOf } from '../../domain/selectors/check-advanced.ts'
import { type InsightSelector, selectorsOf, type Trail } from '../../domain/trail.ts'
import { changeTrail } from '../trails/change-trail.ts'
import { findTrail, findTrailAtHome } from '../trails/find-trail.ts'

/**
 * Replaces the Insights selectors of a trail. Without any, its Insights are off.
 * @throws ServiceError InvalidInsightSelectorsException, InsufficientS3BucketPolicyException, S3BucketDoesNotExistException,
 *   TrailNotFoundException, InvalidHomeRegionException, InvalidParameterCombinationException.
 * @see https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_PutInsightSelectors.html
 */
export async function putInsightSelectors(
  context: CloudTrailContext,
  request: Validated<PutInsightSelectorsRequest>,
): Promise<PutInsightSelectorsResponse> {
  const { call } = context
  if (request.TrailName !== undefined && request.InsightsDestination !== undefined) throw trailAndStoreTogether()
  const trail = await findTrailAtHome(context, nameOf(context, request))
  const insights = readSelectors(request, trail)
  await checkBucket(context.calls, trail)
  const nowMs = call.clock.nowMs()
  return changeTrail(
    context,
    trail,
    (present) => {
      const { insightsSinceMs: since, ...rest } = present
      if (insights.length === 0) return { ...rest, insights }
      const insightsSinceMs = present.insights.length > 0 ? (since ?? nowMs) : nowMs
      return { ...rest, insights, insightsSinceMs }
    },
    insightsView,
  )
}

/**
 * Returns the Insights selectors of a trail.
 * @throws ServiceError InsightNotEnabledException, TrailNotFoundException, EventDataStoreNotFoundException.
 * @see https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_GetInsightSelectors.html
 */
export async function getInsightSelectors(
  context: CloudTrailContext,
  request: Validated<GetInsightSelectorsRequest>,
): Promise<GetInsightSelectorsResponse> {
  const trail = await findTrail(context, nameOf(context, request))
  if (trail.insights.length === 0) throw insightsNotEnabled(trail.name)
  return insightsView(trail)
}

const insightsView = ({ arn, insights }: Trail): GetInsightSelectorsResponse => ({
  TrailARN: arn,
  InsightSelectors: insights.map(({ InsightType, EventCategories }) => ({
    InsightType,
    EventCategories: [...EventCategories],
  })),
})

function nameOf({ call }: CloudTrailContext, { TrailName, EventDataStore = '' }: GetInsightSelectorsRequest): string {
  if (TrailName !== undefined) return TrailName
  throw eventDataStoreNotFound(eventDataStoreArn(call, EventDataStore))
}

/** @throws ServiceError InvalidInsightSelectorsException */
function readSelectors({ InsightSelectors }: Validated<PutInsightSelectorsRequest>, trail: Trail): InsightSelector[] {
  const selectors = InsightSelectors.map(({ InsightType, EventCategories = ['Management' as const] }) => {
    if (InsightType === undefined) throw invalidInsightSelectors('An Insights selector needs an InsightType.')
    if (EventCategories.length === 0) throw invalidInsightSelectors('An Insights selector needs an event category.')
    return { InsightType, EventCategories: [...new Set(EventCategories)] }
  })
  if (new Set(selectors.map(({ InsightType }) => InsightType)).size < selectors.length) {
    throw invalidInsightSelectors('Each InsightType can be specified once.')
  }
  for (const { InsightType, EventCategories } of selectors) {
    for (const category of EventCategories) checkLogged(trail, InsightType, category)
  }
  return selectors
}

/** The trail must log the events that insights come of: for call rates, those that change something. */
function checkLogged(trail: Trail, type: InsightSelector['InsightType'], category: 'Management' | 'Data'): void {
  const writesOnly = type === 'ApiCallRateInsight' && category === 'Management'
  if (logs(trail, category, writesOnly)) return
  const kind = writesOnly ? 'write management' : category.toLowerCase()
  throw invalidInsightSelectors(`The trail ${trail.name} must log ${kind} events for ${type}.`)
}

function logs(trail: Trail, category: 'Management' | 'Data', writes: boolean): boolean {
  const given = selectorsOf(trail)
  if (given.kind === 'basic') {
    return given.selectors.some(({ ReadWriteType, IncludeManagementEvents, DataResources }) => {
      if (writes && ReadWriteType === 'ReadOnly') return false
      return category === 'Management' ? IncludeManagementEvents : DataResources.length > 0
    })
  }
  return given.selectors.some((selector) => {
    const readOnly = selector.FieldSelectors.find(({ Field }) => Field === 'readOnly')?.Equals?.[0]
    return categoryOf(selector) === category && !(writes && readOnly === 'true')
  })
}
