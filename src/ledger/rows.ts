import type { Sql, SqlValue } from '../core/sql.ts'

/**
 * Splits rows into chunks of a few fixed sizes, so that statements over many rows have few texts and are prepared once.
 */
export function* chunked<T>(rows: readonly T[]): Generator<readonly T[]> {
  let from = 0
  for (const size of [64, 16, 4, 1]) {
    for (; rows.length - from >= size; from += size) yield rows.slice(from, from + size)
  }
}

/** `(?, ?), (?, ?)` for two rows of two columns. */
export const placeholders = (rows: number, columns: number): string =>
  Array(rows)
    .fill(`(${Array(columns).fill('?').join(', ')})`)
    .join(', ')

/** @param into - table and columns: `ledger_records (seq, record, hash)`. */
export async function insertRows(sql: Sql, into: string, rows: readonly (readonly SqlValue[])[]): Promise<void> {
  for (const chunk of chunked(rows)) {
    const values = placeholders(chunk.length, chunk[0]?.length ?? 0)
    await sql.run(`INSERT INTO ${into} VALUES ${values}`, chunk.flat())
  }
}
