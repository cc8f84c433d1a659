import type { PutLogEventsRequest, PutLogEventsResponse } from '@aws-sdk/client-cloudwatch-logs'
import type { Validated } from '../../../core/operation.ts'
import { type AcceptedBatch, acceptBatch, eventOverheadBytes, type GivenEvent } from '../domain/batch.ts'
import { isSmall } from '../domain/block-merging.ts'
import { streamNotFound } from '../domain/errors.ts'
import { encodeEvents, type StoredEvent, sealBlockApart } from '../domain/event-block.ts'
import { type LogGroup, scopeOf } from '../domain/log-group.ts'
import type { LogsContext } from '../logs-context.ts'
import { addUsage, insertBlock } from '../storage/blocks.ts'
import { findStream, noteEvents } from '../storage/streams.ts'
import { sequenceToken } from './describe.ts'
import { filterBatch } from './filters/filter-batch.ts'
import { findGroup, findGroupStream, presentGroup } from './find-group.ts'
import { mergeWork } from './merge-work.ts'

/**
 * Stores events, as one sealed block. It is durable before the answer.
 * @throws ServiceError ResourceNotFoundException, InvalidParameterException, AccessDeniedException.
 * @see https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html
 */
export async function putLogEvents(
  context: LogsContext,
  { logGroupName, logStreamName, logEvents, entity }: Validated<PutLogEventsRequest>,
): Promise<PutLogEventsResponse> {
  const { call, keys, putIds, deliveries, liveTails } = context
  const group = await findGroup(context, logGroupName)
  const stream = await findGroupStream(context, group, logStreamName)
  const nowMs = call.clock.nowMs()
  const batch = acceptBatch(logEvents as GivenEvent[], { nowMs, retentionDays: group.retentionDays })
  const id = putIds.next(nowMs)
  const answer: PutLogEventsResponse = {
    nextSequenceToken: sequenceToken(id),
    ...(batch.rejected && { rejectedLogEventsInfo: batch.rejected }),
    // Entities are not kept, and AWS has a way to say so.
    ...(entity && { rejectedEntityInfo: { errorType: 'UnsupportedLogGroupType' } }),
  }
  const [first, last] = [batch.events[0], batch.events.at(-1)]
  if (!first || !last) return answer
  const { key, dataKey } = await keys.forWriting(group)
  const events = storedEvents(batch, id, nowMs)
  const data = await sealBlockApart(encodeEvents(events), key, { groupId: group.id, blockId: id })
  const sent = await filterBatch(context, group, stream.name, events)
  const small = isSmall({ events: events.length, bytes: batch.bytes })
  const block = {
    ...{ id, group_id: group.id, stream_id: stream.id, first_ms: first.timeMs, last_ms: last.timeMs },
    ...{ events: events.length, bytes: batch.bytes, small: small ? 1 : 0, data_key: dataKey },
  }
  const stored = await call.transaction(async (tx) => {
    await presentGroup(tx, group)
    const sql = tx.sql('logs')
    const present = await findStream(sql, group.id, stream.name)
    if (present?.id !== stream.id) throw streamNotFound()
    await insertBlock(sql, block, data)
    await addUsage(sql, group.id, batch.bytes)
    const merging = present.merging === 1 || small
    const times = { firstMs: first.timeMs, lastMs: last.timeMs, nowMs }
    await noteEvents(sql, group.id, { name: stream.name, merging }, times)
    for (const delivery of sent) await deliveries.enqueue(tx, delivery, nowMs)
    if (merging && present.merging === 0) await tx.schedule(mergeWork(group, stream.id, nowMs))
    return answer
  })
  countIncoming(context, group, batch)
  liveTails.note({ groupId: group.id, streamName: stream.name, block })
  return stored
}

/** @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CloudWatch-Logs-Monitoring-CloudWatch-Metrics.html */
function countIncoming({ metrics }: LogsContext, group: LogGroup, { events, bytes }: AcceptedBatch): void {
  const counted = bytes + events.length * eventOverheadBytes
  // Of the account, and of the group.
  for (const more of [{}, { dimensions: { LogGroupName: group.name } }]) {
    const metric = { scope: scopeOf(group), namespace: 'AWS/Logs', ...more }
    metrics.add({ ...metric, name: 'IncomingLogEvents', unit: 'None' }, events.length)
    metrics.add({ ...metric, name: 'IncomingBytes', unit: 'Bytes' }, counted)
  }
}

const storedEvents = ({ events }: AcceptedBatch, id: string, ingestedMs: number): StoredEvent[] =>
  events.map(({ timeMs, message }, index) => ({ place: [timeMs, id, index], ingestedMs, message }))
