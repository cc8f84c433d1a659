import type { Sql } from '../core/sql.ts'

/**
 * Removes every table that migrations have made in a PostgreSQL schema of Strongroom's own. The database cannot be used any
 * more until it is opened anew.
 */
export async function dropTables(sql: Sql): Promise<void> {
  // By their whole names: others may keep tables of their own beside them, whatever those are called.
  for (const name of tables) await sql.run(`DROP TABLE IF EXISTS "${name}"`)
}

const tables = [
  ...['documents', 'document_index', 'due_work', 'blob_content', 'meta', 'migrations'],
  ...['ledger_records', 'ledger_checkpoints', 'ledger_key', 'ledger_positions', 'ledger_head'],
  ...['lookup_terms', 'lookup_lists', 'lookup_segments', 'lookup_event_ids', 'lookup_last_term'],
]
