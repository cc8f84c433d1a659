import type { Migration, Sql } from '../core/sql.ts'
import { storageMigrations } from './schema.ts'
import { schemaAfter } from './schema-check.ts'

/**
 * Removes every table that migrations have made in a PostgreSQL schema of Strongroom's own. The database cannot be used any
 * more until it is opened anew.
 * @param migrations - of those that have tables beside the store's own.
 */
export async function tableDropper(migrations: readonly Migration[]): Promise<(sql: Sql) => Promise<void>> {
  // By their whole names: others may keep tables of their own beside them, whatever those are called.
  const tables = [...(await schemaAfter([...storageMigrations, ...migrations])).keys()].flatMap(
    (made) => /^table (\w+)$/.exec(made)?.[1] ?? [],
  )
  return async (sql) => {
    for (const name of tables) await sql.run(`DROP TABLE IF EXISTS "${name}"`)
  }
}
