import { createHash } from 'node:crypto'
import type { Migration, Sql, SqlValue } from '../core/sql.ts'
import type { CollectionSpec, Scope } from '../core/store.ts'
import * as queries from './document-queries.ts'

const maxIndexValueCharacters = 2048
const maxLiteralIndexValueBytes = 128

export interface IndexEntry {
  name: string
  value: string
}

/** Under what a document is found. */
export const entriesOf = <T>({ indexes = {} }: CollectionSpec<T>, document: T): IndexEntry[] =>
  Object.entries(indexes).flatMap(([name, valuesOf]) =>
    [...new Set(valuesOf(document))].map((value) => ({ name, value: storedIndexValue(value) })),
  )

/** Makes the entries of a document these, and no others. */
export async function writeEntries(
  sql: Sql,
  { name: collection }: { name: string },
  { accountId, region }: Scope,
  id: string,
  entries: readonly IndexEntry[],
): Promise<void> {
  const partition = [collection, accountId, region]
  const stored = await sql.all<IndexEntry & Record<string, SqlValue>>(queries.selectEntries, [...partition, id])
  for (const { name, value } of stored.filter((entry) => !holds(entries, entry))) {
    await sql.run(queries.deleteEntry, [...partition, name, value, id])
  }
  for (const { name, value } of entries.filter((entry) => !holds(stored, entry))) {
    await sql.run(queries.insertEntry, [...partition, name, value, id])
  }
}

const holds = (entries: readonly IndexEntry[], { name, value }: IndexEntry) =>
  entries.some((entry) => entry.name === name && entry.value === value)

const documentsAtOnce = 500

/** Makes the entries of documents that were written before their collection had all its indexes. */
export function indexingMigration<T>(name: string, spec: CollectionSpec<T>): Migration {
  // What is sealed opens under keys that a migration does not have.
  if (spec.sealed) throw new Error(`${spec.name} has sealed members and cannot be indexed by a migration`)
  return {
    name,
    async up(sql) {
      for (let [accountId, region, id] = ['', '', '']; ; ) {
        const page = await sql.all<{ account: string; region: string; id: string; document: string }>(
          queries.selectDocuments,
          [spec.name, accountId, region, id, documentsAtOnce],
        )
        for (const row of page) {
          const scope = { accountId: row.account, region: row.region }
          await writeEntries(sql, spec, scope, row.id, entriesOf(spec, JSON.parse(row.document)))
        }
        const last = page.at(-1)
        if (!last) return
        ;[accountId, region, id] = [last.account, last.region, last.id]
      }
    },
  }
}

/** PostgreSQL stores no NUL in text, and neither database keeps a lone surrogate as it was. */
export const isStorableText = (text: string) => text.isWellFormed() && !text.includes('\0')

/** Long values are only ever compared for equality, and stand as their hash; the first character tells them apart. */
export function storedIndexValue(value: string): string {
  if (value.length > maxIndexValueCharacters) throw new RangeError('an index value has more than 2,048 characters')
  if (Buffer.byteLength(value) <= maxLiteralIndexValueBytes && isStorableText(value)) return literalMark + value
  return `#${createHash('sha256').update(JSON.stringify(value)).digest('base64')}`
}

/** The value of an index that gives an order, from what is stored of it. */
export const orderValue = (stored: string): string => stored.slice(literalMark.length)

const literalMark = '='

/** Stored values begin with `=`, or with `#`, which comes before it. */
export const behindAllValues = '>'
