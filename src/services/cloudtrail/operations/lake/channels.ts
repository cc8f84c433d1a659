import { randomUUID } from 'node:crypto'
import type {
  CreateChannelRequest,
  CreateChannelResponse,
  DeleteChannelRequest,
  GetChannelRequest,
  GetChannelResponse,
  ListChannelsRequest,
  ListChannelsResponse,
  UpdateChannelRequest,
  UpdateChannelResponse,
} from '@aws-sdk/client-cloudtrail'
import type { Permission, Validated } from '../../../../core/operation.ts'
import type { DocumentReader } from '../../../../core/store.ts'
import { createdTagKeys, resourceTagKeys } from '../../../../kit/tag-keys.ts'
import type { CloudTrailContext } from '../../cloudtrail-context.ts'
import { channelNotFound, invalidParameter } from '../../domain/errors.ts'
import { type Channel, isSource } from '../../domain/lake/channel.ts'
import { channelExists, invalidSource, invalidStoreCategory, tooManyChannels } from '../../domain/lake/errors.ts'
import { takesActivity } from '../../domain/lake/event-data-store.ts'
import { channelArn } from '../../domain/resource-names.ts'
import { resourceTags } from '../../domain/tags.ts'
import { channelById, channels, channelsOf } from '../../storage/lake-channels.ts'
import { everywhere } from '../../storage/trails.ts'
import { findActiveStore } from './find-store.ts'
import { pageOf } from './pages.ts'

const mostChannels = 25

export const onNewChannel = (
  { call }: CloudTrailContext,
  { Tags = [] }: Validated<CreateChannelRequest>,
): Permission[] => [
  {
    ...{ action: 'cloudtrail:CreateChannel', resource: '*', resourceAccountId: call.accountId },
    context: () => createdTagKeys(Tags),
  },
]

/** Returns the permissions for operations on a channel. */
export async function onChannel(
  context: CloudTrailContext,
  { Channel: named }: { Channel: string },
): Promise<Permission[]> {
  const arn = channelArn(context.call, named)
  const channel = await channelIfAt(context, arn)
  const action = `cloudtrail:${context.call.operation}`
  return [{ action, resource: arn, ...(channel && { context: () => resourceTagKeys(channel.tags) }) }]
}

/** Finds the channel at an ARN, if it is there. */
export async function channelIfAt({ call }: CloudTrailContext, arn: string): Promise<Channel | undefined> {
  const channel = await channelById(call.store, arn.slice(arn.lastIndexOf('/') + 1))
  return channel?.arn === arn && channel.accountId === call.accountId && channel.region === call.region
    ? channel
    : undefined
}

/** @throws ServiceError ChannelARNInvalidException, ChannelNotFoundException */
async function findChannel(context: CloudTrailContext, idOrArn: string): Promise<Channel> {
  const arn = channelArn(context.call, idOrArn)
  const channel = await channelIfAt(context, arn)
  if (!channel) throw channelNotFound(arn)
  return channel
}

const destinationsOf = ({ destinations }: Channel) =>
  destinations.map((Location) => ({ Type: 'EVENT_DATA_STORE' as const, Location }))

const channelView = (channel: Channel) => ({
  ...{ ChannelArn: channel.arn, Name: channel.name, Source: channel.source },
  Destinations: destinationsOf(channel),
})

/**
 * Creates a channel, by which events of others come to event data stores.
 * @throws ServiceError as the documentation lists.
 * @see https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_CreateChannel.html
 */
export async function createChannel(
  context: CloudTrailContext,
  request: Validated<CreateChannelRequest>,
): Promise<CreateChannelResponse> {
  const { call } = context
  const { Name: name, Source: source, Tags = [] } = request
  if (!isSource(source)) throw invalidSource(source)
  if (name.startsWith('aws-service-channel')) throw invalidParameter('Names of channels of AWS services are reserved.')
  const id = randomUUID()
  const channel: Channel = {
    ...{ id, arn: channelArn(call, id), name, source, accountId: call.accountId, region: call.region },
    ...(await checkDestinations(context, request.Destinations)),
    tags: resourceTags.merge([], Tags),
  }
  return call.transaction(async (tx) => {
    await checkRoom(tx, channel)
    await tx.in(channels).put(everywhere, id, channel)
    return { ...channelView(channel), Tags: [...channel.tags] }
  })
}

/** @throws ServiceError ChannelAlreadyExistsException, ChannelMaxLimitExceededException */
async function checkRoom(reader: DocumentReader, { id, name, source, accountId, region }: Channel): Promise<void> {
  const others = (await channelsOf(reader, { accountId, region })).filter((other) => other.id !== id)
  if (others.some((other) => other.name === name)) throw channelExists(`A channel named ${name} already exists.`)
  if (source !== 'Custom' && others.some((other) => other.source === source))
    throw channelExists(`A channel for the source ${source} already exists.`)
  if (others.length >= mostChannels) throw tooManyChannels(mostChannels)
}

/** @throws ServiceError as CreateChannel refuses destinations */
async function checkDestinations(
  context: CloudTrailContext,
  given: readonly { Type: string | undefined; Location: string | undefined }[],
): Promise<Pick<Channel, 'storeIds' | 'destinations'>> {
  const storeIds: string[] = []
  const destinations: string[] = []
  for (const { Type, Location = '' } of given) {
    if (Type !== 'EVENT_DATA_STORE') throw invalidParameter('The destinations of a channel must be event data stores.')
    const store = await findActiveStore(context, Location)
    if (!takesActivity(store)) {
      throw invalidStoreCategory(`${store.arn} does not take events of the category ActivityAuditLog.`)
    }
    if (storeIds.includes(store.id)) throw invalidParameter(`The destination ${store.arn} is given twice.`)
    storeIds.push(store.id)
    destinations.push(store.arn)
  }
  return { storeIds, destinations }
}

/** @throws ServiceError ChannelARNInvalidException, ChannelNotFoundException */
export async function getChannel(
  context: CloudTrailContext,
  { Channel: named }: Validated<GetChannelRequest>,
): Promise<GetChannelResponse> {
  const channel = await findChannel(context, named)
  const { ingestion } = channel
  return {
    ...channelView(channel),
    ...(ingestion && {
      IngestionStatus: {
        LatestIngestionAttemptTime: new Date(ingestion.atMs),
        LatestIngestionAttemptEventID: ingestion.eventId,
        ...(ingestion.error !== undefined && { LatestIngestionErrorCode: ingestion.error }),
        ...(ingestion.successAtMs !== undefined && {
          LatestIngestionSuccessTime: new Date(ingestion.successAtMs),
          LatestIngestionSuccessEventID: ingestion.successEventId,
        }),
      },
    }),
  }
}

/** @throws ServiceError InvalidNextTokenException */
export async function listChannels(
  context: CloudTrailContext,
  { MaxResults = 1000, NextToken }: Validated<ListChannelsRequest>,
): Promise<ListChannelsResponse> {
  const found = await channelsOf(context.call.store, context.call)
  const { rows, ...next } = pageOf(context, found, ({ id }) => id, { limit: MaxResults, token: NextToken })
  return { Channels: rows.map(({ arn, name }) => ({ ChannelArn: arn, Name: name })), ...next }
}

/** Changes the name or the destinations of a channel. @throws ServiceError as the documentation lists. */
export async function updateChannel(
  context: CloudTrailContext,
  request: Validated<UpdateChannelRequest>,
): Promise<UpdateChannelResponse> {
  const channel = await findChannel(context, request.Channel)
  const destinations = request.Destinations && (await checkDestinations(context, request.Destinations))
  return context.call.transaction(async (tx) => {
    const present = await channelById(tx, channel.id)
    if (!present) throw channelNotFound(channel.arn)
    const changed = { ...present, ...destinations, name: request.Name ?? present.name }
    await checkRoom(tx, changed)
    await tx.in(channels).put(everywhere, channel.id, changed)
    return channelView(changed)
  })
}

/** Deletes a channel, with its policy. @throws ServiceError ChannelARNInvalidException, ChannelNotFoundException */
export async function deleteChannel(
  context: CloudTrailContext,
  { Channel: named }: Validated<DeleteChannelRequest>,
): Promise<Record<string, never>> {
  const channel = await findChannel(context, named)
  return context.call.transaction(async (tx) => {
    if (!(await tx.in(channels).delete(everywhere, channel.id))) throw channelNotFound(channel.arn)
    return {}
  })
}
