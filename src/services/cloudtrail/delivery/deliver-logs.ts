import type { InputLogEvent } from '@aws-sdk/client-cloudwatch-logs'
import { parseArn } from '../../../core/arn.ts'
import { dayMs, secondMs } from '../../../core/durations.ts'
import type { Caller } from '../../../core/principal.ts'
import type { WorkChange, WorkRunner } from '../../../core/scheduler.ts'
import { ServiceError } from '../../../core/service-error.ts'
import type { InputOf, OperationName, ServiceName } from '../../../core/services/service-operations.ts'
import type { Stored } from '../../../core/store.ts'
import type { RoleSessions } from '../../../kit/role-sessions.ts'
import { eventTimeOf } from '../domain/event-time.ts'
import type { Trail } from '../domain/trail.ts'
import { type Batch, firstOf, forgetQueue, logBatches, removeAll, rescheduleQueue } from '../storage/pending.ts'
import { noteDelivery } from '../storage/statuses.ts'
import { trailById } from '../storage/trails.ts'
import { cloudtrailPrincipal, refusalOf } from './bucket-writer.ts'
import { type DeliveryHost, pauseAfterMs } from './deliver-files.ts'
import { logsWork } from './kinds.ts'

const batchesAtOnce = 100

/** Limits of PutLogEvents: events, and bytes with 26 for each event. */
const mostEvents = 10_000
const mostBytes = 1_048_576
const overheadBytes = 26

/** Larger records are left out, as on AWS. */
const largestBytes = 256 * 1024

/** Log groups take no events that are older than two weeks. */
const keptTryingMs = 14 * dayMs

export interface LogsHost extends DeliveryHost {
  roles: RoleSessions
}

/** Sends what a trail has gathered to its log group, as the role that the trail was given. */
export const logsRunner =
  (host: LogsHost): WorkRunner =>
  async (work) => {
    const { trailId } = work.payload as { trailId: string }
    const owner = await trailById(host.store, trailId)
    const waiting = await firstOf(host.store, logBatches, trailId, batchesAtOnce)
    const group = owner?.trail.logs
    if (!group || waiting.length === 0) {
      return async (tx) => {
        await removeAll(tx, logBatches, waiting)
        if (waiting.length > 0) return { payload: { trailId } }
        await forgetQueue(tx, logsWork, trailId)
        const [next] = await firstOf(tx, logBatches, trailId, 1)
        return next && { payload: { trailId } }
      }
    }
    return send(host, owner.trail, group, waiting)
  }

async function send(
  host: LogsHost,
  trail: Trail,
  group: NonNullable<Trail['logs']>,
  waiting: readonly Stored<Batch>[],
): Promise<WorkChange> {
  const [first] = waiting
  const nowMs = host.clock.nowMs()
  // A stream is of one account; batches of others are sent with the next slice.
  const accountId = first?.document.series.accountId ?? trail.accountId
  const sent = upTo(waiting, (at) => waiting[at]?.document.series.accountId === accountId)
  const error = await sendEvents(host, trail, group, accountId, await eventsOf(host, sent))
  return async (tx) => {
    await noteDelivery(tx, trail, trail.homeRegion, 'logs', { atMs: nowMs, error })
    const payload = { trailId: trail.id }
    const refusedForMs = nowMs - (first?.document.takenAtMs ?? nowMs)
    if (error !== undefined && refusedForMs < keptTryingMs) {
      const dueAtMs = nowMs + pauseAfterMs(refusedForMs)
      await rescheduleQueue(tx, { kind: logsWork, queue: trail.id, dueAtMs, payload })
      return undefined
    }
    await removeAll(tx, logBatches, sent)
    return { payload }
  }
}

function upTo<T>(items: readonly T[], fits: (at: number) => boolean): readonly T[] {
  const end = items.findIndex((_, at) => !fits(at))
  return end === -1 ? items : items.slice(0, end)
}

async function eventsOf({ ledger }: LogsHost, batches: readonly Stored<Batch>[]): Promise<InputLogEvent[]> {
  const records = await ledger.read(batches.flatMap(({ document }) => document.seqs))
  const texts = [...records.map(({ record }) => record), ...batches.flatMap(({ document }) => document.events ?? [])]
  return texts
    .filter((text) => Buffer.byteLength(text) <= largestBytes)
    .map((message) => ({ message, timestamp: Date.parse(eventTimeOf(message)) }))
    .sort((a, b) => a.timestamp - b.timestamp)
}

/** @returns the code of the first refusal. */
async function sendEvents(
  host: LogsHost,
  trail: Trail,
  { groupArn, roleArn }: NonNullable<Trail['logs']>,
  accountId: string,
  events: readonly InputLogEvent[],
): Promise<string | undefined> {
  const { region = trail.homeRegion, resource = '' } = parseArn(groupArn) ?? {}
  const stream = {
    logGroupName: resource.split(':')[1] ?? '',
    logStreamName: logStreamName(trail, accountId),
  }
  return refusalOf(async () => {
    const caller = await logsCaller(host.roles, trail, roleArn)
    const call = callerIn(host, caller, region)
    for (const logEvents of inRequests(events)) {
      try {
        await call('logs', 'PutLogEvents', { ...stream, logEvents })
      } catch (error) {
        if (!(error instanceof ServiceError && error.code === 'ResourceNotFoundException')) throw error
        await call('logs', 'CreateLogStream', stream)
        await call('logs', 'PutLogEvents', { ...stream, logEvents })
      }
    }
  })
}

const callerIn =
  ({ calls }: LogsHost, caller: Caller, region: string) =>
  <S extends ServiceName, O extends OperationName<S>>(service: S, operation: O, input: InputOf<S, O>) =>
    calls.invoke({ caller, region, service, operation, input })

/** Returns the session of the role that a trail sends events as. @throws ServiceError - the role does not trust CloudTrail. */
export const logsCaller = (
  roles: RoleSessions,
  { arn, accountId, homeRegion }: Pick<Trail, 'arn' | 'accountId' | 'homeRegion'>,
  roleArn: string,
): Promise<Caller> =>
  roles.caller({
    ...{ roleArn, sessionName: 'CLOUDWATCH_LOGS_DELIVERY_SESSION', principal: cloudtrailPrincipal },
    ...{ source: { arn, accountId }, region: homeRegion },
  })

/** @see https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudwatch-log-group-log-stream-naming-for-cloudtrail.html */
export const logStreamName = (
  { organizationId, homeRegion }: Pick<Trail, 'organizationId' | 'homeRegion'>,
  accountId: string,
): string => [organizationId, accountId, 'CloudTrail', homeRegion].filter(Boolean).join('_')

function* inRequests(events: readonly InputLogEvent[]): Generator<InputLogEvent[]> {
  let request: InputLogEvent[] = []
  let bytes = 0
  for (const event of events) {
    const size = Buffer.byteLength(event.message ?? '') + overheadBytes
    const spansADay = (event.timestamp ?? 0) - (request[0]?.timestamp ?? event.timestamp ?? 0) > dayMs - secondMs
    if (request.length === mostEvents || bytes + size > mostBytes || spansADay) {
      yield request
      request = []
      bytes = 0
    }
    request.push(event)
    bytes += size
  }
  if (request.length > 0) yield request
}
