import type { Stored } from '../../../core/store.ts'
import { readList } from '../../../kit/bounded-list.ts'
import { openPageToken, sealPageToken } from '../../../kit/page-token.ts'
import { invalidToken } from '../domain/errors.ts'
import type { SchedulerContext } from '../scheduler-context.ts'

const defaultLimit = 100

export interface PageRequest {
  token: string | undefined
  limit: number | undefined
  /** What of the request decides over the list. */
  list: readonly unknown[]
}

/** Reads a page of documents in the order of their ids. @throws ServiceError ValidationException - a token of another list. */
export async function pageOf<T>(
  context: SchedulerContext,
  { token, limit = defaultLimit, list }: PageRequest,
  read: (after: string | undefined, limit: number) => Promise<Stored<T>[]>,
  fits?: (row: T) => boolean,
): Promise<{ rows: T[]; next: string | undefined }> {
  const after = token === undefined ? undefined : openPageToken(context, list, token)
  if (token !== undefined && typeof after !== 'string') throw invalidToken()
  const source = {
    read: async (place: string | undefined, count: number) =>
      (await read(place, count)).map(({ id, document }) => ({ place: id, row: document })),
    ...(fits && { fits }),
  }
  const page = await readList(source, after as string | undefined, limit)
  const next = page.more && page.place !== undefined ? sealPageToken(context, list, page.place) : undefined
  return { rows: page.rows.map(({ row }) => row), next }
}
