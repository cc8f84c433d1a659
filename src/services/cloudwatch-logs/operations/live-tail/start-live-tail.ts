import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import type {
  StartLiveTailRequest,
  StartLiveTailResponse,
  StartLiveTailResponseStream,
} from '@aws-sdk/client-cloudwatch-logs'
import { parseArn } from '../../../../core/arn.ts'
import { hourMs, secondMs } from '../../../../core/durations.ts'
import type { Permission, Validated } from '../../../../core/operation.ts'
import { ServiceError } from '../../../../core/service-error.ts'
import {
  bothStreamsAndPrefixes,
  groupArnsNeeded,
  limitExceeded,
  sessionFailed,
  sessionTimedOut,
  streamsOfSeveralGroups,
} from '../../domain/errors.ts'
import { checkStandard, type LogGroup } from '../../domain/log-group.ts'
import { nameOfIdentifier } from '../../domain/log-names.ts'
import { compileFilterPattern } from '../../domain/patterns/filter-pattern.ts'
import type { LogsContext } from '../../logs-context.ts'
import { findGroup } from '../find-group.ts'
import { groupPermission } from '../permissions.ts'
import type { StoredPut, TailedPuts } from './live-tails.ts'
import { SessionPuts } from './session-puts.ts'
import { type TailReader, tailEvents } from './tail-events.ts'

type Request = Validated<StartLiveTailRequest>

/** In each account and Region. */
const mostSessions = 15
const longestMs = 3 * hourMs
const updateMs = secondMs

/** The groups of a session, by name. @throws ServiceError InvalidParameterException, ValidationException, ResourceNotFoundException. */
function groupsOf({ call }: LogsContext, { logGroupIdentifiers }: StartLiveTailRequest): string[] {
  const given = logGroupIdentifiers ?? []
  if (!given.every((identifier) => parseArn(identifier))) throw groupArnsNeeded()
  return [...new Set(given.map((identifier) => nameOfIdentifier(call, identifier)))]
}

export const onTailedGroups = (context: LogsContext, request: StartLiveTailRequest): Promise<Permission[]> =>
  Promise.all(groupsOf(context, request).map((name) => groupPermission(context, name)))

/**
 * Starts a session that sends events as they are put, an update each second.
 * @throws ServiceError ResourceNotFoundException, InvalidParameterException, LimitExceededException.
 * @see https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_StartLiveTail.html
 */
export async function startLiveTail(context: LogsContext, request: Request): Promise<StartLiveTailResponse> {
  const { call, liveTails } = context
  const { logStreamNames: names, logStreamNamePrefixes: prefixes, logEventFilterPattern = '' } = request
  if (names && prefixes) throw bothStreamsAndPrefixes()
  const groupNames = groupsOf(context, request)
  if ((names || prefixes) && groupNames.length > 1) throw streamsOfSeveralGroups()
  const pattern = logEventFilterPattern.trim() === '' ? undefined : logEventFilterPattern
  if (pattern !== undefined) compileFilterPattern(pattern)
  const groups = new Map<string, LogGroup>()
  for (const name of groupNames) {
    const group = await findGroup(context, name)
    checkStandard(group, call.operation)
    groups.set(group.id, group)
  }
  const joined = liveTails.join(call, new Set(groups.keys()), mostSessions)
  if (!joined) throw limitExceeded()
  return { responseStream: session(context, request, { joined, groups, pattern }) }
}

interface Tailed {
  joined: TailedPuts
  groups: ReadonlyMap<string, LogGroup>
  pattern: string | undefined
}

/** Begins when it is first read. It ends with the client, with the server, and after three hours. */
function session(context: LogsContext, request: Request, tailed: Tailed): AsyncIterable<StartLiveTailResponseStream> {
  const { signal } = context.call
  const { leave } = tailed.joined
  // An answer that is never read has no end of its own.
  signal.addEventListener('abort', leave, { once: true })
  const events = eventsOf(context, request, tailed)
  async function* until(): AsyncGenerator<StartLiveTailResponseStream> {
    try {
      yield* events
    } finally {
      signal.removeEventListener('abort', leave)
      leave()
    }
  }
  return until()
}

async function* eventsOf(
  context: LogsContext,
  request: Request,
  { joined, groups, pattern }: Tailed,
): AsyncGenerator<StartLiveTailResponseStream> {
  const { call, store, keys } = context
  const { signal, clock } = call
  const startedMs = clock.nowMs()
  const puts = new SessionPuts(joined, store, new Set(groups.keys()))
  const reader: TailReader = { store, keys, groups, pattern, signal }
  const { logGroupIdentifiers, logStreamNames, logStreamNamePrefixes, logEventFilterPattern } = request
  const start = { requestId: call.requestId, sessionId: randomUUID(), logGroupIdentifiers }
  try {
    await puts.begin(startedMs)
    yield { sessionStart: { ...start, logStreamNames, logStreamNamePrefixes, logEventFilterPattern } }
    // The clock may stand still or be set back: updates are counted, too.
    for (let updates = 0; updates * updateMs < longestMs; updates++) {
      await pause(updateMs, undefined, { signal })
      const nowMs = clock.nowMs()
      if (nowMs - startedMs >= longestMs) break
      const { puts: all, isCut } = await puts.take(nowMs)
      const { events, sampled } = await tailEvents(reader, all.filter(isChosen(request)))
      yield { sessionUpdate: { sessionMetadata: { sampled: sampled || isCut }, sessionResults: events } }
    }
  } catch (fault) {
    if (signal.aborted) return
    // A key that cannot be used, or a regular expression that takes too long.
    if (fault instanceof ServiceError && fault.status < 500) throw sessionFailed(fault.message)
    context.onFault(fault)
    throw sessionFailed()
  }
  throw sessionTimedOut()
}

const isChosen =
  ({ logStreamNames: names, logStreamNamePrefixes: prefixes }: Request) =>
  ({ streamName }: StoredPut): boolean =>
    (!names && !prefixes) ||
    names?.includes(streamName) === true ||
    prefixes?.some((prefix) => streamName.startsWith(prefix)) === true
