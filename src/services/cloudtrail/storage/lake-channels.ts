import type { CollectionSpec, DocumentReader } from '../../../core/store.ts'
import type { Channel } from '../domain/lake/channel.ts'
import { everywhere } from './trails.ts'

/** By id. */
export const channels: CollectionSpec<Channel> = {
  name: 'cloudtrail.channels',
  indexes: {
    place: ({ accountId, region }) => [`${accountId}:${region}`],
    store: ({ storeIds }) => storeIds,
  },
}

export const channelById = async (reader: DocumentReader, id: string): Promise<Channel | undefined> =>
  reader.in(channels).get(everywhere, id)

/** Reads the channels of an account in a Region, 25 at most. */
export async function channelsOf(
  reader: DocumentReader,
  { accountId, region }: { accountId: string; region: string },
): Promise<Channel[]> {
  const index = { name: 'place', value: `${accountId}:${region}` }
  return (await reader.in(channels).list(everywhere, { index })).map(({ document }) => document)
}

/** Reads the channels that lead to a store. */
export async function channelsTo(reader: DocumentReader, { id }: { id: string }): Promise<Channel[]> {
  const index = { name: 'store', value: id }
  return (await reader.in(channels).list(everywhere, { index })).map(({ document }) => document)
}
