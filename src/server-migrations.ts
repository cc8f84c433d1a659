import type { ServiceModule } from './core/service-module.ts'
import type { Migration } from './core/sql.ts'
import type { Ledger } from './ledger/ledger.ts'
import { serviceModules } from './services/index.ts'

/** The tables of a server's database beside those of the store itself. */
export const serverMigrations = (ledger: Pick<Ledger, 'migrations'>): Migration[] => [
  ...ledger.migrations,
  ...serviceModules.flatMap((module: ServiceModule) => module.migrations ?? []),
]
