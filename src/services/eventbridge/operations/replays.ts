import { randomUUID } from 'node:crypto'
import type {
  CancelReplayRequest,
  CancelReplayResponse,
  DescribeReplayRequest,
  DescribeReplayResponse,
  ListReplaysRequest,
  ListReplaysResponse,
  StartReplayRequest,
  StartReplayResponse,
} from '@aws-sdk/client-eventbridge'
import type { Validated } from '../../../core/operation.ts'
import type { Scope, Store } from '../../../core/store.ts'
import { isActive, type Replay } from '../domain/archive.ts'
import {
  limitExceeded,
  notAnArchive,
  notRulesOfBus,
  replayAcrossBuses,
  replayEnded,
  replayExists,
  replayNotFound,
  replayRange,
} from '../domain/errors.ts'
import { archiveArn, busArn, replayArn, resourceOfArn } from '../domain/names.ts'
import type { EventBridgeContext } from '../eventbridge-context.ts'
import { placeBefore } from '../storage/archive.ts'
import { replays } from '../storage/collections.ts'
import { presentArchive } from './archives.ts'
import { pageOf } from './pages.ts'
import { planReplay } from './replay-work.ts'

const mostActive = 10

/**
 * Sends the events of an archive to the rules of its bus once more.
 * @throws ServiceError LimitExceededException, ResourceAlreadyExistsException, ResourceNotFoundException, ValidationException.
 * @see https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_StartReplay.html
 */
export async function startReplay(
  { call }: EventBridgeContext,
  {
    ReplayName: name,
    Description,
    EventSourceArn,
    EventStartTime,
    EventEndTime,
    Destination,
  }: Validated<StartReplayRequest>,
): Promise<StartReplayResponse> {
  const scope = { accountId: call.accountId, region: call.region }
  const source = resourceOfArn(EventSourceArn)
  if (source?.kind !== 'archive') throw notAnArchive()
  if (EventStartTime >= EventEndTime) throw replayRange()
  const archive = await presentArchive(call.store, scope, source.name)
  if (Destination.Arn !== busArn({ ...scope, name: archive.busName })) throw replayAcrossBuses()
  const { FilterArns = [] } = Destination
  if (FilterArns.some((arn) => !isRuleOf(arn, archive.busName))) throw notRulesOfBus()
  const nowMs = call.clock.nowMs()
  const replay: Replay = {
    ...{ name, id: randomUUID(), archiveName: archive.name, archiveId: archive.id, busName: archive.busName },
    ...(Description !== undefined && { description: Description }),
    ...{ fromMs: EventStartTime.getTime(), untilMs: EventEndTime.getTime() },
    ...(FilterArns.length > 0 && { onlyRules: FilterArns }),
    ...{ state: 'STARTING', startedAtMs: nowMs },
  }
  return call.transaction(async (tx) => {
    if (await tx.in(replays).get(scope, name)) throw replayExists(name)
    const active = await tx.in(replays).list(scope, { index: { name: 'active', value: 'yes' }, limit: mostActive })
    if (active.length === mostActive) throw limitExceeded()
    await tx.in(replays).put(scope, name, replay)
    await planReplay(tx, scope, replay, placeBefore(archive.id, replay.fromMs), nowMs)
    return { ReplayArn: replayArn(scope, name), State: 'STARTING' as const, ReplayStartTime: new Date(nowMs) }
  })
}

function isRuleOf(arn: string, busName: string): boolean {
  const named = resourceOfArn(arn)
  return named?.kind === 'rule' && named.busName === busName
}

/** @throws ServiceError IllegalStatusException - it has ended; ResourceNotFoundException. */
export async function cancelReplay(
  { call }: EventBridgeContext,
  { ReplayName }: Validated<CancelReplayRequest>,
): Promise<CancelReplayResponse> {
  const scope = { accountId: call.accountId, region: call.region }
  return call.transaction(async (tx) => {
    const replay = await presentReplay(tx, scope, ReplayName)
    if (!isActive(replay.state) || replay.state === 'CANCELLING') throw replayEnded(ReplayName)
    await tx.in(replays).put(scope, ReplayName, { ...replay, state: 'CANCELLING' })
    return { ReplayArn: replayArn(scope, ReplayName), State: 'CANCELLING' as const }
  })
}

/** @throws ServiceError ResourceNotFoundException. */
export async function describeReplay(
  { call }: EventBridgeContext,
  { ReplayName }: Validated<DescribeReplayRequest>,
): Promise<DescribeReplayResponse> {
  const scope = { accountId: call.accountId, region: call.region }
  const replay = await presentReplay(call.store, scope, ReplayName)
  const { description, onlyRules, busName } = replay
  return {
    ...shownReplay(scope, replay),
    ReplayArn: replayArn(scope, ReplayName),
    ...(description !== undefined && { Description: description }),
    Destination: { Arn: busArn({ ...scope, name: busName }), ...(onlyRules && { FilterArns: [...onlyRules] }) },
  }
}

/** @throws ServiceError ValidationException. */
export async function listReplays(
  context: EventBridgeContext,
  { NamePrefix = '', State, EventSourceArn, NextToken, Limit }: Validated<ListReplaysRequest>,
): Promise<ListReplaysResponse> {
  const { store, accountId, region } = context.call
  const scope = { accountId, region }
  const fits = ({ state, archiveName }: Replay) =>
    (State === undefined || State === state) &&
    (EventSourceArn === undefined || EventSourceArn === archiveArn(scope, archiveName))
  const { rows, next } = await pageOf(
    ...([context, [NamePrefix, State, EventSourceArn], NextToken, Limit] as const),
    (afterId, limit) => store.in(replays).list(scope, { idPrefix: NamePrefix, afterId, limit }),
    State !== undefined || EventSourceArn !== undefined ? fits : undefined,
  )
  return { Replays: rows.map((replay) => shownReplay(scope, replay)), ...(next !== undefined && { NextToken: next }) }
}

async function presentReplay(reader: Pick<Store, 'in'>, scope: Scope, name: string): Promise<Replay> {
  const replay = await reader.in(replays).get(scope, name)
  if (!replay) throw replayNotFound(name)
  return replay
}

const shownReplay = (scope: Scope, { endedAtMs, lastReplayedMs, ...replay }: Replay) => ({
  ...{ ReplayName: replay.name, EventSourceArn: archiveArn(scope, replay.archiveName), State: replay.state },
  ...{ EventStartTime: new Date(replay.fromMs), EventEndTime: new Date(replay.untilMs) },
  ReplayStartTime: new Date(replay.startedAtMs),
  ...(lastReplayedMs !== undefined && { EventLastReplayedTime: new Date(lastReplayedMs) }),
  ...(endedAtMs !== undefined && { ReplayEndTime: new Date(endedAtMs) }),
})
