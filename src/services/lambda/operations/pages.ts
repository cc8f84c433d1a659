import type { Stored } from '../../../core/store.ts'
import { readList } from '../../../kit/bounded-list.ts'
import { openPageToken, sealPageToken } from '../../../kit/page-token.ts'
import { invalidMarker } from '../domain/errors.ts'
import { quotas } from '../domain/quotas.ts'
import type { LambdaContext } from '../lambda-context.ts'

interface PageRequest {
  Marker?: string
  MaxItems?: number
}

/**
 * Reads one page of a list. A marker is the last id shown, so that what comes and goes between two pages makes no gap and no
 * double.
 * @param list - what of the request decides over the list, beside operation, account and region.
 * @param read - gives rows after an id, in order of id.
 * @throws ServiceError InvalidParameterValueException for a marker that this list did not give.
 */
export async function readPage<T>(
  context: LambdaContext,
  list: readonly unknown[],
  { Marker, MaxItems = quotas.pageSize }: PageRequest,
  read: (afterId: string | undefined, limit: number) => Promise<readonly Stored<T>[]>,
): Promise<{ rows: T[]; NextMarker?: string }> {
  const afterId = Marker ? openPageToken(context, list, Marker) : undefined
  if (Marker && typeof afterId !== 'string') throw invalidMarker()
  const limit = Math.min(MaxItems, quotas.pageSize)
  const source = {
    read: async (after: string | undefined, most: number) =>
      (await read(after, most)).map(({ id, document }) => ({ place: id, row: document })),
  }
  const { rows, place, more } = await readList(source, typeof afterId === 'string' ? afterId : undefined, limit)
  const NextMarker = more && place !== undefined ? sealPageToken(context, list, place) : undefined
  return { rows: rows.map(({ row }) => row), NextMarker }
}
