import { optionsFromEnvironment } from '../../config.ts'
import { acceptLedger } from '../../maintenance/accept-ledger.ts'
import { progressLine } from '../progress.ts'
import { dataDirectoryOf, type ServerOptions } from '../server-client.ts'

export async function ledgerAccept(options: ServerOptions): Promise<void> {
  const { path } = dataDirectoryOf(options)
  const line = progressLine('verifying the ledger')
  const location = { dataDir: path, rootKey: optionsFromEnvironment().rootKey }
  const { proof, movedTo } = await acceptLedger(location, line.show).finally(line.end)
  if (movedTo) console.log(`The anchor that was there is now ${movedTo}.`)
  if (proof) console.log(`The ledger goes on from record ${proof.records}.`)
  else console.log(`No ledger has begun in ${path}; the next start begins one.`)
}
