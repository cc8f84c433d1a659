import { buffer } from 'node:stream/consumers'
import type {
  DescribeQueriesRequest,
  DescribeQueriesResponse,
  GetLogRecordRequest,
  GetLogRecordResponse,
  GetQueryResultsRequest,
  GetQueryResultsResponse,
} from '@aws-sdk/client-cloudwatch-logs'
import type { Permission, Validated } from '../../../../core/operation.ts'
import type { Place } from '../../../../core/store.ts'
import { readList } from '../../../../kit/bounded-list.ts'
import { sealPageToken } from '../../../../kit/page-token.ts'
import { invalidPointer, queryNotFound, recordNotFound } from '../../domain/errors.ts'
import { comparePlaces } from '../../domain/event-place.ts'
import type { ResultField } from '../../domain/insights/query-engine.ts'
import { QueryRecord } from '../../domain/insights/query-record.ts'
import { readPointer } from '../../domain/insights/record-pointer.ts'
import { toText } from '../../domain/insights/values.ts'
import { readableRange } from '../../domain/readable-range.ts'
import type { LogsContext } from '../../logs-context.ts'
import { queries, type StartedQuery } from '../../storage/queries.ts'
import { readEvents } from '../../storage/read-events.ts'
import { placeOfToken } from '../describe.ts'
import { findGroup, findGroupStream } from '../find-group.ts'
import { eventSource, mostPageBytes } from '../get-log-events.ts'
import { groupPermission } from '../permissions.ts'

const mostRows = 10_000

/**
 * Gives the state of a query, and its rows when it has run.
 * @see https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_GetQueryResults.html
 */
export async function getQueryResults(
  context: LogsContext,
  { queryId, nextToken, maxItems }: Validated<GetQueryResultsRequest>,
): Promise<GetQueryResultsResponse> {
  const { call, progress } = context
  const query = await call.store.in(queries).get({ accountId: call.accountId, region: call.region }, queryId)
  if (!query) throw queryNotFound()
  const from = (placeOfToken(context, [queryId], nextToken) as number | undefined) ?? 0
  const rows = await rowsOf(context, query)
  const end = from + (maxItems || mostRows)
  const statistics = query.status === 'Running' ? (progress.of(queryId) ?? query.statistics) : query.statistics
  return {
    queryLanguage: 'CWLI',
    results: rows.slice(from, end),
    statistics: { ...statistics, logGroupsScanned: query.groupNames.length },
    status: query.status,
    ...(end < rows.length && { nextToken: sealPageToken(context, [queryId], end) }),
  }
}

async function rowsOf({ blobs }: LogsContext, { results }: StartedQuery): Promise<ResultField[][]> {
  if (!results) return []
  return JSON.parse((await buffer(await blobs.read(results.id))).toString())
}

const mostShown = 1000

/**
 * Lists queries of the last seven days, latest first.
 * @see https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DescribeQueries.html
 */
export async function describeQueries(
  context: LogsContext,
  { logGroupName, status, maxResults = mostShown, nextToken, queryLanguage }: Validated<DescribeQueriesRequest>,
): Promise<DescribeQueriesResponse> {
  const { call } = context
  const list = [logGroupName, status, queryLanguage]
  const after = placeOfToken(context, list, nextToken) as Place | undefined
  if (queryLanguage !== undefined && queryLanguage !== 'CWLI') return { queries: [] }
  const scope = { accountId: call.accountId, region: call.region }
  const source = {
    fits: (query: StartedQuery) =>
      (logGroupName === undefined || query.groupNames.includes(logGroupName)) &&
      (status === undefined || query.status === status),
    read: async (behind: Place | undefined, limit: number) => {
      const options = { index: 'started', descending: true, limit, ...(behind && { after: behind }) }
      const found = await call.store.in(queries).listOrdered(scope, options)
      return found.map(({ id, document }) => ({
        place: { value: String(document.createdAtMs).padStart(15, '0'), id },
        row: document,
      }))
    },
  }
  const { rows, place, more } = await readList(source, after, maxResults)
  return {
    queries: rows.map(({ row: query }) => ({
      queryLanguage: 'CWLI',
      queryId: query.id,
      queryString: query.text,
      status: query.status,
      createTime: query.createdAtMs,
      logGroupName: query.groupNames[0],
      ...(query.endedAtMs !== undefined && { queryDuration: query.endedAtMs - query.createdAtMs }),
      bytesScanned: query.statistics.bytesScanned,
      userIdentity: query.startedBy,
    })),
    ...(more && { nextToken: sealPageToken(context, list, place) }),
  }
}

/** @throws ServiceError InvalidParameterException. */
function pointerIn({ logRecordPointer }: { logRecordPointer: string }) {
  const pointer = readPointer(logRecordPointer)
  if (!pointer) throw invalidPointer()
  return pointer
}

export const onRecord = async (context: LogsContext, input: { logRecordPointer: string }): Promise<Permission[]> => [
  await groupPermission(context, pointerIn(input).groupName),
]

/**
 * Gives all fields of an event that a query has shown.
 * @throws ServiceError ResourceNotFoundException, InvalidParameterException.
 * @see https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_GetLogRecord.html
 */
export async function getLogRecord(
  context: LogsContext,
  { logRecordPointer }: Validated<GetLogRecordRequest>,
): Promise<GetLogRecordResponse> {
  const { call } = context
  const pointer = pointerIn({ logRecordPointer })
  const group = await findGroup(context, pointer.groupName)
  const stream = await findGroupStream(context, group, pointer.logStream)
  const [timeMs, putId, index] = pointer.place
  const { events } = await readEvents(eventSource(context, group), {
    ...{ scope: { kind: 'stream', streamId: stream.id }, ...readableRange(group, call.clock.nowMs(), timeMs, timeMs) },
    ...{ after: [timeMs, putId, index - 1], backward: false, pattern: undefined, limit: 1 },
    ...{ mostBytes: mostPageBytes, scanBytes: Number.POSITIVE_INFINITY },
  })
  const [event] = events
  if (!event || comparePlaces(event.place, pointer.place) !== 0) throw recordNotFound()
  const record = new QueryRecord({
    ...{ timeMs, ingestedMs: event.ingestedMs, message: event.message, pointer: logRecordPointer },
    bytes: Buffer.byteLength(event.message),
    ...{ log: `${group.accountId}:${group.name}`, logStream: stream.name },
  })
  const fields = record.fields().map(([name, value]) => [name, toText(value)] as const)
  return { logRecord: Object.fromEntries(fields.filter(([, text]) => text !== undefined)) as Record<string, string> }
}
