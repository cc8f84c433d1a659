import { mostSpanMs } from './batch.ts'

/** What is known of a block. */
export interface BlockFacts {
  id: string
  first_ms: number
  last_ms: number
  events: number
  bytes: number
  data_key: string
}

const largest = { events: 1000, bytes: 256 * 2 ** 10 }

/** Returns whether a block is to be merged with others. */
export const isSmall = ({ events, bytes }: Pick<BlockFacts, 'events' | 'bytes'>): boolean =>
  events < largest.events && bytes < largest.bytes

export interface MergePlan<Row> {
  /** Ids of blocks that nothing that follows can be merged with. */
  settled: readonly string[]
  /** Blocks that become one; empty when nothing is left to merge. */
  run: readonly Row[]
  /** Whether more may be merged with what they become. */
  staysSmall: boolean
}

/**
 * Chooses the first blocks that make one: sealed with one key, within a day, and no larger than a block should be.
 * @param rows - small blocks of a stream in order of their first events.
 */
export function planMerge<Row extends BlockFacts>(rows: readonly Row[]): MergePlan<Row> {
  const settled: string[] = []
  for (let from = 0; from < rows.length; ) {
    const run = runFrom(rows, from)
    const isLast = from + run.length === rows.length
    if (run.length > 1) return { settled, run, staysSmall: isLast && isSmall(sumOf(run)) }
    if (!isLast) settled.push(...run.map(({ id }) => id))
    from += run.length
  }
  return { settled, run: [], staysSmall: false }
}

function runFrom<Row extends BlockFacts>(rows: readonly Row[], from: number): Row[] {
  const run: Row[] = []
  for (const row of rows.slice(from)) {
    const [first = row] = run
    const { events, bytes } = sumOf([...run, row])
    const { firstMs, lastMs } = spanOf([...run, row])
    const fits = row.data_key === first.data_key && lastMs - firstMs <= mostSpanMs
    if (!fits || (run.length > 0 && (events > largest.events || bytes > largest.bytes))) break
    run.push(row)
  }
  return run
}

export const sumOf = (rows: readonly BlockFacts[]) => ({
  events: rows.reduce((sum, { events }) => sum + events, 0),
  bytes: rows.reduce((sum, { bytes }) => sum + bytes, 0),
})

export const spanOf = (rows: readonly BlockFacts[]) => ({
  firstMs: Math.min(...rows.map(({ first_ms }) => first_ms)),
  lastMs: Math.max(...rows.map(({ last_ms }) => last_ms)),
})
