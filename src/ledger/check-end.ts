import { MissingAnchorError, readAnchor, signAnchor, toGoOn, writeAnchor } from './anchor-file.ts'
import type { BadRecord } from './bad-record.ts'
import { provenBase } from './base.ts'
import type { StoredLedgerKey } from './ledger-key.ts'
import { hashOf, type LedgerIo, lastEntry } from './tables.ts'
import { verifyLedger } from './verify.ts'

/** The database ends before, or differs from, what the anchor file vouches for. */
export class AnchorMismatchError extends Error {
  constructor(file: string, anchorSeq: number, lastSeq: number) {
    const found = lastSeq < anchorSeq ? `the ledger ends at record ${lastSeq}` : 'the ledger holds another record there'
    super(
      `${file} vouches for the ledger up to record ${anchorSeq}, but ${found}. Records were cut off or replaced, or an ` +
        `older copy of the database was put in place. ${toGoOn}`,
    )
    this.name = 'AnchorMismatchError'
  }
}

/** What the database holds behind the last signed record is not what the server has written. */
export class UnsoundEndError extends Error {
  constructor({ seq, eventId, time, problem, detail, acceptable }: BadRecord) {
    const named = [eventId && `event ${eventId}`, time && `of ${time}`].filter(Boolean).join(' ')
    const wayOn = acceptable ? toGoOn : 'Put a backup back with: strongroom restore --replace'
    super(
      `The ledger does not end as the server left it: record ${seq}${named ? ` (${named})` : ''} is ${problem}: ` +
        `${detail}. Find out why. ${wayOn}`,
    )
    this.name = 'UnsoundEndError'
  }
}

export interface EndCheck {
  key: StoredLedgerKey
  /** Absent where nothing is kept on disk. */
  anchorFile: string | undefined
  /** True for a database file, which has its anchor from the beginning; a node of several may come later. */
  anchorIsDue: boolean
  timeMs: number
}

/**
 * Proves, before a server goes on, that the ledger ends as the server left it: at its anchor or behind it, and from the last
 * checkpoint on with its own records alone. The anchor is written after what it vouches for is durable, so an honest crash
 * never leaves it ahead.
 * @throws AnchorMismatchError, MissingAnchorError, UnreadableAnchorError, UnsoundEndError
 */
export async function checkEnd(io: LedgerIo, { key, anchorFile, anchorIsDue, timeMs }: EndCheck): Promise<void> {
  const anchor = anchorFile && (await readAnchor(anchorFile, key))
  if (anchorFile && !anchor && anchorIsDue) throw new MissingAnchorError(anchorFile)
  // An anchor without records vouches for nothing.
  if (anchorFile && anchor && anchor.seq > 0) {
    const found = await io.read((sql) => hashOf(sql, anchor.seq))
    const isRemoved = async () => ((await io.read((sql) => provenBase(sql, key.publicKey)))?.seq ?? 0) > anchor.seq
    if (found ? Buffer.compare(found, anchor.hash) !== 0 : !(await isRemoved())) {
      throw new AnchorMismatchError(anchorFile, anchor.seq, (await io.read(lastEntry)).seq)
    }
  }
  const { firstBad } = await io.read((sql) => verifyLedger(sql, { ...key, fromLastCheckpoint: true }))
  if (firstBad) throw new UnsoundEndError(firstBad)
  if (anchorFile && !anchor) {
    const head = await io.read(lastEntry)
    await writeAnchor(anchorFile, signAnchor(head, timeMs, key.privateKey))
  }
}
