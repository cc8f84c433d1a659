import type { GetMetricDataInput, GetMetricDataOutput, MetricDataResult } from '@aws-sdk/client-cloudwatch'
import { secondMs } from '../../../core/durations.ts'
import type { Validated } from '../../../core/operation.ts'
import { openPageToken, sealPageToken } from '../../../kit/page-token.ts'
import type { CloudWatchContext } from '../cloudwatch-context.ts'
import { expressionError, invalidNextToken, validationError } from '../domain/errors.ts'
import { checkTimezone, filledLabel, type LabelFacts } from '../domain/label.ts'
import type { MathValue, Series } from '../domain/math/values.ts'
import { type CheckedQuery, checkQueries } from '../domain/queries.ts'
import { evaluateQueries } from './evaluate-queries.ts'

const mostDatapoints = 100_800

/**
 * Reads metrics, and what expressions make of them.
 * @throws ServiceError ValidationException, InvalidNextToken.
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html
 */
export async function getMetricData(
  context: CloudWatchContext,
  request: Validated<GetMetricDataInput>,
): Promise<GetMetricDataOutput> {
  const { call, data, flush } = context
  const { MetricDataQueries, StartTime, EndTime, ScanBy, MaxDatapoints = mostDatapoints, NextToken } = request
  if (StartTime >= EndTime) throw validationError('The parameter StartTime must be less than the parameter EndTime.')
  if (MaxDatapoints < 1 || MaxDatapoints > mostDatapoints) {
    throw validationError(`The parameter MaxDatapoints must be between 1 and ${mostDatapoints}.`)
  }
  const timezone = request.LabelOptions?.Timezone
  checkTimezone(timezone)
  const queries = checkQueries(MetricDataQueries, call.accountId, 'MetricDataQueries')
  if (!queries.some(({ returnsData }) => returnsData)) {
    throw validationError('At least one of the queries must have ReturnData set to true.')
  }
  const list = [MetricDataQueries, StartTime.getTime(), EndTime.getTime(), ScanBy]
  const passed = NextToken === undefined ? 0 : passedIn(context, list, NextToken)
  await flush()
  const range = { startMs: StartTime.getTime(), endMs: EndTime.getTime(), nowMs: call.clock.nowMs() }
  const values = await evaluateQueries(data, call, queries, range)
  const results = queries
    .filter(({ returnsData }) => returnsData)
    .flatMap((query) => resultsOf(query, values.get(query.id), { scope: call, timezone }))
  const { page, next } = pageOf(results, ScanBy !== 'TimestampAscending', passed, MaxDatapoints)
  return {
    MetricDataResults: page,
    Messages: [],
    ...(next !== undefined && { NextToken: sealPageToken(context, list, next) }),
  }
}

interface Result {
  id: string
  label: string
  points: readonly (readonly [at: number, value: number])[]
}

/** The label of a result that has none of its own. */
const ownLabel = (query: CheckedQuery) => (query.kind === 'metric' ? query.metric.name : query.id)

/** @throws ServiceError - an expression that makes a number, or a text, of which there are no data points. */
function resultsOf(
  query: CheckedQuery,
  value: MathValue | undefined,
  of: Pick<LabelFacts, 'scope' | 'timezone'>,
): Result[] {
  const { id, label, kind } = query
  const result = (own: string, series: Series): Result => {
    const points = [...series.points]
    const shown = label === undefined ? own : filledLabel(label, { ...of, query, label: own, points })
    return { id, label: shown, points }
  }
  if (value?.kind === 'series')
    return [result(kind === 'metric' && label === undefined ? value.series.label : ownLabel(query), value.series)]
  if (value?.kind === 'list') return value.series.map((series) => result(series.label || id, series))
  throw expressionError(id, 'The expression must evaluate to a time series, and not to a single value.')
}

/**
 * Shows a part of all points, in the order of the results.
 * @param passed - how many points earlier pages had.
 * @returns how many there are with this page, where more follow.
 */
function pageOf(
  results: readonly Result[],
  descending: boolean,
  passed: number,
  limit: number,
): { page: MetricDataResult[]; next: number | undefined } {
  const page: MetricDataResult[] = []
  let before = 0
  let left = limit
  let isPartial = false
  for (const { id, label, points } of results) {
    const skipped = Math.min(Math.max(passed - before, 0), points.length)
    before += points.length
    // A result whose points earlier pages had is not shown again; one without points is on the first page.
    if (passed > 0 && (skipped === points.length || points.length === 0)) continue
    const ordered = descending ? points.toReversed() : points
    const shown = ordered.slice(skipped, skipped + left)
    left -= shown.length
    const isWhole = skipped + shown.length === points.length
    isPartial ||= !isWhole
    page.push({
      Id: id,
      Label: label,
      Timestamps: shown.map(([at]) => new Date(at * secondMs)),
      Values: shown.map(([, value]) => value),
      StatusCode: isWhole ? 'Complete' : 'PartialData',
    })
  }
  return { page, next: isPartial ? passed + limit - left : undefined }
}

function passedIn(context: CloudWatchContext, list: readonly unknown[], token: string): number {
  const passed = openPageToken(context, list, token)
  if (typeof passed !== 'number') throw invalidNextToken()
  return passed
}
