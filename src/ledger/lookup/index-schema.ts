import { dialects, type Migration, type Sql } from '../../core/sql.ts'

/** The consumer's name in `ledger_positions`. */
export const lookupConsumer = 'lookup'

/** Of the schema, and of what is indexed under which value: an index file of another version is made anew. */
export const indexVersion = 2

/** For databases that hold their index themselves. What is indexed changes with a new migration that empties the tables. */
export const lookupMigrations: readonly Migration[] = [
  // What it made is gone.
  { name: '0011-ledger-lookup', async up() {} },
  {
    name: '0012-ledger-lookup-segments',
    async up(sql) {
      for (const table of ['terms', 'postings', 'event_ids', 'last_term']) {
        await sql.run(`DROP TABLE IF EXISTS lookup_${table}`)
      }
      await sql.run("DELETE FROM ledger_positions WHERE name IN ('lookup', 'lookup.pruned')")
      await createLookupTables(sql)
    },
  },
]

/**
 * A term is an account, a region and a value of one of the event's keys. Of each segment it has one list of events, and its
 * lists lie together in order of the segments, so that a page of events is one short range, however many events there are.
 */
export async function createLookupTables(sql: Sql): Promise<void> {
  const { text, integer, bytes, rowid, clustered } = dialects[sql.dialect]
  await sql.run(
    `CREATE TABLE lookup_terms (
      account ${text} NOT NULL, region ${text} NOT NULL, key ${text} NOT NULL, value ${text} NOT NULL,
      id ${integer} NOT NULL,
      PRIMARY KEY (account, region, key, value)
    ) ${clustered}`,
  )
  await sql.run(
    `CREATE TABLE lookup_lists (
      term ${integer} NOT NULL, segment ${integer} NOT NULL, positions ${bytes} NOT NULL,
      PRIMARY KEY (term, segment)
    ) ${clustered}`,
  )
  await sql.run(
    `CREATE TABLE lookup_segments (
      id ${integer} PRIMARY KEY, after_seq ${integer} NOT NULL, floor_s ${integer} NOT NULL, ceiling_s ${integer} NOT NULL
    ) ${rowid}`,
  )
  // Both grow with the segments.
  await sql.run('CREATE INDEX lookup_segments_floor ON lookup_segments (floor_s, id)')
  await sql.run('CREATE INDEX lookup_segments_ceiling ON lookup_segments (ceiling_s, id)')
  // Event ids stand apart: each has one event. They begin with its time, so that new ones go to the end.
  await sql.run(
    `CREATE TABLE lookup_event_ids (
      event_id ${bytes} NOT NULL, seq ${integer} NOT NULL,
      PRIMARY KEY (event_id, seq)
    ) ${clustered}`,
  )
  await sql.run(`CREATE TABLE lookup_last_term (id ${integer} NOT NULL)`)
  await sql.run('INSERT INTO lookup_last_term (id) VALUES (0)')
}
