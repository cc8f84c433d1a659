import type { Sealer } from '../core/sealer.ts'
import { signAnchor, writeAnchor } from './anchor-file.ts'
import { sealHead } from './head.ts'
import { ledgerKey, resealLedgerKey, type StoredLedgerKey } from './ledger-key.ts'
import { type LedgerIo, lastEntry, putHead } from './tables.ts'

export interface EndToSeal {
  key: StoredLedgerKey
  sealer: Sealer
  anchorFile: string | undefined
  timeMs: number
  /** Also where the end is sealed already. */
  again?: boolean
}

/** Takes the end of the ledger as it is for the server's own: anchor, head and the form of the key say so from then on. */
export async function sealEnd(
  io: LedgerIo,
  { key, sealer, anchorFile, timeMs, again = false }: EndToSeal,
): Promise<void> {
  // The anchor first: before the head is sealed, either form of it is good.
  if (anchorFile) await writeAnchor(anchorFile, signAnchor(await io.read(lastEntry), timeMs, key.privateKey))
  await io.write(async (sql) => {
    // Of nodes that start together, one seals, and may have recorded since.
    if (!again && !(await ledgerKey(sql, sealer))?.earlier) return
    await putHead(sql, sealHead(await lastEntry(sql), key.headKey))
    await resealLedgerKey(sql, sealer, key)
  })
}
