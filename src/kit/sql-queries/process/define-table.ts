import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import type { DuckDBConnection } from '@duckdb/node-api'
import { quotedText } from '../hive-types.ts'
import { lowerNames } from '../reading/lower-names.ts'
import { MalformedDocumentError, recordLines } from '../reading/record-lines.ts'
import { partitionKey, viewStatement } from '../reading/source-view.ts'
import type { SourceTable } from '../sources.ts'
import { SqlError } from '../sql-error.ts'
import { exhausted } from './limits.ts'

/** Where a table's rows go. */
interface TablePlace {
  /** Of the query. */
  folder: string
  /** Number of the table. */
  index: number
  /** How many bytes the rows may have. */
  leftBytes: number
  withPath: boolean
}

/** An object is expanded in memory. */
const mostObjectBytes = 2 ** 30

/**
 * Expands the files of a table into rows, one a line, and makes a view of them.
 * @returns how many bytes of rows there are.
 * @throws SqlError for files that are not what the table says, and where they are too large.
 */
export async function defineTable(
  connection: DuckDBConnection,
  table: SourceTable,
  place: TablePlace,
): Promise<number> {
  const rows = join(place.folder, 'rows', String(place.index))
  const suffix = table.format.kind === 'parquet' ? 'parquet' : table.format.kind === 'text' ? 'txt' : 'json'
  let bytes = 0
  let number = 0
  for (const [index, { files }] of table.partitions.entries()) {
    const folder = join(rows, `${partitionKey}=${index}`)
    if (files.length > 0) await mkdir(folder, { recursive: true, mode: 0o700 })
    for (const { name, path } of files) {
      bytes += await expand(table, join(place.folder, 'in', name), join(folder, `${number++}.${suffix}`), path)
      if (bytes > place.leftBytes) throw new SqlError('EXCEEDED_RESOURCES', exhausted)
    }
  }
  const pattern = number > 0 ? join(rows, '*', `*.${suffix}`) : undefined
  const present = pattern && table.format.kind === 'parquet' ? await columnsOf(connection, pattern) : []
  await connection.run(viewStatement(table, { pattern, present, withPath: place.withPath }))
  return bytes
}

async function expand({ format, columns }: SourceTable, from: string, to: string, path: string): Promise<number> {
  if (format.kind === 'parquet') {
    await rename(from, to)
    return (await stat(to)).size
  }
  const content = expanded(await readFile(from), path)
  await rm(from)
  try {
    const lines = format.kind === 'cloudtrail' ? recordLines(content) : content
    if (format.kind === 'json' && format.ignoresCase) lowerNames(lines, columns)
    await writeFile(to, lines, { mode: 0o600 })
    return lines.length
  } catch (failure) {
    if (!(failure instanceof MalformedDocumentError)) throw failure
    throw new SqlError('HIVE_CURSOR_ERROR', `Row is not a valid JSON Object - ${failure.message}: ${path}`)
  }
}

function expanded(content: Buffer, path: string): Buffer {
  const isZipped = content[0] === 0x1f && content[1] === 0x8b
  if (!isZipped) return content
  try {
    return gunzipSync(content, { maxOutputLength: mostObjectBytes })
  } catch (failure) {
    const { code } = failure as NodeJS.ErrnoException
    if (code === 'ERR_BUFFER_TOO_LARGE') throw new SqlError('EXCEEDED_RESOURCES', exhausted)
    throw new SqlError('HIVE_CURSOR_ERROR', `Failed to read file: ${path}: it is not complete gzip data`)
  }
}

async function columnsOf(connection: DuckDBConnection, pattern: string): Promise<string[]> {
  const files = quotedText(pattern)
  const described = await connection.runAndReadAll(
    `DESCRIBE SELECT * FROM read_parquet(${files}, union_by_name = true)`,
  )
  return described.getRows().map(([name]) => String(name))
}
