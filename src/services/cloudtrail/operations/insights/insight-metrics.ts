import type { ListInsightsMetricDataRequest, ListInsightsMetricDataResponse } from '@aws-sdk/client-cloudtrail'
import { dayMs, hourMs, hourSeconds, minuteMs, minuteSeconds, secondMs } from '../../../../core/durations.ts'
import type { Validated } from '../../../../core/operation.ts'
import { openPageToken, sealPageToken } from '../../../../kit/page-token.ts'
import type { CloudTrailContext } from '../../cloudtrail-context.ts'
import { invalidNextToken, invalidParameter, invalidTimeRange } from '../../domain/errors.ts'
import { hourCounts, kindId } from '../../storage/insights.ts'
import { inOrder } from '../../storage/pending.ts'
import { findTrail } from '../trails/find-trail.ts'

/** How long counts of each period are kept. */
const keptMs: Readonly<Record<number, number>> = {
  [minuteSeconds]: 15 * dayMs,
  [5 * minuteSeconds]: 63 * dayMs,
  [hourSeconds]: 90 * dayMs,
}
const mostResults = 21_600
/** Hours that are read for a page. */
const hoursAtOnce = 24 * 90

/**
 * Lists how many calls of a kind there were, by period, as Insights count them.
 * @throws ServiceError InvalidParameterException, InvalidTrailNameException, InvalidTimeRangeException
 * @see https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_ListInsightsMetricData.html
 */
export async function listInsightsMetricData(
  context: CloudTrailContext,
  request: Validated<ListInsightsMetricDataRequest>,
): Promise<ListInsightsMetricDataResponse> {
  const { call } = context
  const { EventSource, EventName, InsightType, ErrorCode, TrailName, DataType, NextToken } = request
  const { Period = hourSeconds, MaxResults = mostResults } = request
  const kept = keptMs[Period]
  if (kept === undefined) throw invalidParameter('Period must be a minute, five minutes or an hour, in seconds.')
  if ((InsightType === 'ApiErrorRateInsight') !== (ErrorCode !== undefined)) {
    throw invalidParameter('Specify ErrorCode for ApiErrorRateInsight, and for no other type.')
  }
  const trail = TrailName === undefined ? undefined : await findTrail(context, TrailName)
  const nowMs = call.clock.nowMs()
  const periodMs = Period * secondMs
  const endMs = Math.min(request.EndTime?.getTime() ?? nowMs, nowMs)
  const startMs = Math.max(request.StartTime?.getTime() ?? nowMs - kept, nowMs - kept)
  if (request.StartTime && request.EndTime && request.StartTime > request.EndTime) throw invalidTimeRange()
  const list = [EventSource, EventName, InsightType, ErrorCode, Period, DataType, request.StartTime, request.EndTime]
  const begun = NextToken === undefined ? startMs : openPageToken(context, list, NextToken)
  if (typeof begun !== 'number') throw invalidNextToken()
  const counts = await countsOf(context, request, { fromMs: begun, endMs, periodMs })
  const all = DataType === 'FillWithZeros' ? filled(counts, { fromMs: begun, endMs, periodMs }) : [...counts]
  const page = all.slice(0, MaxResults)
  const next = all[MaxResults]?.[0]
  return {
    ...(trail && { TrailARN: trail.arn }),
    ...{ EventSource, EventName, InsightType },
    ...(ErrorCode !== undefined && { ErrorCode }),
    Timestamps: page.map(([timeMs]) => new Date(timeMs)),
    Values: page.map(([, count]) => count),
    ...(next !== undefined && { NextToken: sealPageToken(context, list, next) }),
  }
}

interface Range {
  fromMs: number
  endMs: number
  periodMs: number
}

/** @returns counts by the beginning of their periods, oldest first. */
async function countsOf(
  { call }: CloudTrailContext,
  { EventSource, EventName, InsightType, ErrorCode }: Validated<ListInsightsMetricDataRequest>,
  { fromMs, endMs, periodMs }: Range,
): Promise<Map<number, number>> {
  const scope = { accountId: call.accountId, region: call.region }
  const counts = new Map<number, number>()
  for (const category of ['Management', 'Data'] as const) {
    const kind = { type: InsightType, category, eventSource: EventSource, eventName: EventName }
    const name = kindId({ ...kind, ...(ErrorCode !== undefined && { errorCode: ErrorCode }) })
    const afterId = `${name}|${inOrder(Math.max(0, Math.floor(fromMs / hourMs) - 1))}`
    const hours = await call.store.in(hourCounts).list(scope, { idPrefix: `${name}|`, afterId, limit: hoursAtOnce })
    for (const { document } of hours) {
      for (const [minute, count] of document.minutes) {
        const timeMs = minute * minuteMs
        if (timeMs < fromMs || timeMs >= endMs) continue
        const period = Math.floor(timeMs / periodMs) * periodMs
        counts.set(period, (counts.get(period) ?? 0) + count)
      }
    }
  }
  return new Map([...counts].sort(([a], [b]) => a - b))
}

function filled(counts: ReadonlyMap<number, number>, { fromMs, endMs, periodMs }: Range): [number, number][] {
  const first = Math.floor(fromMs / periodMs) * periodMs
  const length = Math.max(0, Math.ceil((endMs - first) / periodMs))
  return Array.from({ length }, (_, at) => first + at * periodMs).map((timeMs) => [timeMs, counts.get(timeMs) ?? 0])
}
