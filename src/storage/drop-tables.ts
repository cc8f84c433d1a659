import type { Sql } from '../core/sql.ts'

/**
 * Removes every table that migrations have made in a PostgreSQL schema of Strongroom's own. The database cannot be used any
 * more until it is opened anew.
 */
export async function dropTables(sql: Sql): Promise<void> {
  const rows = await sql.all<{ name: string }>(
    `SELECT tablename AS name FROM pg_tables WHERE schemaname = current_schema()
      AND (tablename IN ('documents', 'document_index', 'due_work', 'meta', 'migrations')
        OR tablename LIKE 'ledger\\_%' OR tablename LIKE 'lookup\\_%')`,
  )
  for (const { name } of rows) await sql.run(`DROP TABLE "${name}"`)
}
