import type { Migration, Sql } from '../../core/sql.ts'
import { dialects } from '../tables.ts'

/** The consumer's name in `ledger_positions`. */
export const lookupConsumer = 'lookup'
/** Up to where entries older than the history have been removed. */
export const pruningConsumer = 'lookup.pruned'

/** Of the schema, and of what is indexed under which value: an index file of another version is made anew. */
export const indexVersion = 1

/** For databases that hold their index themselves. What is indexed changes with a new migration that empties the tables. */
export const lookupMigrations: readonly Migration[] = [{ name: '0011-ledger-lookup', up: createLookupTables }]

/**
 * A term is an account, a region and a value of one of the event's keys. Its postings lie together in order of time, so
 * that a page of events is one short range, however many events there are.
 */
export async function createLookupTables(sql: Sql): Promise<void> {
  const { text, integer, bytes, clustered } = dialects[sql.dialect]
  await sql.run(
    `CREATE TABLE lookup_terms (
      account ${text} NOT NULL, region ${text} NOT NULL, key ${text} NOT NULL, value ${text} NOT NULL,
      id ${integer} NOT NULL,
      PRIMARY KEY (account, region, key, value)
    ) ${clustered}`,
  )
  await sql.run(
    `CREATE TABLE lookup_postings (
      term ${integer} NOT NULL, time_s ${integer} NOT NULL, seq ${integer} NOT NULL,
      PRIMARY KEY (term, time_s, seq)
    ) ${clustered}`,
  )
  // Event ids stand apart: each has one event, and there are as many as events.
  await sql.run(
    `CREATE TABLE lookup_event_ids (
      event_id ${bytes} NOT NULL, seq ${integer} NOT NULL,
      PRIMARY KEY (event_id, seq)
    ) ${clustered}`,
  )
  await sql.run(`CREATE TABLE lookup_last_term (id ${integer} NOT NULL)`)
  await sql.run('INSERT INTO lookup_last_term (id) VALUES (0)')
}
