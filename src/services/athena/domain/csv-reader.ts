/** A row of CSV, and the offset behind it, in bytes from where the reader began. */
export interface CsvRow {
  values: (string | null)[]
  endsAt: number
}

const quote = 0x22
const comma = 0x2c
const lineFeed = 0x0a

/** Reads CSV as Athena writes it, piece by piece: values are quoted, NULL is empty. */
export class CsvReader {
  #rest = Buffer.alloc(0)
  #offset = 0

  /** @returns the rows that are complete with a piece. */
  add(piece: Buffer): CsvRow[] {
    const bytes = Buffer.concat([this.#rest, piece])
    const rows: CsvRow[] = []
    let begin = 0
    for (let end = rowEnd(bytes, begin); end > 0; end = rowEnd(bytes, begin)) {
      rows.push({ values: valuesOf(bytes.subarray(begin, end - 1)), endsAt: this.#offset + end })
      begin = end
    }
    this.#offset += begin
    this.#rest = bytes.subarray(begin)
    return rows
  }
}

/** The place behind a row's line feed; 0 where the row is not complete. */
function rowEnd(bytes: Buffer, from: number): number {
  let isQuoted = false
  for (let index = from; index < bytes.length; index++) {
    const byte = bytes[index]
    if (byte === quote) isQuoted = !isQuoted
    else if (byte === lineFeed && !isQuoted) return index + 1
  }
  return 0
}

function valuesOf(row: Buffer): (string | null)[] {
  const values: (string | null)[] = []
  let begin = 0
  let isQuoted = false
  for (let index = 0; index <= row.length; index++) {
    const byte = row[index]
    if (byte === quote) isQuoted = !isQuoted
    if (index < row.length && (byte !== comma || isQuoted)) continue
    const text = row.toString('utf8', begin, index)
    values.push(text === '' ? null : text.slice(1, -1).replaceAll('""', '"'))
    begin = index + 1
  }
  return values
}
