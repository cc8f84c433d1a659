import type { Event, ListInsightsDataRequest, ListInsightsDataResponse } from '@aws-sdk/client-cloudtrail'
import type { Permission, Validated } from '../../../../core/operation.ts'
import { readList } from '../../../../kit/bounded-list.ts'
import { openPageToken, sealPageToken } from '../../../../kit/page-token.ts'
import type { CloudTrailContext } from '../../cloudtrail-context.ts'
import { invalidNextToken, invalidParameter, invalidTimeRange } from '../../domain/errors.ts'
import { historyStartMs, pageSize } from '../../domain/lookup.ts'
import { trailArn } from '../../domain/resource-names.ts'
import { insightEvents, type StoredInsight } from '../../storage/insights.ts'
import { inOrder } from '../../storage/pending.ts'

export interface InsightLookup {
  category: 'Management' | 'Data'
  attribute?: { key: string; value: string } | undefined
  startMs?: number | undefined
  endMs?: number | undefined
  /** Default: insights of all trails. */
  trailArn?: string | undefined
}

/**
 * Looks up insight events of the call's account and Region, newest first.
 * @throws ServiceError InvalidNextTokenException
 */
export async function findInsights(
  context: CloudTrailContext,
  lookup: InsightLookup,
  { limit, token }: { limit: number; token?: string | undefined },
): Promise<{ Events: Event[]; NextToken?: string }> {
  const { call } = context
  const { category, attribute, startMs = Number.NEGATIVE_INFINITY, endMs } = lookup
  const scope = { accountId: call.accountId, region: call.region }
  const list = [category, attribute?.key, attribute?.value, lookup.startMs, endMs, lookup.trailArn]
  const begun = token === undefined ? undefined : openPageToken(context, list, token)
  if (token !== undefined && typeof begun !== 'string') throw invalidNextToken()
  const fromMs = Math.max(startMs, historyStartMs(call.clock.nowMs()))
  // Behind every event of the last second that is wanted.
  const first = `${inOrder((endMs ?? call.clock.nowMs()) + 1)}`
  const page = await readList<StoredInsight, string>(
    {
      read: async (place, count) => {
        const after = { value: '', id: place ?? first }
        const rows = await call.store.in(insightEvents).listOrdered(scope, { descending: true, after, limit: count })
        return rows.map(({ id, document }) => ({ place: id, row: document }))
      },
      fits: (event) => event.timeMs >= fromMs && fits(event, lookup),
    },
    begun as string | undefined,
    limit,
  )
  const next = page.more && page.place !== undefined ? sealPageToken(context, list, page.place) : undefined
  return { Events: page.rows.map(({ row }) => insightView(row)), ...(next !== undefined && { NextToken: next }) }
}

function fits(
  { kind, eventId, trailArns }: StoredInsight,
  { category, attribute, trailArn: arn }: InsightLookup,
): boolean {
  if (kind.category !== category || (arn !== undefined && !trailArns.includes(arn))) return false
  if (!attribute) return true
  const { key, value } = attribute
  const values: Record<string, string> = {
    ...{ EventId: eventId, EventName: kind.eventName, EventSource: kind.eventSource },
  }
  return values[key] === value
}

const insightView = ({ eventId, kind, timeMs, record }: StoredInsight): Event => ({
  EventId: eventId,
  EventName: kind.eventName,
  EventTime: new Date(timeMs),
  EventSource: kind.eventSource,
  Resources: [],
  CloudTrailEvent: record,
})

export const onInsightSource = (
  { call }: CloudTrailContext,
  { InsightSource }: Validated<ListInsightsDataRequest>,
): Permission[] => [{ action: 'cloudtrail:ListInsightsData', resource: trailArn(call, InsightSource) }]

/**
 * Lists the insights that a trail has had of data events.
 * @throws ServiceError InvalidParameterException
 * @see https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_ListInsightsData.html
 */
export async function listInsightsData(
  context: CloudTrailContext,
  request: Validated<ListInsightsDataRequest>,
): Promise<ListInsightsDataResponse> {
  const { InsightSource, Dimensions = {}, StartTime, EndTime, MaxResults, NextToken: token } = request
  if (!InsightSource.startsWith('arn:')) throw invalidParameter('InsightSource must be the ARN of a trail.')
  const [given] = Object.entries(Dimensions)
  const attribute = given && { key: given[0], value: given[1] ?? '' }
  const [startMs, endMs] = [StartTime?.getTime(), EndTime?.getTime()]
  if (startMs !== undefined && endMs !== undefined && startMs > endMs) throw invalidTimeRange()
  const lookup = { category: 'Data' as const, attribute, startMs, endMs, trailArn: InsightSource }
  return findInsights(context, lookup, { limit: pageSize(MaxResults), token })
}
