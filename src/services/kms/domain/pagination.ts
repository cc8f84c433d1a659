import { readList } from '../../../kit/bounded-list.ts'
import { openPageToken, type PagedCall, sealPageToken } from '../../../kit/page-token.ts'
import { invalidMarker } from './errors.ts'

export interface PageRequest {
  Limit?: number
  Marker?: string
}

/** A list that can be read on from a place in it. */
export interface Source<T> {
  /** What of the request decides over the list: a marker of one list is refused by every other. */
  list: readonly string[]
  defaultLimit: number
  idOf(row: T): string
  /** Up to `limit` rows whose ids come after this one, in ascending order of id. */
  read(afterId: string | undefined, limit: number): Promise<readonly T[]>
}

/**
 * Reads one page. A marker is the id of the last row shown, so rows that come and go between two pages make no gap and no
 * double.
 * @throws ServiceError InvalidMarkerException for a marker that this list did not give.
 */
export async function readPage<T>(
  paged: PagedCall,
  source: Source<T>,
  { Limit = source.defaultLimit, Marker }: PageRequest,
) {
  const { list } = source
  const afterId = Marker === undefined ? undefined : placeIn(openPageToken(paged, list, Marker))
  const read = async (after: string | undefined, limit: number) =>
    (await source.read(after, limit)).map((row) => ({ place: source.idOf(row), row }))
  const { rows, place, more } = await readList({ read }, afterId, Limit)
  return {
    rows: rows.map(({ row }) => row),
    rest:
      more && place !== undefined
        ? { Truncated: true, NextMarker: sealPageToken(paged, list, place) }
        : { Truncated: false },
  }
}

function placeIn(content: unknown): string {
  if (typeof content !== 'string') throw invalidMarker()
  return content
}

/** Returns what `read` does for rows that are in memory, in ascending order of id. */
export const readArray =
  <T>(rows: readonly T[], idOf: (row: T) => string) =>
  async (afterId: string | undefined, limit: number): Promise<readonly T[]> =>
    rows.filter((row) => afterId === undefined || idOf(row) > afterId).slice(0, limit)
