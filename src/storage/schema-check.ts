import type { Migration, Sql } from '../core/sql.ts'
import { appliedMigrations } from './migrations.ts'
import { createBaseTables } from './schema.ts'
import { SqliteConnection } from './sqlite-connection.ts'

/** The database file has, or lacks, what Strongroom's own migrations make. */
export class UnexpectedSchemaError extends Error {
  constructor(detail: string) {
    super(
      `The database is not as Strongroom makes it: ${detail}. A trigger or a view could change or copy what is written. ` +
        'Find out where it comes from, and remove it or put a backup back; nothing was changed.',
    )
    this.name = 'UnexpectedSchemaError'
  }
}

/**
 * Compares the schema of a SQLite database, word by word, with what the migrations that it has seen make.
 * @throws UnexpectedSchemaError
 */
export async function refuseOtherSchema(sql: Sql, migrations: readonly Migration[]): Promise<void> {
  const applied = await appliedMigrations(sql)
  const seen = migrations.filter(({ name }) => applied.has(name))
  const expected = await schemaAfter(seen)
  const found = await schemaOf(sql)
  for (const [name, text] of found) {
    if (expected.get(name) === text) continue
    throw new UnexpectedSchemaError(expected.has(name) ? `its ${name} was changed` : `it has a ${name}`)
  }
  for (const name of expected.keys()) {
    if (!found.has(name)) throw new UnexpectedSchemaError(`it has no ${name}`)
  }
}

/** Returns what migrations make of an empty database: the statements of its schema, by what they make: `table documents`. */
export async function schemaAfter(migrations: readonly Migration[]): Promise<Map<string, string>> {
  const empty = new SqliteConnection(':memory:')
  try {
    await createBaseTables(empty)
    for (const migration of migrations.toSorted((a, b) => (a.name < b.name ? -1 : 1))) await migration.up(empty)
    return await schemaOf(empty)
  } finally {
    empty.close()
  }
}

/** The statements that make the schema, by what they make: `table documents`. */
async function schemaOf(sql: Sql): Promise<Map<string, string>> {
  // SQLite makes indexes of its own for keys, and ANALYZE its tables of statistics.
  const rows = await sql.all<{ type: string; name: string; sql: string }>(
    `SELECT type, name, COALESCE(sql, '') AS sql FROM sqlite_schema
      WHERE NOT (type = 'index' AND sql IS NULL) AND NOT (type = 'table' AND name IN ('sqlite_stat1', 'sqlite_stat4'))
      ORDER BY type, name`,
  )
  return new Map(rows.map((row) => [`${row.type} ${row.name}`, row.sql.replace(/\s+/g, ' ')]))
}
