import { setImmediate as nextTurn } from 'node:timers/promises'

/** A row with its place in a list: what a page token remembers. */
export interface Placed<T, P = string> {
  place: P
  row: T
}

/** A list that can be read on from a place in it. */
export interface ListSource<T, P = string> {
  /** The first rows behind a place, or from the beginning: as many as `limit`, fewer only at the end of the list. */
  read(after: P | undefined, limit: number): Promise<readonly Placed<T, P>[]>
  /** Whether a row that was read belongs to the list; absent: all do. */
  fits?(row: T): boolean
  /** How many rows are read for one that is given, where several lists are merged; 1 when absent. */
  rowsReadForOne?: number
}

export interface ListPart<T, P = string> {
  rows: Placed<T, P>[]
  /** Up to where the list was looked at: where the next page goes on. Undefined while nothing was. */
  place: P | undefined
  /** Whether there may be more behind that place. */
  more: boolean
}

/** How many rows may still be looked at for one page, over all sources that it is read from. */
export interface RowBudget {
  rows: number
}

/**
 * How many rows one page of a filtered list looks at: a page may then be short, or empty, and have a next one all the same,
 * which AWS documents for its lists. What is read costs one or two hundredths of a millisecond a row.
 */
export const maxRowsLookedAt = 1000

/** Reading so many holds the thread for a millisecond or two; between slices other requests have it. */
const rowsOfSlice = 100

export const pageBudget = (): RowBudget => ({ rows: maxRowsLookedAt })

/**
 * Reads the part of a list that makes a page: up to `limit` rows that fit.
 * @param after - the place where the page before ended; undefined for the first page.
 * @param budget - what a filtered list may still look at; an unfiltered one costs what it returns.
 */
export async function readList<T, P>(
  source: ListSource<T, P>,
  after: P | undefined,
  limit: number,
  budget: RowBudget = pageBudget(),
): Promise<ListPart<T, P>> {
  const { fits, rowsReadForOne = 1 } = source
  const slice = Math.max(1, Math.floor(rowsOfSlice / rowsReadForOne))
  const rows: Placed<T, P>[] = []
  let place = after
  for (let step = Math.min(limit + 1, slice); ; ) {
    const found = await source.read(place, step)
    budget.rows -= found.length * rowsReadForOne
    for (const row of found) {
      if (rows.length === limit) return { rows, place, more: true }
      place = row.place
      if (!fits || fits(row.row)) rows.push(row)
    }
    if (found.length < step) return { rows, place, more: false }
    if (fits && budget.rows <= 0) return { rows, place, more: true }
    await nextTurn()
    // One more row than fit shows that there is more.
    step = fits && rows.length < limit ? slice : Math.min(limit + 1 - rows.length, slice)
  }
}

/** Maps what was read, one after the other, and lets other requests have the thread now and then. */
export async function mapInSlices<T, R>(items: readonly T[], each: (item: T) => Promise<R> | R): Promise<R[]> {
  const results: R[] = []
  for (const [index, item] of items.entries()) {
    if (index > 0 && index % rowsOfSlice === 0) await nextTurn()
    results.push(await each(item))
  }
  return results
}
