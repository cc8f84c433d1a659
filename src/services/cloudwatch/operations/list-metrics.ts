import type { DimensionFilter, ListMetricsInput, ListMetricsOutput, Metric } from '@aws-sdk/client-cloudwatch'
import { dayMs, hourMs, secondMs } from '../../../core/durations.ts'
import type { Validated } from '../../../core/operation.ts'
import { readList } from '../../../kit/bounded-list.ts'
import { openPageToken, sealPageToken } from '../../../kit/page-token.ts'
import type { CloudWatchContext } from '../cloudwatch-context.ts'
import { invalidNextToken, invalidValue } from '../domain/errors.ts'
import type { MetricDimension } from '../domain/series.ts'
import { type ListedSeries, listSeries, type SeriesPlace } from '../storage/series-list.ts'

const pageSize = 500

/** How long ago the latest data of a metric may be. */
const listedMs = 14 * dayMs
const recentlyActiveMs = 3 * hourMs

/**
 * Lists the metrics that had data in the last two weeks, or three hours.
 * @throws ServiceError InvalidNextToken, InvalidParameterValueException.
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_ListMetrics.html
 */
export async function listMetrics(
  context: CloudWatchContext,
  request: Validated<ListMetricsInput>,
): Promise<ListMetricsOutput> {
  const { call, data, flush } = context
  const { Namespace, MetricName, Dimensions = [], RecentlyActive, NextToken } = request
  const { OwningAccount, IncludeLinkedAccounts = false } = request
  const list = [Namespace, MetricName, Dimensions, RecentlyActive, OwningAccount, IncludeLinkedAccounts]
  const after = NextToken === undefined ? undefined : placeIn(context, list, NextToken)
  if (OwningAccount !== undefined && !IncludeLinkedAccounts) {
    throw invalidValue('The parameter OwningAccount can be used only where IncludeLinkedAccounts is true.')
  }
  // No account is linked to another here, so an account has metrics of its own alone.
  if (OwningAccount !== undefined && OwningAccount !== call.accountId) return { Metrics: [], OwningAccounts: [] }
  await flush()
  const since = (call.clock.nowMs() - (RecentlyActive ? recentlyActiveMs : listedMs)) / secondMs
  const source = {
    read: (place: SeriesPlace | undefined, limit: number) =>
      listSeries(data, call, { namespace: Namespace, name: MetricName }, place, limit),
    fits: ({ name, lastSeconds, dimensions }: ListedSeries) =>
      lastSeconds >= since && (MetricName === undefined || name === MetricName) && hasAll(dimensions, Dimensions),
  }
  const { rows, place, more } = await readList(source, after, pageSize)
  return {
    Metrics: rows.map(({ row }) => metricOf(row)),
    ...(IncludeLinkedAccounts && { OwningAccounts: rows.map(() => call.accountId) }),
    ...(more && { NextToken: sealPageToken(context, list, place) }),
  }
}

const metricOf = ({ namespace, name, dimensions }: ListedSeries): Metric => ({
  Namespace: namespace,
  MetricName: name,
  Dimensions: dimensions.map(({ Name, Value }) => ({ Name, Value })),
})

const hasAll = (dimensions: readonly MetricDimension[], filters: readonly DimensionFilter[]): boolean =>
  filters.every((filter) =>
    dimensions.some(
      ({ Name, Value }) => Name === filter.Name && (filter.Value === undefined || Value === filter.Value),
    ),
  )

function placeIn(context: CloudWatchContext, list: readonly unknown[], token: string): SeriesPlace {
  const place = openPageToken(context, list, token)
  if (!Array.isArray(place)) throw invalidNextToken()
  return place as unknown as SeriesPlace
}
