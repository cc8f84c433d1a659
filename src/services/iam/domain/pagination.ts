import { createHash } from 'node:crypto'
import { type ListSource, pageBudget, readList } from '../../../kit/bounded-list.ts'
import { openPageToken, type PagedCall, sealPageToken } from '../../../kit/page-token.ts'
import { invalidMarker } from './errors.ts'

export interface PageRequest {
  Marker?: string
  MaxItems?: number
}

/** A list that can be read on from a place in it, in ascending order of the places. */
export interface Source<T> extends ListSource<T> {
  /** Kept in markers, so that a marker of one list is refused by another. */
  name: string
}

export interface Page<T> {
  rows: readonly { source: string; row: T }[]
  IsTruncated: boolean
  Marker?: string
}

export const defaultMaxItems = 100

/**
 * Reads one page over the sources, one after the other. A marker is the place up to which the page looked, so rows that come
 * and go between two pages make no gap and no double. A page of filtered sources may be short, and not be the last.
 * @throws ServiceError ValidationError for a marker that this list did not give.
 */
export async function readPage<T>(
  paged: PagedCall,
  sources: readonly Source<T>[],
  { Marker, MaxItems = defaultMaxItems }: PageRequest,
): Promise<Page<T>> {
  const list = sources.map(({ name }) => name)
  const start = Marker === undefined ? undefined : placeIn(openPageToken(paged, list, Marker))
  const first = start?.source ?? 0
  const budget = pageBudget()
  const rows: { source: string; row: T }[] = []
  let end = start
  for (const [index, source] of sources.slice(first).entries()) {
    const after = index === 0 ? start?.id : undefined
    const part = await readList(source, after, MaxItems - rows.length, budget)
    rows.push(...part.rows.map(({ row }) => ({ source: source.name, row })))
    if (part.place !== undefined) end = { source: first + index, id: part.place }
    if (part.more && end) return { rows, IsTruncated: true, Marker: sealPageToken(paged, list, [end.source, end.id]) }
  }
  return { rows, IsTruncated: false }
}

/** Reads one page of one source. */
export async function readRows<T>(paged: PagedCall, source: Source<T>, request: PageRequest) {
  const { rows, ...rest } = await readPage(paged, [source], request)
  return { rows: rows.map(({ row }) => row), rest }
}

/**
 * The page of a list that has nothing.
 * @throws ServiceError ValidationError for a marker: this list gave none.
 */
export function emptyPage<Member extends string>(member: Member, { Marker }: PageRequest) {
  if (Marker !== undefined) throw invalidMarker()
  return { [member]: [], IsTruncated: false } as { [M in Member]: [] } & { IsTruncated: false }
}

/** A source over what is in memory already; `idOf` gives each row its place in the order, and no two the same. */
export function arraySource<T>(name: string, rows: readonly T[], idOf: (row: T) => string): Source<T> {
  const sorted = rows.map((row) => ({ place: shortened(idOf(row)), row })).sort((a, b) => (a.place < b.place ? -1 : 1))
  return {
    name,
    read: async (after, limit) => sorted.filter(({ place }) => after === undefined || place > after).slice(0, limit),
  }
}

const longestId = 60

/** Markers may have 320 characters, and ARNs and tag keys more bytes than fit. */
const shortened = (id: string) =>
  id.length <= longestId ? id : id.slice(0, longestId) + createHash('sha256').update(id).digest('hex').slice(0, 16)

/** Which of the sources, by its number, and where in it. */
function placeIn(content: unknown): { source: number; id: string } {
  if (!Array.isArray(content)) throw invalidMarker()
  const [source, id]: unknown[] = content
  if (typeof source !== 'number' || typeof id !== 'string') throw invalidMarker()
  return { source, id }
}
