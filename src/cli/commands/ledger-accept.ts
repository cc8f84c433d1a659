import { optionsFromEnvironment } from '../../config.ts'
import { acceptLedger } from '../../maintenance/accept-ledger.ts'
import { progressLine } from '../progress.ts'
import { type ServerOptions, sqliteDirectoryOf } from '../server-client.ts'

export async function ledgerAccept(options: ServerOptions): Promise<void> {
  const { path } = sqliteDirectoryOf(options, 'a ledger there has no anchor to accept')
  const line = progressLine('verifying the ledger')
  const location = { dataDir: path, rootKey: optionsFromEnvironment().rootKey }
  const { proof, movedTo } = await acceptLedger(location, line.show).finally(line.end)
  if (movedTo) console.log(`The anchor that was there is now ${movedTo}.`)
  if (proof) console.log(`The ledger goes on from record ${proof.records}.`)
  else console.log(`No ledger has begun in ${path}; the next start begins one.`)
}
