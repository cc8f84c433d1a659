import type { Migration } from '../core/sql.ts'
import type { Ledger } from '../ledger/ledger.ts'
import { loadServices } from '../services/index.ts'

/** The tables of a server's database beside those of the store itself. */
export const serverMigrations = async (ledger: Pick<Ledger, 'migrations'>): Promise<Migration[]> => [
  ...ledger.migrations,
  ...(await loadServices()).flatMap(({ migrations = [] }) => migrations),
]
