import { createHash } from 'node:crypto'
import { readList } from '../../../kit/bounded-list.ts'
import { invalidMarker } from './errors.ts'

export interface PageRequest {
  Limit?: number
  Marker?: string
}

/** A list that can be read on from a place in it. */
export interface Source<T> {
  /** What the list is of, the operation first: a marker of one list is refused by every other. */
  name: readonly string[]
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
export async function readPage<T>(source: Source<T>, { Limit = source.defaultLimit, Marker }: PageRequest) {
  const afterId = Marker === undefined ? undefined : parseMarker(source, Marker)
  const read = async (after: string | undefined, limit: number) =>
    (await source.read(after, limit)).map((row) => ({ place: source.idOf(row), row }))
  const { rows, place, more } = await readList({ read }, afterId, Limit)
  return {
    rows: rows.map(({ row }) => row),
    rest: more && place !== undefined ? { Truncated: true, NextMarker: marker(source, place) } : { Truncated: false },
  }
}

/** What `read` does for rows that are in memory, in ascending order of id. */
export const readArray =
  <T>(rows: readonly T[], idOf: (row: T) => string) =>
  async (afterId: string | undefined, limit: number): Promise<readonly T[]> =>
    rows.filter((row) => afterId === undefined || idOf(row) > afterId).slice(0, limit)

const digestBytes = 12

// The digest keeps markers to their list. It has no key: whoever makes one up sees no more than by asking for the page.
const marker = <T>({ name }: Source<T>, id: string): string =>
  Buffer.concat([digest(name, id), Buffer.from(id)]).toString('base64url')

function parseMarker<T>(source: Source<T>, text: string): string {
  const id = Buffer.from(text, 'base64url').subarray(digestBytes).toString()
  if (marker(source, id) !== text) throw invalidMarker()
  return id
}

const digest = (name: readonly string[], id: string): Buffer =>
  createHash('sha256')
    .update(JSON.stringify([name, id]))
    .digest()
    .subarray(0, digestBytes)
