import { MovableClock } from '../core/clock.ts'
import { rootKeyOf } from '../crypto/root-key.ts'
import { openSealer, type StorageSealer } from '../crypto/sealer.ts'
import { createLedger } from '../ledger/ledger.ts'
import { DataDirectory } from '../server/data-directory.ts'
import { serverMigrations } from '../server/server-migrations.ts'
import { type OpenStoreOptions, openStore } from '../storage/open-store.ts'
import type { DataLocation } from './location.ts'

/**
 * Takes the end of a database's ledger as it is for the server's own, so that the next start goes on from there. The database
 * gets this version's schema, as at a start.
 * @param beforeIt - called when nothing can refuse it any more.
 * @throws StoreUnavailableError (a server runs there), UnexpectedSchemaError - the ledger is as it was.
 */
export async function acceptEnd(
  database: OpenStoreOptions['database'],
  { location, anchorFile, beforeIt }: { location: DataLocation; anchorFile: string; beforeIt(): void },
): Promise<void> {
  const { dataDir, rootKey } = location
  const onFault = (fault: unknown) => {
    throw fault
  }
  const index = new DataDirectory(dataDir).ledgerFiles.index
  const files = database.kind === 'sqlite' ? { database: database.file, index } : undefined
  const ledger = createLedger({ clock: new MovableClock(), files, anchorFile, onFault, onAlarm: onFault })
  let sealer: StorageSealer | undefined
  const store = await openStore({
    database,
    appender: ledger.appender,
    migrations: await serverMigrations(ledger),
    sealer: async (sql) => {
      sealer = await openSealer(sql, rootKeyOf(rootKey ?? { kind: 'file', file: new DataDirectory(dataDir).rootKey }))
      return sealer
    },
  })
  try {
    if (!sealer) throw new Error('the store was opened without its sealer')
    beforeIt()
    await ledger.acceptEnd(store, sealer)
  } finally {
    await store.close()
  }
}
