import { existsSync } from 'node:fs'
import type { Sql } from '../core/sql.ts'
import { ledgerKey } from '../ledger/ledger-key.ts'
import { SqliteFile } from '../ledger/sqlite-file.ts'
import { DataDirectory } from '../server/data-directory.ts'
import type { OpenStoreOptions } from '../storage/open-store.ts'
import { ServerLock } from '../storage/server-lock.ts'
import { acceptEnd } from './accept-end.ts'
import { type DataLocation, explaining, MaintenanceError, type Progress } from './location.ts'
import { type LedgerProof, proveBackup, provePostgres, reading, readingPostgres, sealerOf } from './verify-ledger.ts'

export interface AcceptedLedger {
  /** `firstBad`: the end was not proven, and was accepted as it is. Undefined where no ledger has begun. */
  proof: LedgerProof | undefined
  /** Where the anchor that was there is now. */
  movedTo: string | undefined
}

/**
 * Lets a stopped server go on with its database as it is, where its end is not the one that the anchor and the server's own
 * proof in the database tell of: the chain and its signatures are proven, and the end as it is becomes the server's own.
 * @throws MaintenanceError, LedgerKeyMissingError, RootKeyError, StoreUnavailableError (a server runs there) - nothing was
 *   changed.
 */
export async function acceptLedger(
  location: DataLocation & { databaseUrl?: string },
  onProgress?: Progress,
): Promise<AcceptedLedger> {
  const directory = new DataDirectory(location.dataDir)
  if (!directory.isThere()) {
    throw new MaintenanceError(`There is no data directory ${directory.path}: name the server's with --data-dir.`)
  }
  return location.databaseUrl === undefined
    ? acceptFile(directory, location, onProgress)
    : acceptPostgres(location.databaseUrl, directory, location, onProgress)
}

async function acceptFile(
  directory: DataDirectory,
  location: DataLocation,
  onProgress?: Progress,
): Promise<AcceptedLedger> {
  const { database, anchor } = directory
  const lock = await explaining(`${directory.path} cannot be written`, () => new ServerLock(database))
  let proof: LedgerProof | undefined
  try {
    const begun =
      existsSync(database) && (await reading(database, SqliteFile.ofBackup, (sql) => hasBegun(sql, location)))
    proof = begun ? await proveBackup(database, location, onProgress) : undefined
    refuseUnlessAcceptable(database, proof)
  } finally {
    lock.release()
  }
  return accepted({ kind: 'sqlite', file: database }, { proof, directory, location, anchorFile: anchor })
}

async function acceptPostgres(
  url: string,
  directory: DataDirectory,
  location: DataLocation,
  onProgress?: Progress,
): Promise<AcceptedLedger> {
  const { postgresAnchor } = directory
  const begun = await readingPostgres(url, (sql) => hasBegun(sql, location))
  const proof = begun ? await provePostgres(url, location, onProgress) : undefined
  refuseUnlessAcceptable('the PostgreSQL database', proof)
  return accepted({ kind: 'postgres', url }, { proof, directory, location, anchorFile: postgresAnchor })
}

async function accepted(
  database: OpenStoreOptions['database'],
  { proof, directory, location, anchorFile }: ProvenLedger,
): Promise<AcceptedLedger> {
  let movedTo: string | undefined
  const beforeIt = () => {
    movedTo = directory.setAnchorAside(anchorFile)
  }
  if (proof) await acceptEnd(database, { location, anchorFile, beforeIt })
  else beforeIt()
  return { proof, movedTo }
}

interface ProvenLedger {
  proof: LedgerProof | undefined
  directory: DataDirectory
  location: DataLocation
  anchorFile: string
}

/** @throws MaintenanceError - more than the end is not sound, or nothing tells whose key has signed it. */
function refuseUnlessAcceptable(where: string, proof: LedgerProof | undefined): void {
  if (!proof) return
  if (!proof.firstBad?.acceptable || !proof.keyProven) refuseUnlessProven(where, proof)
}

/** @throws MaintenanceError - the ledger is not sound, or nothing tells whose key has signed it. */
export function refuseUnlessProven(where: string, proof: LedgerProof): void {
  if (!proof.keyProven) {
    throw new MaintenanceError(
      `The root key of ${where} is missing, and no secret opens without it: put the copy of root.key into the data ` +
        'directory, or set STRONGROOM_ROOT_KEY or STRONGROOM_PASSPHRASE.',
    )
  }
  if (!proof.firstBad) return
  const { seq, detail } = proof.firstBad
  throw new MaintenanceError(`The ledger in ${where} is not sound: record ${seq}: ${detail}.`)
}

async function hasBegun(sql: Sql, location: DataLocation): Promise<boolean> {
  const sealer = await sealerOf(sql, location)
  return !sealer || (await ledgerKey(sql, sealer)) !== undefined
}
