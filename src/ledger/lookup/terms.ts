import { createHash } from 'node:crypto'
import type { Sql } from '../../core/sql.ts'
import { chunked, insertRows, placeholders } from '../rows.ts'
import type { Listing } from './recent-events.ts'

/** A listing as the index keeps it: account, region, key and stored value. */
export type Term = readonly [account: string, region: string, key: string, value: string]

/** Long values stand as their hash, and those that PostgreSQL cannot keep as text; the first character distinguishes them. */
export function termOf({ account, region, key, value }: Listing): Term {
  const literal = Buffer.byteLength(value) <= maxLiteralBytes && value.isWellFormed() && !value.includes('\0')
  const stored = literal ? `=${value}` : `#${createHash('sha256').update(JSON.stringify(value)).digest('base64')}`
  return [account, region, key, stored]
}

/** Event ids are UUIDs: 16 bytes. What is none has bytes that no event has. */
export const eventIdBytes = (eventId: string): Buffer => Buffer.from(eventId.replaceAll('-', ''), 'hex')

/** A term as the key of a map. No part but the last can hold the separator. */
export const termKey = (term: Term): string => term.join('\0')

/** The ids of those terms that have one. */
export async function findTermIds(sql: Sql, terms: readonly Term[]): Promise<Map<string, number>> {
  const ids = new Map<string, number>()
  for (const chunk of chunked(terms)) {
    const statement = `SELECT account, region, key, value, id FROM lookup_terms
      WHERE (account, region, key, value) IN (VALUES ${placeholders(chunk.length, 4)})`
    for (const { account, region, key, value, id } of await sql.all<TermRow>(statement, chunk.flat())) {
      ids.set(termKey([account, region, key, value]), id)
    }
  }
  return ids
}

/** The ids of terms, given to those that have none yet. Ids are never given twice. */
export async function giveTermIds(sql: Sql, terms: readonly Term[]): Promise<Map<string, number>> {
  const ids = await findTermIds(sql, terms)
  const fresh = terms.filter((term) => !ids.has(termKey(term)))
  if (fresh.length === 0) return ids
  const [row] = await sql.all<{ id: number }>('SELECT id FROM lookup_last_term')
  let id = row?.id ?? 0
  for (const term of fresh) ids.set(termKey(term), ++id)
  await sql.run('UPDATE lookup_last_term SET id = ?', [id])
  await insertRows(
    sql,
    'lookup_terms (account, region, key, value, id)',
    fresh.map((term) => [...term, ids.get(termKey(term)) ?? 0]),
  )
  return ids
}

const maxLiteralBytes = 256

type TermRow = { account: string; region: string; key: string; value: string; id: number }
