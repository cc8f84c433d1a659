import type { Stored } from '../../../core/store.ts'
import { readList } from '../../../kit/bounded-list.ts'
import { openPageToken, sealPageToken } from '../../../kit/page-token.ts'
import { invalidPageToken } from '../domain/errors.ts'
import type { SnsContext } from '../sns-context.ts'

const pageSize = 100

/**
 * Reads a page of a list.
 * @param list - what else decides over the list.
 * @throws ServiceError InvalidParameter - a token of another list.
 */
export async function pageOf<T>(
  context: SnsContext,
  list: readonly string[],
  token: string | undefined,
  read: (afterId: string | undefined, limit: number) => Promise<Stored<T>[]>,
): Promise<{ rows: T[]; next: string | undefined }> {
  const after = placeOf(context, list, token)
  const source = {
    read: async (place: string | undefined, limit: number) =>
      (await read(place, limit)).map(({ id, document }) => ({ place: id, row: document })),
  }
  const { rows, place, more } = await readList(source, after, pageSize)
  return { rows: rows.map(({ row }) => row), next: more ? sealPageToken(context, list, place) : undefined }
}

function placeOf(context: SnsContext, list: readonly string[], token: string | undefined): string | undefined {
  if (token === undefined) return undefined
  const place = openPageToken(context, list, token)
  if (typeof place !== 'string') throw invalidPageToken()
  return place
}
