import type {
  DeleteMetricFilterRequest,
  DescribeMetricFiltersRequest,
  DescribeMetricFiltersResponse,
  PutMetricFilterRequest,
} from '@aws-sdk/client-cloudwatch-logs'
import type { Validated } from '../../../../core/operation.ts'
import { filterNotFound, limitExceeded, namespaceNeeded, notSupportedMember } from '../../domain/errors.ts'
import { checkTransformation } from '../../domain/filters/check-transformation.ts'
import { filterId, type MetricFilter, metricKey } from '../../domain/filters/filter.ts'
import { checkStandard, scopeOf } from '../../domain/log-group.ts'
import { compileFilterPattern } from '../../domain/patterns/filter-pattern.ts'
import type { LogsContext } from '../../logs-context.ts'
import { groups, metricFilters } from '../../storage/collections.ts'
import { findGroup, presentGroup } from '../find-group.ts'
import { newId } from '../new-id.ts'
import { checkPattern, pageOfFilters } from './filter-lists.ts'
import { filtersOf } from './group-filters.ts'

const mostFilters = 100

/**
 * Makes or changes a metric filter. It is for what is ingested from now on.
 * @throws ServiceError ResourceNotFoundException, InvalidParameterException, LimitExceededException.
 * @see https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutMetricFilter.html
 */
export async function putMetricFilter(
  context: LogsContext,
  { logGroupName, filterName: name, filterPattern: pattern, ...given }: Validated<PutMetricFilterRequest>,
): Promise<void> {
  const { call } = context
  checkUnsupported(given)
  compileFilterPattern(pattern)
  const [asked] = given.metricTransformations
  const transformation = checkTransformation(asked, pattern)
  const group = await findGroup(context, logGroupName)
  checkStandard(group, call.operation)
  await call.transaction(async (tx) => {
    const present = await presentGroup(tx, group)
    const others = await filtersOf(tx, present)
    const existing = others.metric.find((filter) => filter.name === name)
    checkPattern(pattern, { ...others, metric: others.metric.filter((filter) => filter !== existing) })
    if (!existing && others.metric.length >= mostFilters) throw limitExceeded()
    const filter: MetricFilter = {
      ...{ name, groupName: group.name, groupId: group.id, pattern, transformation },
      createdAtMs: existing?.createdAtMs ?? call.clock.nowMs(),
    }
    await tx.in(metricFilters).put(scopeOf(group), filterId(filter), filter)
    const metricFilterCount = others.metric.length + (existing ? 0 : 1)
    await tx.in(groups).put(scopeOf(group), group.name, { ...present, metricFilterCount, filtersVersion: newId() })
  })
}

/** The members of filters that are for what is not built. */
export function checkUnsupported(given: {
  applyOnTransformedLogs?: boolean
  fieldSelectionCriteria?: string
  emitSystemFieldDimensions?: readonly string[]
  emitSystemFields?: readonly string[]
}): void {
  const {
    applyOnTransformedLogs,
    fieldSelectionCriteria,
    emitSystemFieldDimensions = [],
    emitSystemFields = [],
  } = given
  if (applyOnTransformedLogs) throw notSupportedMember('applyOnTransformedLogs')
  if (fieldSelectionCriteria) throw notSupportedMember('fieldSelectionCriteria')
  if (emitSystemFieldDimensions.length > 0) throw notSupportedMember('emitSystemFieldDimensions')
  if (emitSystemFields.length > 0) throw notSupportedMember('emitSystemFields')
}

/** @see https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DeleteMetricFilter.html */
export async function deleteMetricFilter(
  context: LogsContext,
  { logGroupName, filterName: name }: Validated<DeleteMetricFilterRequest>,
): Promise<void> {
  const { call } = context
  const group = await findGroup(context, logGroupName)
  await call.transaction(async (tx) => {
    const present = await presentGroup(tx, group)
    const deleted = await tx.in(metricFilters).delete(scopeOf(group), filterId({ groupId: group.id, name }))
    if (!deleted) throw filterNotFound('metric')
    const metricFilterCount = (present.metricFilterCount ?? 1) - 1
    await tx.in(groups).put(scopeOf(group), group.name, { ...present, metricFilterCount, filtersVersion: newId() })
  })
}

const mostShown = 50

/**
 * Lists the metric filters of a group, or of all, by their names or by the metrics that they make.
 * @see https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DescribeMetricFilters.html
 */
export async function describeMetricFilters(
  context: LogsContext,
  {
    logGroupName,
    filterNamePrefix = '',
    metricName,
    metricNamespace,
    limit = mostShown,
    nextToken,
  }: Validated<DescribeMetricFiltersRequest>,
): Promise<DescribeMetricFiltersResponse> {
  if ((metricName === undefined) !== (metricNamespace === undefined)) throw namespaceNeeded()
  const group = logGroupName === undefined ? undefined : await findGroup(context, logGroupName)
  const index =
    !group && metricName !== undefined && metricNamespace !== undefined
      ? { name: 'metric', value: metricKey(metricNamespace, metricName) }
      : undefined
  const page = await pageOfFilters(context, {
    ...{ collection: metricFilters, group, prefix: filterNamePrefix, limit, nextToken },
    ...(index && { index }),
  })
  const isOfMetric = ({ transformation: made }: MetricFilter) =>
    metricName === undefined || (made.metricName === metricName && made.metricNamespace === metricNamespace)
  return {
    metricFilters: page.rows.filter(isOfMetric).map((filter) => ({
      filterName: filter.name,
      filterPattern: filter.pattern,
      metricTransformations: [{ ...filter.transformation }],
      creationTime: filter.createdAtMs,
      logGroupName: filter.groupName,
      applyOnTransformedLogs: false,
    })),
    ...(page.nextToken !== undefined && { nextToken: page.nextToken }),
  }
}
