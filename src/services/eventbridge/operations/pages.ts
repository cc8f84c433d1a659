import type { Stored } from '../../../core/store.ts'
import { readList } from '../../../kit/bounded-list.ts'
import { openPageToken, sealPageToken } from '../../../kit/page-token.ts'
import { invalidToken } from '../domain/errors.ts'
import type { EventBridgeContext } from '../eventbridge-context.ts'

const defaultLimit = 100

/**
 * Reads a page of documents in the order of their ids.
 * @param list - what of the request decides over the list.
 * @throws ServiceError ValidationException - a token of another list.
 */
export async function pageOf<T>(
  context: EventBridgeContext,
  list: readonly unknown[],
  token: string | undefined,
  limit: number = defaultLimit,
  read: (after: string | undefined, limit: number) => Promise<Stored<T>[]>,
  fits?: (row: T) => boolean,
): Promise<{ rows: T[]; next: string | undefined }> {
  const source = {
    read: async (place: string | undefined, count: number) =>
      (await read(place, count)).map(({ id, document }) => ({ place: id, row: document })),
    ...(fits && { fits }),
  }
  const page = await readList(source, placeOf(context, list, token), limit)
  const next = page.more && page.place !== undefined ? sealPageToken(context, list, page.place) : undefined
  return { rows: page.rows.map(({ row }) => row), next }
}

function placeOf(context: EventBridgeContext, list: readonly unknown[], token: string | undefined): string | undefined {
  if (token === undefined) return undefined
  const place = openPageToken(context, list, token)
  if (typeof place !== 'string') throw invalidToken()
  return place
}
