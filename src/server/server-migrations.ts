import type { ServiceModule, ServiceOutline } from '../core/services/service-module.ts'
import type { Migration } from '../core/sql.ts'
import type { Ledger } from '../ledger/ledger.ts'
import { listedServices } from '../services/index.ts'
import { checkOwnMigrations } from '../storage/own-tables.ts'

/** The tables of a server's database beside those of the store itself. */
export async function serverMigrations(ledger: Pick<Ledger, 'migrations'>): Promise<Migration[]> {
  const all = [...ledger.migrations]
  for (const { manifest, load } of listedServices) {
    const { name, migrations = [] } = manifest?.outline ? ofOutline(manifest.outline) : ofModule(await load())
    await checkOwnMigrations(name, migrations)
    all.push(...migrations)
  }
  return all
}

const ofOutline = ({ head: { name }, migrations }: ServiceOutline) => ({ name, migrations })
const ofModule = ({ definition: { name }, migrations }: ServiceModule) => ({ name, migrations })
