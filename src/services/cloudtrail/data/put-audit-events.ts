import { randomUUID } from 'node:crypto'
import type { Blobs } from '../../../core/blobs.ts'
import type { Call } from '../../../core/call.ts'
import type { Clock } from '../../../core/clock.ts'
import type { IdentityDirectory } from '../../../core/identity.ts'
import type { Permission } from '../../../core/operation.ts'
import { ServiceError } from '../../../core/service-error.ts'
import type { ServiceCalls } from '../../../core/services/service-calls.ts'
import type { FoundOnce } from '../../../kit/found-once.ts'
import { resourceTagKeys } from '../../../kit/tag-keys.ts'
import { activityEvent, type GivenAuditEvent, readAuditEvent } from '../domain/lake/audit-event.ts'
import type { Channel } from '../domain/lake/channel.ts'
import { lakeColumns, lakeRow } from '../domain/lake/columns.ts'
import { lakePolicies } from '../domain/lake/policies.ts'
import { addBatches, type StoredBatch, storeRows } from '../lake/batches.ts'
import { channelById, channels } from '../storage/lake-channels.ts'
import { storeById } from '../storage/lake-stores.ts'
import { everywhere } from '../storage/trails.ts'

/** What the handler works with. */
export interface CloudTrailDataContext {
  call: Call
  found: FoundOnce<Channel | undefined>
  host: { identity: IdentityDirectory; blobs: Blobs; calls: ServiceCalls; clock: Clock }
}

interface PutAuditEventsRequest {
  channelArn: string
  externalId?: string
  auditEvents: readonly GivenAuditEvent[]
}

interface PutAuditEventsResponse {
  successful: { id: string; eventID: string }[]
  failed: { id: string; errorCode: string; errorMessage: string }[]
}

// AWS publishes these exceptions without their texts; the texts are ours.
const invalidArn = (arn: string) => new ServiceError('InvalidChannelARN', 400, `${arn} is not the ARN of a channel.`)
const notFound = (arn: string) => new ServiceError('ChannelNotFound', 400, `The channel ${arn} was not found.`)
const duplicated = (id: string) =>
  new ServiceError('DuplicatedAuditEventId', 400, `Two events of the request have the id ${id}.`)
const insufficient = () =>
  new ServiceError(
    'ChannelInsufficientPermission',
    400,
    'You do not have the permission to put events into the channel.',
  )
const tooLarge = () => new ServiceError('ValidationException', 400, 'The events of a request can have 1 MB in all.')

const mostBytes = 1024 * 1024
const channelForm = /^arn:[^:]+:cloudtrail:[^:]+:\d{12}:channel\/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/

function channelAt({ call, found }: CloudTrailDataContext, arn: string): Promise<Channel | undefined> {
  return Promise.resolve(
    found.find(arn, async () => {
      const id = channelForm.exec(arn)?.[1]
      const channel = id === undefined ? undefined : await channelById(call.store, id)
      return channel?.arn === arn && channel.region === call.region ? channel : undefined
    }),
  )
}

/** Returns the permission to put events into a channel: the policy of the channel may allow others. */
export async function onPutAuditEvents(
  context: CloudTrailDataContext,
  { channelArn, externalId }: PutAuditEventsRequest,
): Promise<Permission[]> {
  if (!channelForm.test(channelArn)) throw invalidArn(channelArn)
  const channel = await channelAt(context, channelArn)
  const policy = channel?.policy && (await lakePolicies.channel.inForce(context.host.identity, channel.policy))
  return [
    {
      ...{ action: 'cloudtrail-data:PutAuditEvents', resource: channelArn },
      ...(channel && { resourceAccountId: channel.accountId }),
      ...(policy && { policy }),
      context: () => ({
        ...(externalId !== undefined && { 'cloudtrail:ExternalId': externalId }),
        ...(channel && resourceTagKeys(channel.tags)),
      }),
    },
  ]
}

/**
 * Puts events of others into the stores that a channel leads to. Each is taken or refused by itself.
 * @throws ServiceError ChannelNotFound, ChannelInsufficientPermission, DuplicatedAuditEventId, InvalidChannelARN
 * @see https://docs.aws.amazon.com/awscloudtraildata/latest/APIReference/API_PutAuditEvents.html
 */
export async function putAuditEvents(
  context: CloudTrailDataContext,
  { channelArn, auditEvents }: PutAuditEventsRequest,
): Promise<PutAuditEventsResponse> {
  const { call, host } = context
  const channel = await channelAt(context, channelArn)
  if (!channel) throw notFound(channelArn)
  const twice = auditEvents.find(({ id }, at) => auditEvents.findIndex((other) => other.id === id) !== at)
  if (twice) throw duplicated(twice.id)
  if (auditEvents.reduce((sum, { eventData }) => sum + Buffer.byteLength(eventData), 0) > mostBytes) throw tooLarge()
  const nowMs = call.clock.nowMs()
  const answer: PutAuditEventsResponse = { successful: [], failed: [] }
  const events = auditEvents.flatMap((given) => {
    const read = readAuditEvent(given, channel.accountId)
    if ('failure' in read) {
      answer.failed.push({ id: given.id, ...read.failure })
      return []
    }
    const eventID = randomUUID()
    answer.successful.push({ id: given.id, eventID })
    return [activityEvent(read.data, { eventID, channelArn, region: channel.region, nowMs })]
  })
  const stored: StoredBatch[] = []
  try {
    for (const id of channel.storeIds) {
      const store = await storeById(call.store, id)
      if (!store || store.status === 'PENDING_DELETION') throw notFound(channelArn)
      const rows = events.map((event) => lakeRow(event, lakeColumns(true)))
      stored.push(...(await storeRows(host, store, rows)))
    }
  } catch (error) {
    // The key of the store cannot be used.
    if (error instanceof ServiceError && error.status < 500 && error.code !== 'ChannelNotFound') throw insufficient()
    throw error
  }
  return call.transaction(async (tx) => {
    const present = await channelById(tx, channel.id)
    if (!present) throw notFound(channelArn)
    await addBatches(tx, host, stored)
    const [last] = answer.successful.slice(-1)
    const [refused] = answer.failed.slice(-1)
    const { ingestion } = present
    await tx.in(channels).put(everywhere, channel.id, {
      ...present,
      ingestion: {
        atMs: nowMs,
        eventId: last?.eventID ?? ingestion?.eventId ?? randomUUID(),
        ...(refused && { error: refused.errorCode }),
        ...(last
          ? { successAtMs: nowMs, successEventId: last.eventID }
          : ingestion?.successAtMs !== undefined && {
              successAtMs: ingestion.successAtMs,
              successEventId: ingestion.successEventId ?? '',
            }),
      },
    })
    return answer
  })
}
