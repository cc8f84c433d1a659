import { existsSync } from 'node:fs'
import { DataDirectory } from '../data-directory.ts'
import { emptyAnchor, writeAnchor } from '../ledger/anchor-file.ts'
import { checkpointKey } from '../ledger/checkpoint-key.ts'
import { SqliteFile } from '../ledger/sqlite-file.ts'
import { lastCheckpoint } from '../ledger/tables.ts'
import { ServerLock } from '../storage/server-lock.ts'
import { type DataLocation, MaintenanceError, type Progress } from './location.ts'
import { type LedgerProof, proveBackup, reading, sealerOf } from './verify-ledger.ts'

/**
 * Lets a stopped server go on with its database as it is, where the anchor was lost or tells of another one: what the
 * database itself has signed becomes the anchor.
 * @returns the proof, undefined where no ledger has begun; and where the anchor that was there is now.
 * @throws MaintenanceError, LedgerKeyMissingError, RootKeyError, StoreUnavailableError (a server runs there) - nothing was
 *   changed.
 */
export async function acceptLedger(
  location: DataLocation,
  onProgress?: Progress,
): Promise<{ proof: LedgerProof | undefined; movedTo: string | undefined }> {
  const directory = new DataDirectory(location.dataDir)
  if (!existsSync(directory.path)) throw new MaintenanceError(`There is no data directory ${directory.path}.`)
  const lock = new ServerLock(directory.database)
  try {
    const begun = existsSync(directory.database) && (await hasBegun(directory.database, location))
    const proof = begun ? await proveBackup(directory.database, location, onProgress) : undefined
    refuseUnlessProven(directory.database, proof)
    const movedTo = directory.setAnchorAside()
    if (proof) await anchorTo(directory.database, location, directory.ledgerFiles.anchor)
    return { proof, movedTo }
  } finally {
    lock.release()
  }
}

/** @throws MaintenanceError - the ledger is not sound, or nothing tells whose key has signed it. */
export function refuseUnlessProven(file: string, proof: LedgerProof | undefined): void {
  if (!proof) return
  if (!proof.keyProven) {
    throw new MaintenanceError(
      `The root key of ${file} is not at hand, and without it nothing in it opens: put the copy of root.key into the data ` +
        'directory, or set STRONGROOM_ROOT_KEY or STRONGROOM_PASSPHRASE.',
    )
  }
  if (!proof.firstBad) return
  const { seq, detail } = proof.firstBad
  throw new MaintenanceError(`The ledger in ${file} is not sound: record ${seq}: ${detail}.`)
}

/** Writes as anchor what a database has signed last. */
export async function anchorTo(database: string, location: DataLocation, anchorFile: string): Promise<void> {
  using sql = SqliteFile.ofBackup(database)
  const sealer = await sealerOf(sql, location)
  const privateKey = sealer && (await checkpointKey(sql, sealer))
  if (!privateKey) throw new Error('a ledger that was proven has lost its key')
  await writeAnchor(anchorFile, (await lastCheckpoint(sql)) ?? emptyAnchor(privateKey))
}

const hasBegun = (database: string, location: DataLocation) =>
  reading(database, SqliteFile.ofBackup, async (sql) => {
    const sealer = await sealerOf(sql, location)
    return !sealer || (await checkpointKey(sql, sealer)) !== undefined
  })
