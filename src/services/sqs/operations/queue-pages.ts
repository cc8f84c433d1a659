import type { Stored } from '../../../core/store.ts'
import { readList } from '../../../kit/bounded-list.ts'
import { openPageToken, sealPageToken } from '../../../kit/page-token.ts'
import { invalidPageToken, invalidValue, maxResultsNeeded } from '../domain/errors.ts'
import type { Queue } from '../domain/queue.ts'
import type { SqsContext } from '../sqs-context.ts'

const mostResults = 1000

/** A list comes in pages only where MaxResults is given. @throws ServiceError InvalidParameterValue. */
export function checkPaging(token: string | undefined, maxResults: number | undefined): void {
  if (maxResults === undefined) {
    if (token !== undefined) throw maxResultsNeeded()
  } else if (maxResults < 1 || maxResults > mostResults) {
    throw invalidValue(maxResults, 'MaxResults', 'MaxResults must be an integer between 1 and 1000.')
  }
}

/** @param list - what else decides over the list. @throws ServiceError - a token of another list. */
export function placeOf(context: SqsContext, list: readonly string[], token: string | undefined): string | undefined {
  if (token === undefined) return undefined
  const place = openPageToken(context, list, token)
  if (typeof place !== 'string') throw invalidPageToken()
  return place
}

/** Reads a page of queues. Without a limit there is one page, of at most a thousand. */
export async function pageOf(
  context: SqsContext,
  list: readonly string[],
  {
    read,
    after,
    limit,
  }: {
    read(after: string | undefined, limit: number): Promise<Stored<Queue>[]>
    after: string | undefined
    limit: number | undefined
  },
): Promise<{ rows: Queue[]; next: string | undefined }> {
  const source = {
    read: async (place: string | undefined, count: number) =>
      (await read(place, count)).map(({ id, document }) => ({ place: id, row: document })),
  }
  const { rows, place, more } = await readList(source, after, limit ?? mostResults)
  const next = more && limit !== undefined ? sealPageToken(context, list, place) : undefined
  return { rows: rows.map(({ row }) => row), next }
}
