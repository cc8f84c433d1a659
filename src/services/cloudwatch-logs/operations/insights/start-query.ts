import { randomUUID } from 'node:crypto'
import type {
  StartQueryRequest,
  StartQueryResponse,
  StopQueryRequest,
  StopQueryResponse,
} from '@aws-sdk/client-cloudwatch-logs'
import { secondMs } from '../../../../core/durations.ts'
import type { Permission, Validated } from '../../../../core/operation.ts'
import { printedArn } from '../../../../core/principal.ts'
import {
  bothNameAndIdentifier,
  groupsNeeded,
  languageNotBuilt,
  limitExceeded,
  notInClass,
  queryEnded,
  queryNotFound,
  startAfterEnd,
  tooManyGroups,
} from '../../domain/errors.ts'
import { compileQuery } from '../../domain/insights/query.ts'
import { nameOfIdentifier } from '../../domain/log-names.ts'
import type { LogsContext } from '../../logs-context.ts'
import { anyGroup, isRunning, queries, type StartedQuery } from '../../storage/queries.ts'
import { findGroup } from '../find-group.ts'
import { groupPermission } from '../permissions.ts'
import { forgetQueryWork, queryWork } from './run-query.ts'

const mostGroups = 50
const mostRunning = 100
const mostRows = 10_000

/** The groups of a request, by name. @throws ServiceError ValidationException, InvalidParameterException. */
function groupsOf({ call }: LogsContext, request: Partial<StartQueryRequest>): string[] {
  const { logGroupName, logGroupNames, logGroupIdentifiers } = request
  const given = [logGroupName, logGroupNames, logGroupIdentifiers].filter((one) => one !== undefined)
  if (given.length > 1) throw bothNameAndIdentifier()
  const names = logGroupName !== undefined ? [logGroupName] : (logGroupNames ?? [])
  const found = logGroupIdentifiers?.map((identifier) => nameOfIdentifier(call, identifier)) ?? names
  if (found.length === 0) throw groupsNeeded()
  if (found.length > mostGroups) throw tooManyGroups(mostGroups)
  return [...new Set(found)]
}

export const onQueriedGroups = (context: LogsContext, request: Partial<StartQueryRequest>): Promise<Permission[]> =>
  Promise.all(groupsOf(context, request).map((name) => groupPermission(context, name)))

/**
 * Starts a query, which runs behind the request.
 * @throws ServiceError MalformedQueryException, ResourceNotFoundException, LimitExceededException, InvalidParameterException,
 *   ValidationException.
 * @see https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_StartQuery.html
 */
export async function startQuery(
  context: LogsContext,
  request: Validated<StartQueryRequest>,
): Promise<StartQueryResponse> {
  const { call } = context
  const { queryLanguage = 'CWLI', startTime, endTime, queryString: text, limit } = request
  if (queryLanguage !== 'CWLI') throw languageNotBuilt(queryLanguage)
  compileQuery(text)
  if (startTime > endTime) throw startAfterEnd()
  const groupNames = groupsOf(context, request)
  for (const name of groupNames) {
    const { logGroupClass } = await findGroup(context, name)
    if (logGroupClass === 'DELIVERY') throw notInClass(call.operation, logGroupClass)
  }
  const { accountId, region } = call
  const query: StartedQuery = {
    ...{ id: randomUUID(), accountId, region, text, groupNames, status: 'Scheduled', createdAtMs: call.clock.nowMs() },
    // The end is a second, and all of it counts.
    ...{ fromMs: startTime * secondMs, toMs: endTime * secondMs + secondMs - 1 },
    ...(limit !== undefined && { limit: Math.min(limit, mostRows) }),
    startedBy: printedArn(call.caller.principal),
    statistics: { recordsMatched: 0, recordsScanned: 0, bytesScanned: 0 },
  }
  return call.transaction(async (tx) => {
    const index = { name: 'running', value: anyGroup }
    const running = await tx.in(queries).count({ accountId, region }, { index, limit: mostRunning })
    if (running >= mostRunning) throw limitExceeded()
    await tx.in(queries).put({ accountId, region }, query.id, query)
    await tx.schedule(queryWork(query))
    await tx.schedule(forgetQueryWork(query))
    return { queryId: query.id }
  })
}

/**
 * Stops a query that runs.
 * @throws ServiceError ResourceNotFoundException, InvalidParameterException.
 * @see https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_StopQuery.html
 */
export async function stopQuery(
  { call }: LogsContext,
  { queryId }: Validated<StopQueryRequest>,
): Promise<StopQueryResponse> {
  const scope = { accountId: call.accountId, region: call.region }
  return call.transaction(async (tx) => {
    const query = await tx.in(queries).get(scope, queryId)
    if (!query) throw queryNotFound()
    if (!isRunning(query)) throw queryEnded(query.status)
    await tx.in(queries).put(scope, queryId, { ...query, status: 'Cancelled', endedAtMs: call.clock.nowMs() })
    return { success: true }
  })
}
