import { acceptLedger } from '../../maintenance/accept-ledger.ts'
import { optionsFromEnvironment } from '../../server/config.ts'
import { progressLine } from '../progress.ts'
import { dataDirectoryOf, type ServerOptions } from '../server-client.ts'

export async function ledgerAccept(options: ServerOptions & { databaseUrl?: string }): Promise<void> {
  const { rootKey, databaseUrl } = optionsFromEnvironment()
  const line = progressLine('verifying the ledger')
  const dataDir = dataDirectoryOf(options).path
  const location = { dataDir, rootKey, databaseUrl: options.databaseUrl ?? (options.dataDir ? undefined : databaseUrl) }
  const { proof, movedTo } = await acceptLedger(location, line.show).finally(line.end)
  if (movedTo) console.log(`The anchor that was there is now ${movedTo}.`)
  if (proof?.firstBad) {
    const { seq, detail } = proof.firstBad
    console.log(`Accepted without proof, from record ${seq} on: ${detail}.`)
  }
  if (proof) console.log(`The ledger goes on from record ${proof.records}.`)
  else
    console.log(`No ledger has begun in ${location.databaseUrl ? 'the database' : dataDir}; the next start begins one.`)
}
