import type { Stored } from '../../../core/store.ts'
import { readList } from '../../../kit/bounded-list.ts'
import { openPageToken, sealPageToken } from '../../../kit/page-token.ts'
import { invalidToken } from '../domain/errors.ts'
import type { GlueContext } from '../glue-context.ts'

export interface PageRequest<T> {
  token: string | undefined
  limit: number | undefined
  /** What of the request decides over the list. */
  list: readonly unknown[]
  read(after: string | undefined, limit: number): Promise<Stored<T>[]>
  fits?(row: T): boolean
}

const defaultLimit = 100

/** Reads a page of documents in the order of their ids. @throws ServiceError InvalidInputException - a token of another list. */
export async function pageOf<T>(
  context: GlueContext,
  request: PageRequest<T>,
): Promise<{ rows: T[]; NextToken?: string }> {
  const { token, limit = defaultLimit, list, read, fits } = request
  const after = token ? openPageToken(context, list, token) : undefined
  if (token && typeof after !== 'string') throw invalidToken()
  const source = {
    read: async (place: string | undefined, count: number) =>
      (await read(place, count)).map(({ id, document }) => ({ place: id, row: document })),
    ...(fits && { fits }),
  }
  const page = await readList(source, after as string | undefined, limit)
  const next = page.more && page.place !== undefined ? { NextToken: sealPageToken(context, list, page.place) } : {}
  return { rows: page.rows.map(({ row }) => row), ...next }
}
