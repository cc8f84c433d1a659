import { verifyLedgerOf } from '../../maintenance/verify-ledger.ts'
import { optionsFromEnvironment } from '../../server/config.ts'
import { progressLine } from '../progress.ts'
import { dataDirectoryOf, type ServerOptions } from '../server-client.ts'
import { UserError } from '../user-error.ts'

export async function ledgerVerify(options: ServerOptions & { backup?: string; databaseUrl?: string }): Promise<void> {
  const environment = optionsFromEnvironment()
  const line = progressLine('verifying the ledger')
  const report = await verifyLedgerOf(
    {
      dataDir: dataDirectoryOf(options).path,
      rootKey: environment.rootKey,
      backup: options.backup,
      databaseUrl: options.databaseUrl ?? (options.backup || options.dataDir ? undefined : environment.databaseUrl),
    },
    line.show,
  ).finally(line.end)
  if (!report.keyProven) {
    console.error('Without the root key, the key that signs checkpoints is taken as it stands in the database.')
  }
  const { firstBad, records, removed, signedThrough } = report
  if (firstBad) {
    const { seq, eventId, time, problem, detail } = firstBad
    const named = [eventId && `event ${eventId}`, time && `of ${time}`].filter(Boolean).join(' ')
    throw new UserError(`the ledger is not sound: record ${seq}${named ? ` (${named})` : ''} is ${problem}: ${detail}.`)
  }
  const unsigned = records - signedThrough
  const rest = unsigned > 0 && report.keyProven ? `; the ${unsigned} behind it carry the server's own proof` : ''
  const held = removed ? `records ${removed.through + 1} to ${records}` : `${records} records`
  console.log(`The ledger is sound: ${held}, signed through record ${signedThrough}${rest}.`)
  if (!removed) return
  const time = new Date(removed.timeMs).toISOString()
  console.log(
    `Records 1 to ${removed.through} were removed by the server's retention (${removed.reason}), the last of them at ${time}.`,
  )
}
