import { endOfPrefix } from '../../../storage/text-ranges.ts'

/** What a list is asked for. */
export interface ListRequest {
  prefix: string
  delimiter: string
  /** How many keys and common prefixes together. */
  most: number
}

/** Reads rows in the order of a list. */
export interface ListRows<Row extends { key: string }, Place> {
  /** The first rows from a place on. */
  read(place: Place, limit: number): Promise<readonly Row[]>
  /** The place behind a row. */
  behind(row: Row): Place
  /** The place of the first row whose key is not before a text. */
  from(key: string): Place
}

/** An entry of a list: a row, or the common prefix of some. */
export type ListEntry<Row> = { row: Row; prefix?: undefined } | { row?: undefined; prefix: string }

export interface ListPage<Row> {
  entries: readonly ListEntry<Row>[]
  /** The last one, where there are more behind it. */
  last?: ListEntry<Row>
}

/** Behind every key: keys have at most 1024 bytes, and no character is greater. */
const behindAll = '\u{10ffff}'.repeat(257)

/** The first text behind all keys that begin with a prefix. */
export const endOfKeys = (prefix: string): string => (behindAll.startsWith(prefix) ? behindAll : endOfPrefix(prefix))

const firstRows = 32
const mostRows = 1001

/** The common prefix of a key: up to the first delimiter behind the prefix of the list. */
export function commonPrefixOf(key: string, { prefix, delimiter }: Pick<ListRequest, 'prefix' | 'delimiter'>) {
  if (delimiter === '') return undefined
  const at = key.indexOf(delimiter, prefix.length)
  return at < 0 ? undefined : key.slice(0, at + delimiter.length)
}

/**
 * Reads a page of a list. Rows behind one common prefix are not read but passed over, so that a page costs what it shows, however
 * many objects there are.
 */
export async function readPage<Row extends { key: string }, Place>(
  rows: ListRows<Row, Place>,
  request: ListRequest,
  start: Place,
): Promise<ListPage<Row>> {
  const { most, delimiter } = request
  if (most === 0) return { entries: [] }
  const entries: ListEntry<Row>[] = []
  let place = start
  let limit = delimiter === '' ? most + 1 : firstRows
  while (entries.length <= most) {
    const asked = Math.min(limit, most + 1 - entries.length)
    const found = await rows.read(place, asked)
    let passed = false
    for (const row of found) {
      const prefix = commonPrefixOf(row.key, request)
      if (prefix === undefined) {
        entries.push({ row })
        place = rows.behind(row)
        continue
      }
      entries.push({ prefix })
      place = rows.from(endOfKeys(prefix))
      passed = true
      break
    }
    if (!passed && found.length < asked) break
    // Where prefix follows prefix, one row tells of each.
    limit = passed ? firstRows / 8 : Math.min(limit * 2, mostRows)
  }
  return entries.length > most ? { entries: entries.slice(0, most), last: entries[most - 1] } : { entries }
}
