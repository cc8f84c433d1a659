import type {
  DeleteSubscriptionFilterRequest,
  DescribeSubscriptionFiltersRequest,
  DescribeSubscriptionFiltersResponse,
  PutSubscriptionFilterRequest,
} from '@aws-sdk/client-cloudwatch-logs'
import { parseArn } from '../../../../core/arn.ts'
import type { Validated } from '../../../../core/operation.ts'
import { ServiceError } from '../../../../core/service-error.ts'
import { servicePrincipal } from '../../../../core/services/service-calls.ts'
import {
  destinationNotBuilt,
  filterNotFound,
  foreignDestination,
  functionNotInvoked,
  invalidDestination,
  limitExceeded,
  roleNeeded,
  roleNotUsed,
} from '../../domain/errors.ts'
import { filterId, type SubscriptionFilter } from '../../domain/filters/filter.ts'
import { controlPayload } from '../../domain/filters/filter-events.ts'
import { checkStandard, type LogGroup, scopeOf } from '../../domain/log-group.ts'
import { compileFilterPattern } from '../../domain/patterns/filter-pattern.ts'
import type { LogsContext } from '../../logs-context.ts'
import { groups, subscriptionFilters } from '../../storage/collections.ts'
import { findGroup, presentGroup } from '../find-group.ts'
import { newId } from '../new-id.ts'
import { subscriptionPrincipal, subscriptionSourceArn } from './deliveries.ts'
import { checkPattern, pageOfFilters } from './filter-lists.ts'
import { filtersOf } from './group-filters.ts'
import { checkUnsupported } from './metric-filters.ts'

const mostFilters = 2

/**
 * Makes or changes a subscription to what is ingested from now on. The function is tried out before.
 * @throws ServiceError ResourceNotFoundException, InvalidParameterException, LimitExceededException, AccessDeniedException.
 * @see https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutSubscriptionFilter.html
 */
export async function putSubscriptionFilter(
  context: LogsContext,
  {
    logGroupName,
    filterName: name,
    filterPattern: pattern,
    destinationArn,
    roleArn,
    distribution = 'ByLogStream',
    ...given
  }: Validated<PutSubscriptionFilterRequest>,
): Promise<void> {
  const { call } = context
  checkUnsupported(given)
  compileFilterPattern(pattern)
  const group = await findGroup(context, logGroupName)
  checkStandard(group, call.operation)
  checkDestination(group, destinationArn, roleArn)
  const before = await filtersOf(call.store, group)
  if (!before.subscription.some((filter) => filter.name === name)) checkCount(before.subscription.length)
  await tryFunction(context, group, destinationArn)
  await call.transaction(async (tx) => {
    const present = await presentGroup(tx, group)
    const others = await filtersOf(tx, present)
    const existing = others.subscription.find((filter) => filter.name === name)
    checkPattern(pattern, { ...others, subscription: others.subscription.filter((filter) => filter !== existing) })
    if (!existing) checkCount(others.subscription.length)
    const filter: SubscriptionFilter = {
      ...{ name, groupName: group.name, groupId: group.id, pattern, destinationArn, distribution },
      createdAtMs: existing?.createdAtMs ?? call.clock.nowMs(),
    }
    await tx.in(subscriptionFilters).put(scopeOf(group), filterId(filter), filter)
    const subscriptionFilterCount = others.subscription.length + (existing ? 0 : 1)
    const changed = { ...present, subscriptionFilterCount, filtersVersion: newId() }
    await tx.in(groups).put(scopeOf(group), group.name, changed)
  })
}

function checkCount(count: number): void {
  if (count >= mostFilters) throw limitExceeded()
}

/** @throws ServiceError InvalidParameterException, AccessDeniedException. */
function checkDestination(group: LogGroup, destinationArn: string, roleArn: string | undefined): void {
  const arn = parseArn(destinationArn)
  if (!arn) throw invalidDestination(destinationArn)
  if (arn.service !== 'lambda') {
    if (roleArn === undefined && (arn.service === 'kinesis' || arn.service === 'firehose'))
      throw roleNeeded(arn.service)
    throw destinationNotBuilt(arn.service)
  }
  if (roleArn !== undefined) throw roleNotUsed(arn.service)
  if (!arn.resource.startsWith('function:')) throw invalidDestination(destinationArn)
  if (arn.accountId !== group.accountId || arn.region !== group.region) throw foreignDestination()
}

/** Sends a control message to a function, as what is ingested will be sent. */
async function tryFunction({ call, calls }: LogsContext, group: LogGroup, destinationArn: string): Promise<void> {
  const source = { arn: subscriptionSourceArn(group), accountId: group.accountId }
  const Payload = new TextEncoder().encode(controlPayload(call.clock.nowMs()))
  try {
    await calls.invoke({
      caller: servicePrincipal(subscriptionPrincipal(group.region), source),
      region: group.region,
      service: 'lambda',
      operation: 'Invoke',
      input: { FunctionName: destinationArn, InvocationType: 'Event', Payload },
    })
  } catch (refusal) {
    if (refusal instanceof ServiceError && refusal.status < 500) throw functionNotInvoked()
    throw refusal
  }
}

/** @see https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DeleteSubscriptionFilter.html */
export async function deleteSubscriptionFilter(
  context: LogsContext,
  { logGroupName, filterName: name }: Validated<DeleteSubscriptionFilterRequest>,
): Promise<void> {
  const { call } = context
  const group = await findGroup(context, logGroupName)
  await call.transaction(async (tx) => {
    const present = await presentGroup(tx, group)
    const deleted = await tx.in(subscriptionFilters).delete(scopeOf(group), filterId({ groupId: group.id, name }))
    if (!deleted) throw filterNotFound('subscription')
    const subscriptionFilterCount = (present.subscriptionFilterCount ?? 1) - 1
    const changed = { ...present, subscriptionFilterCount, filtersVersion: newId() }
    await tx.in(groups).put(scopeOf(group), group.name, changed)
  })
}

const mostShown = 50

/** @see https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DescribeSubscriptionFilters.html */
export async function describeSubscriptionFilters(
  context: LogsContext,
  { logGroupName, filterNamePrefix = '', limit = mostShown, nextToken }: Validated<DescribeSubscriptionFiltersRequest>,
): Promise<DescribeSubscriptionFiltersResponse> {
  const group = await findGroup(context, logGroupName)
  const page = await pageOfFilters(context, {
    ...{ collection: subscriptionFilters, group, prefix: filterNamePrefix, limit, nextToken },
  })
  return {
    subscriptionFilters: page.rows.map((filter) => ({
      filterName: filter.name,
      logGroupName: filter.groupName,
      filterPattern: filter.pattern,
      destinationArn: filter.destinationArn,
      distribution: filter.distribution,
      applyOnTransformedLogs: false,
      creationTime: filter.createdAtMs,
    })),
    ...(page.nextToken !== undefined && { nextToken: page.nextToken }),
  }
}
