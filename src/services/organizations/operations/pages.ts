import { type Placed, readList } from '../../../kit/bounded-list.ts'
import { openPageToken, sealPageToken } from '../../../kit/page-token.ts'
import { invalidToken } from '../domain/errors.ts'
import type { OrganizationsContext } from '../organizations-context.ts'

/** The most that one page shows, and what it shows by default. */
const defaultPage = 20

interface Page {
  NextToken?: string | undefined
  MaxResults?: number | undefined
}

/**
 * Reads one page of a list that is in order of ids.
 * @param list - what else of the request decides over the list.
 * @param read - reads the rows behind an id.
 * @param fits - whether a row belongs to the list; absent: all do.
 * @throws ServiceError InvalidInputException - a token that is not of this list.
 */
export async function pageOf<T>(
  context: OrganizationsContext,
  { NextToken, MaxResults = defaultPage }: Page,
  list: readonly unknown[],
  read: (afterId: string | undefined, limit: number) => Promise<readonly { id: string; document: T }[]>,
  fits?: (row: T) => boolean,
): Promise<{ rows: T[]; rest: { NextToken?: string } }> {
  const after = NextToken === undefined ? undefined : openPageToken(context, list, NextToken)
  if (NextToken !== undefined && typeof after !== 'string') throw invalidToken()
  const source = {
    read: async (place: string | undefined, limit: number): Promise<Placed<T>[]> =>
      (await read(place, limit)).map(({ id, document }) => ({ place: id, row: document })),
    ...(fits && { fits }),
  }
  const { rows, place, more } = await readList(source, after as string | undefined, MaxResults)
  const rest = more && place !== undefined ? { NextToken: sealPageToken(context, list, place) } : {}
  return { rows: rows.map(({ row }) => row), rest }
}
