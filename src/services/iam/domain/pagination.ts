import { createHash } from 'node:crypto'
import { type ListSource, pageBudget, readList } from '../../../kit/bounded-list.ts'
import { invalidMarker } from './errors.ts'

export interface PageRequest {
  Marker?: string
  MaxItems?: number
}

/** A list that can be read on from a place in it, in ascending order of the places. */
export interface Source<T> extends ListSource<T> {
  /** Told apart in markers, so that a marker of one list is refused by another. */
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
  sources: readonly Source<T>[],
  { Marker, MaxItems = defaultMaxItems }: PageRequest,
): Promise<Page<T>> {
  const start = Marker === undefined ? undefined : parseMarker(Marker)
  const first = start ? sources.findIndex(({ name }) => name === start.source) : 0
  if (first < 0) throw invalidMarker()
  const budget = pageBudget()
  const rows: { source: string; row: T }[] = []
  let end = start
  for (const [index, source] of sources.slice(first).entries()) {
    const after = index === 0 ? start?.id : undefined
    const part = await readList(source, after, MaxItems - rows.length, budget)
    rows.push(...part.rows.map(({ row }) => ({ source: source.name, row })))
    if (part.place !== undefined) end = { source: source.name, id: part.place }
    if (part.more && end) return { rows, IsTruncated: true, Marker: formatMarker(end) }
  }
  return { rows, IsTruncated: false }
}

/** Reads one page of one source. */
export async function readRows<T>(source: Source<T>, request: PageRequest) {
  const { rows, ...rest } = await readPage([source], request)
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

const formatMarker = ({ source, id }: { source: string; id: string }) =>
  Buffer.from(JSON.stringify([source, id])).toString('base64url')

function parseMarker(marker: string): { source: string; id: string } {
  try {
    const parts: unknown = JSON.parse(Buffer.from(marker, 'base64url').toString())
    if (Array.isArray(parts) && parts.length === 2) {
      const [source, id]: unknown[] = parts
      if (typeof source === 'string' && typeof id === 'string') return { source, id }
    }
  } catch {
    // Not JSON: not ours.
  }
  throw invalidMarker()
}
