import type { Migration, Sql } from '../core/sql.ts'
import type { WriteConnection } from './connection.ts'

/** The database was written by a newer version, whose schema this one does not know. */
export class UnknownMigrationError extends Error {
  constructor(names: readonly string[]) {
    super(
      `The database has migrations that this version of Strongroom does not know (${names.join(', ')}). ` +
        'Start the version that wrote it, or a newer one; nothing was changed.',
    )
    this.name = 'UnknownMigrationError'
  }
}

/** @throws UnknownMigrationError when the database has a migration that is not in the list. */
export async function refuseUnknownMigrations(sql: Sql, migrations: readonly Migration[]): Promise<void> {
  const known = new Set(migrations.map(({ name }) => name))
  if (known.size < migrations.length) throw new Error('two migrations have the same name')
  const unknown = [...(await appliedMigrations(sql))].filter((name) => !known.has(name))
  if (unknown.length > 0) throw new UnknownMigrationError(unknown)
}

/** Runs the migrations that the database has not seen, in order of name, each in a transaction of its own. */
export async function migrate(connection: WriteConnection, migrations: readonly Migration[]): Promise<void> {
  const ordered = migrations.toSorted((a, b) => (a.name < b.name ? -1 : 1))
  for (const migration of ordered) {
    await inTransaction(connection, async (sql) => {
      // Looked up inside the transaction: another node may be migrating the same database.
      if ((await appliedMigrations(sql)).has(migration.name)) return
      await migration.up(sql)
      await sql.run('INSERT INTO migrations (name) VALUES (?)', [migration.name])
    })
  }
}

/** One transaction alone on the connection: for what happens before there are groups. */
export async function inTransaction<R>(connection: WriteConnection, work: (sql: Sql) => Promise<R>): Promise<R> {
  await connection.begin()
  try {
    const result = await work(connection.sql)
    await connection.commit()
    return result
  } catch (error) {
    await connection.rollback()
    throw error
  }
}

/** The names of those that a database has seen. */
export async function appliedMigrations(sql: Sql): Promise<Set<string>> {
  const rows = await sql.all<{ name: string }>('SELECT name FROM migrations ORDER BY name')
  return new Set(rows.map(({ name }) => name))
}
