import { createHash } from 'node:crypto'
import { invalidMarker } from './errors.ts'

export interface PageRequest {
  Marker?: string
  MaxItems?: number
}

/** A row with its place in its source: what a marker remembers. */
export interface Row<T> {
  id: string
  row: T
}

/** A list that can be read on from a place in it, in ascending order of id. */
export interface Source<T> {
  /** Told apart in markers, so that a marker of one list is refused by another. */
  name: string
  /** Up to `limit` rows after the id. */
  read(afterId: string | undefined, limit: number): Promise<readonly Row<T>[]>
}

export interface Page<T> {
  rows: readonly { source: string; row: T }[]
  IsTruncated: boolean
  Marker?: string
}

const defaultMaxItems = 100

/**
 * Reads one page over the sources, one after the other. A marker is the place of the last row shown, so rows that come
 * and go between two pages make no gap and no double.
 * @throws ServiceError ValidationError for a marker that this list did not give.
 */
export async function readPage<T>(sources: readonly Source<T>[], { Marker, MaxItems }: PageRequest): Promise<Page<T>> {
  const maxItems = MaxItems ?? defaultMaxItems
  const place = Marker === undefined ? undefined : parseMarker(Marker)
  const first = place ? sources.findIndex(({ name }) => name === place.source) : 0
  if (first < 0) throw invalidMarker()
  const found: { source: string; id: string; row: T }[] = []
  for (const [index, source] of sources.slice(first).entries()) {
    const rows = await source.read(index === 0 ? place?.id : undefined, maxItems + 1 - found.length)
    for (const { id, row } of rows) found.push({ source: source.name, id, row })
    if (found.length > maxItems) break
  }
  const rows = found.slice(0, maxItems)
  const last = rows.at(-1)
  const truncated = found.length > maxItems && last
  return truncated ? { rows, IsTruncated: true, Marker: formatMarker(last) } : { rows, IsTruncated: false }
}

/** Reads one page of one source. */
export async function readRows<T>(source: Source<T>, request: PageRequest) {
  const { rows, ...rest } = await readPage([source], request)
  return { rows: rows.map(({ row }) => row), rest }
}

/** A source over what is in memory already; `idOf` gives each row its place in the order, and no two the same. */
export function arraySource<T>(name: string, rows: readonly T[], idOf: (row: T) => string): Source<T> {
  const sorted = rows.map((row) => ({ id: shortened(idOf(row)), row })).sort((a, b) => (a.id < b.id ? -1 : 1))
  return {
    name,
    read: async (afterId, limit) => sorted.filter(({ id }) => afterId === undefined || id > afterId).slice(0, limit),
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
