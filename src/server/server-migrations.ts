import type { Migration } from '../core/sql.ts'
import type { Ledger } from '../ledger/ledger.ts'
import { loadServices } from '../services/index.ts'
import { checkOwnMigrations } from '../storage/own-tables.ts'

/** The tables of a server's database beside those of the store itself. */
export async function serverMigrations(ledger: Pick<Ledger, 'migrations'>): Promise<Migration[]> {
  const all = [...ledger.migrations]
  for (const { definition, migrations = [] } of await loadServices()) {
    await checkOwnMigrations(definition.name, migrations)
    all.push(...migrations)
  }
  return all
}
