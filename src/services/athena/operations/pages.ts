import type { Stored } from '../../../core/store.ts'
import { readList } from '../../../kit/bounded-list.ts'
import { openPageToken, sealPageToken } from '../../../kit/page-token.ts'
import type { AthenaContext } from '../athena-context.ts'
import { invalidToken } from '../domain/errors.ts'

/** Reads a page of documents. @throws ServiceError InvalidRequestException - a token of another list. */
export async function pageOf<T, P = string>(
  context: AthenaContext,
  { token, limit = 50, list }: { token: string | undefined; limit: number | undefined; list: readonly unknown[] },
  read: (after: P | undefined, limit: number) => Promise<{ place: P; row: T }[]>,
): Promise<{ rows: T[]; NextToken?: string }> {
  const after = token ? openPageToken(context, list, token) : undefined
  if (token && after === undefined) throw invalidToken()
  const page = await readList({ read }, after as P | undefined, limit)
  const next = page.more && page.place !== undefined ? { NextToken: sealPageToken(context, list, page.place) } : {}
  return { rows: page.rows.map(({ row }) => row), ...next }
}

export const byId = <T>(found: readonly Stored<T>[]) => found.map(({ id, document }) => ({ place: id, row: document }))
