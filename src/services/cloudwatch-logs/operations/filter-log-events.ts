import type {
  FilterLogEventsRequest,
  FilterLogEventsResponse,
  TestMetricFilterRequest,
  TestMetricFilterResponse,
} from '@aws-sdk/client-cloudwatch-logs'
import type { Validated } from '../../../core/operation.ts'
import { openPageToken, sealPageToken } from '../../../kit/page-token.ts'
import {
  backwardTooEarly,
  bothStreamsAndPrefix,
  invalidToken,
  startAfterEnd,
  streamNotFound,
} from '../domain/errors.ts'
import { type EventPlace, eventId, readPlace } from '../domain/event-place.ts'
import { checkStandard, type LogGroup } from '../domain/log-group.ts'
import { compileFilterPattern } from '../domain/patterns/filter-pattern.ts'
import { readableRange } from '../domain/readable-range.ts'
import type { LogsContext } from '../logs-context.ts'
import type { BlockScope } from '../storage/blocks.ts'
import { readEvents } from '../storage/read-events.ts'
import { behindNames, streamIds, streamNames } from '../storage/streams.ts'
import { inThread } from '../threads/log-threads.ts'
import { chosenGroup } from './find-group.ts'
import { eventSource, mostEvents, mostPageBytes } from './get-log-events.ts'

/** How much one page looks through. A page may be empty and have a next one all the same. */
const scanBytes = 32 * 2 ** 20

const earliestBackwardMs = Date.UTC(2024, 0, 1)

/**
 * Reads events of a group or of some of its streams, in order of time, those that match a filter pattern alone.
 * @throws ServiceError ResourceNotFoundException, InvalidParameterException, ValidationException.
 * @see https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html
 */
export async function filterLogEvents(
  context: LogsContext,
  {
    logGroupName,
    logGroupIdentifier,
    logStreamNames,
    logStreamNamePrefix,
    startTime,
    endTime,
    filterPattern = '',
    nextToken,
    limit = mostEvents,
    startFromHead = true,
  }: Validated<FilterLogEventsRequest>,
): Promise<FilterLogEventsResponse> {
  const { call, store } = context
  if (logStreamNames && logStreamNamePrefix !== undefined) throw bothStreamsAndPrefix()
  const group = await chosenGroup(context, { logGroupName, logGroupIdentifier })
  checkStandard(group, call.operation)
  if (startTime !== undefined && endTime !== undefined && startTime > endTime) throw startAfterEnd()
  const pattern = filterPattern.trim() === '' ? undefined : filterPattern
  if (pattern !== undefined) compileFilterPattern(pattern)
  const list = [group.id, logStreamNames, logStreamNamePrefix, startTime, endTime, pattern]
  const token = nextToken === undefined ? undefined : readToken(context, list, nextToken)
  const backward = token?.backward ?? !startFromHead
  if (!token && backward && (startTime ?? 0) < earliestBackwardMs) throw backwardTooEarly()
  const { events, place, done } = await readEvents(eventSource(context, group), {
    scope: await scopeOf(context, group, logStreamNames, logStreamNamePrefix),
    ...readableRange(group, call.clock.nowMs(), startTime, endTime),
    ...{ after: token?.place, backward, pattern, limit, mostBytes: mostPageBytes, scanBytes },
  })
  const names = await streamNames(store.sql('logs'), [...new Set(events.map(({ streamId }) => streamId))])
  return {
    events: events.map((event) => ({
      logStreamName: names.get(event.streamId) ?? '',
      timestamp: event.place[0],
      message: event.message,
      ingestionTime: event.ingestedMs,
      eventId: eventId(event.place),
    })),
    searchedLogStreams: [],
    ...(!done && place && { nextToken: sealPageToken(context, list, { backward, place }) }),
  }
}

/** @throws ServiceError InvalidParameterException - it is of another list. */
function readToken(
  context: LogsContext,
  list: readonly unknown[],
  token: string,
): { backward: boolean; place: EventPlace } {
  const content = Object(openPageToken(context, list, token)) as { backward?: unknown; place?: unknown }
  const place = readPlace(content.place)
  if (!place) throw invalidToken()
  return { backward: content.backward === true, place }
}

/** The streams that are searched. @throws ServiceError ResourceNotFoundException - one of the names is of none. */
async function scopeOf(
  { store }: LogsContext,
  { id: groupId }: LogGroup,
  names: readonly string[] | undefined,
  prefix: string | undefined,
): Promise<BlockScope> {
  if (prefix !== undefined) return { kind: 'prefix', groupId, prefix, end: prefix + behindNames }
  if (!names) return { kind: 'group', groupId }
  const ids = await streamIds(store.sql('logs'), groupId, names)
  if (names.some((name) => !ids.has(name))) throw streamNotFound()
  const [only, ...others] = new Set(ids.values())
  if (only !== undefined && others.length === 0) return { kind: 'stream', streamId: only }
  return { kind: 'streams', groupId, streamIds: [...ids.values()] }
}

/**
 * Compares messages with a filter pattern, without any group.
 * @throws ServiceError InvalidParameterException.
 * @see https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_TestMetricFilter.html
 */
export async function testMetricFilter(
  { call }: LogsContext,
  { filterPattern, logEventMessages: messages }: Validated<TestMetricFilterRequest>,
): Promise<TestMetricFilterResponse> {
  compileFilterPattern(filterPattern)
  const found = await inThread(call.accountId, { kind: 'test', pattern: filterPattern, messages })
  return {
    matches: found.flatMap((extractedValues, n) =>
      extractedValues ? [{ eventNumber: n + 1, eventMessage: messages[n] ?? '', extractedValues }] : [],
    ),
  }
}
