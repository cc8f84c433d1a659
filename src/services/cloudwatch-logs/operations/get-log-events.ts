import type { GetLogEventsRequest, GetLogEventsResponse } from '@aws-sdk/client-cloudwatch-logs'
import type { Validated } from '../../../core/operation.ts'
import { openPageToken, sealPageToken } from '../../../kit/page-token.ts'
import { invalidToken, startAfterEnd } from '../domain/errors.ts'
import { beforeMs, behindMs, type EventPlace, readPlace } from '../domain/event-place.ts'
import { checkStandard, type LogGroup } from '../domain/log-group.ts'
import { idsFrom } from '../domain/put-ids.ts'
import { readableRange } from '../domain/readable-range.ts'
import type { LogsContext } from '../logs-context.ts'
import { type EventSource, readEvents } from '../storage/read-events.ts'
import { chosenGroup, findGroupStream } from './find-group.ts'

export const mostEvents = 10_000
export const mostPageBytes = 2 ** 20

/** Tokens are read in the direction that their first letter says: `f/…/s` forward, `b/…/s` backward. */
interface Token {
  backward: boolean
  /** The event that the token stands at, which is not read again. */
  place: EventPlace
}

/**
 * Reads a page of a stream's events, in order of time, however they came.
 * @throws ServiceError ResourceNotFoundException, InvalidParameterException, ValidationException.
 * @see https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_GetLogEvents.html
 */
export async function getLogEvents(
  context: LogsContext,
  {
    logStreamName,
    startTime,
    endTime,
    nextToken,
    limit = mostEvents,
    startFromHead = false,
    logGroupName,
    logGroupIdentifier,
  }: Validated<GetLogEventsRequest>,
): Promise<GetLogEventsResponse> {
  const { call } = context
  const group = await chosenGroup(context, { logGroupName, logGroupIdentifier })
  checkStandard(group, call.operation)
  const stream = await findGroupStream(context, group, logStreamName)
  const list = [stream.id, startTime, endTime]
  const token = nextToken === undefined ? undefined : readToken(context, list, nextToken)
  if (startTime !== undefined && endTime !== undefined && startTime > endTime) throw startAfterEnd()
  const range = readableRange(group, call.clock.nowMs(), startTime, endTime === undefined ? undefined : endTime - 1)
  const backward = token?.backward ?? !startFromHead
  const page = await readEvents(eventSource(context, group), {
    scope: { kind: 'stream', streamId: stream.id },
    ...{ ...range, backward, after: token?.place, pattern: undefined },
    ...{ limit, mostBytes: mostPageBytes, scanBytes: Number.POSITIVE_INFINITY },
  })
  const events = backward ? page.events.toReversed() : page.events
  const [first, last] = [events[0], events.at(-1)]
  const [ahead, back] = token ? turningPlaces(token) : startPlaces(backward, range)
  const tokenAt = (isBackward: boolean, place: EventPlace) =>
    // The token that came is returned as it is: clients compare the texts.
    nextToken !== undefined && token?.backward === isBackward && place === token.place
      ? nextToken
      : `${isBackward ? 'b' : 'f'}/${sealPageToken(context, list, place)}/s`
  return {
    events: events.map(({ place: [timestamp], message, ingestedMs }) => ({
      timestamp,
      message,
      ingestionTime: ingestedMs,
    })),
    nextForwardToken: tokenAt(false, last?.place ?? ahead),
    nextBackwardToken: tokenAt(true, first?.place ?? back),
  }
}

/**
 * The places where both tokens of an empty page stand. One goes on as before. The other one turns round, and gives the event again at
 * which the first stands.
 */
function turningPlaces({ backward, place }: Token): [forward: EventPlace, backward: EventPlace] {
  const [timeMs, putId, index] = place
  // Places of events are whole numbers.
  return backward ? [[timeMs, putId, index - 0.5], place] : [place, [timeMs, putId, index + 0.5]]
}

/** Where the tokens of an empty page stand that no token led to: what comes later is ahead of them. */
const startPlaces = (
  backward: boolean,
  { fromMs, toMs }: { fromMs: number; toMs: number },
): [EventPlace, EventPlace] => [beforeMs(fromMs), backward ? behindMs(toMs) : beforeMs(fromMs)]

/** @throws ServiceError InvalidParameterException. */
function readToken(context: LogsContext, list: readonly unknown[], token: string): Token {
  const [, direction, sealed = ''] = /^([fb])\/([^/]+)\/s$/.exec(token) ?? []
  const place = readPlace(openPageToken(context, list, sealed))
  if (!direction || !place) throw invalidToken()
  return { backward: direction === 'b', place }
}

export const eventSource = ({ call, store, keys }: LogsContext, group: LogGroup): EventSource => ({
  sql: store.sqlApart('logs', call.signal),
  group,
  madeSince: idsFrom(call.clock.nowMs()),
  keyOf: (dataKey) => keys.forReading(group, dataKey),
})
