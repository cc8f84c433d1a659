import type { LookupEventsRequest, LookupEventsResponse } from '@aws-sdk/client-cloudtrail'
import type { CloudTrailContext } from '../cloudtrail-context.ts'
import { eventView } from '../domain/event-view.ts'
import { historyStartMs, type Lookup, pageSize, readLookup } from '../domain/lookup.ts'
import { openToken, sealToken } from '../domain/lookup-token.ts'
import { findInsights } from './insights/insight-events.ts'

/**
 * Looks up management events of the caller's account in the region, of the last 90 days, newest first.
 *
 * @param request - `LookupAttributes`: at most one; its value is compared whole and case-sensitive. `StartTime`, `EndTime`:
 *   inclusive. `MaxResults`: 1–50, 50 when absent. `NextToken`: for the same attribute and times as the page before.
 * @returns `Events`, with the record as kept in `CloudTrailEvent`; `NextToken` when there are more.
 * @throws InvalidLookupAttributesException, InvalidTimeRangeException, InvalidMaxResultsException,
 *   InvalidEventCategoryException, InvalidNextTokenException, ThrottlingException (more than two a second).
 * @see https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html
 */
export async function lookupEvents(
  context: CloudTrailContext,
  request: LookupEventsRequest,
): Promise<LookupEventsResponse> {
  const { call, history } = context
  const { accountId, region } = call
  const nowMs = call.clock.nowMs()
  const limit = pageSize(request.MaxResults)
  const lookup = readLookup(request)
  const token = request.NextToken
  if (lookup.category === 'insight') {
    return findInsights(context, { ...lookup, category: 'Management' }, { limit, token })
  }
  const after = token === undefined ? undefined : openToken(context, lookup, token, nowMs)
  const { records, next } = await history.find({ accountId, region, ...bounds(lookup, nowMs), after, limit })
  return { Events: records.map(eventView), NextToken: next && sealToken(context, lookup, next, nowMs) }
}

const bounds = ({ attribute, startMs = Number.NEGATIVE_INFINITY, endMs }: Lookup, nowMs: number) => ({
  attribute,
  fromMs: Math.max(startMs, historyStartMs(nowMs)),
  toMs: endMs,
})
