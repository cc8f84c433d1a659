import { existsSync, renameSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { backupLocation } from '../ledger/sqlite-file.ts'
import { DataDirectory } from '../server/data-directory.ts'
import { ServerLock } from '../storage/server-lock.ts'
import { acceptEnd } from './accept-end.ts'
import { refuseUnlessProven } from './accept-ledger.ts'
import { removeDraft } from './back-up.ts'
import { putBlobsBack, takeBlobs } from './blobs.ts'
import { copyDatabase, syncFile } from './copy-database.ts'
import { type DataLocation, explaining, MaintenanceError, requireFile } from './location.ts'
import { proveBackup } from './verify-ledger.ts'

/** Called with the step that runs, and how far it is. */
export type RestoreProgress = (step: string, done: number, total: number) => void

/** Returns the path of a restored database until it has been proven. */
export const restoringOf = (directory: DataDirectory) => `${directory.database}.restoring`

/**
 * Puts a backup in the place of a stopped server's database, after the copy, its ledger and its root key have been proven.
 * @param replace - move a database that is there aside; without it, one that is there is a refusal.
 * @returns where the database that was there is now.
 * @throws MaintenanceError, RootKeyError, LedgerKeyMissingError, UnexpectedSchemaError, StoreUnavailableError (a server runs
 *   there) - nothing was changed.
 */
export async function restore(
  file: string,
  location: DataLocation,
  { replace = false, onProgress = () => {} }: { replace?: boolean; onProgress?: RestoreProgress } = {},
): Promise<{ movedTo?: string }> {
  requireFile(file, 'file')
  const directory = new DataDirectory(location.dataDir)
  directory.prepare()
  const lock = await explaining(`${directory.path} cannot be written`, () => new ServerLock(directory.database))
  const draft = restoringOf(directory)
  const blobs = `${directory.blobs}.restoring`
  try {
    if (directory.hasState() && !replace) {
      throw new MaintenanceError(
        `${directory.path} has a database. Give --replace to move it aside, or another directory.`,
      )
    }
    removeDraft(draft)
    // What is proven is the copy: the very bytes that are put in place.
    await explaining(`${file} cannot be copied to ${directory.path}`, () =>
      copyDatabase(backupLocation(file), draft, (done, total) => onProgress('copying the backup', done, total)),
    )
    await proveCopy(draft, file, location, onProgress)
    removeFolder(blobs)
    // What was copied without `backup`, a data directory, has them in files still.
    const beside = new DataDirectory(dirname(file)).blobs
    if (existsSync(beside)) await takeBlobs(draft, beside)
    await putBlobsBack(draft, blobs, (done, total) => onProgress('writing blobs', done, total))
    let movedTo: string | undefined
    const beforeIt = () => {
      if (directory.hasState()) movedTo = directory.setAside()
      if (existsSync(blobs)) renameSync(blobs, directory.blobs)
    }
    // The anchor before the database: without it a start would take the records as cut off.
    await acceptEnd({ kind: 'sqlite', file: draft }, { location, anchorFile: directory.anchor, beforeIt })
    renameSync(draft, directory.database)
    syncFile(directory.path)
    return { movedTo }
  } finally {
    removeDraft(draft)
    removeFolder(blobs)
    lock.release()
  }
}

const removeFolder = (path: string) => rmSync(path, { recursive: true, force: true })

async function proveCopy(
  copy: string,
  file: string,
  location: DataLocation,
  onProgress: RestoreProgress,
): Promise<void> {
  onProgress('checking the database', 0, 1)
  const damage = await explaining(`${file} is not a backup of Strongroom's, or it is damaged`, () => damageOf(copy))
  if (damage) throw new MaintenanceError(`${file} is damaged: ${damage}.`)
  const verifying = (done: number, total: number) => onProgress('verifying the ledger', done, total)
  const proof = await proveBackup(copy, location, verifying, file)
  // Earlier versions left no proof of the last second before a backup.
  if (!(proof.earlier && proof.keyProven && proof.firstBad?.problem === 'unproven')) refuseUnlessProven(file, proof)
}

/** @returns the first thing that SQLite finds wrong with a database. */
function damageOf(database: string): string | undefined {
  using opened = new DatabaseSync(database, { readOnly: true })
  const [first] = opened.prepare('PRAGMA integrity_check(1)').all()
  const found = String(first?.integrity_check)
  return found === 'ok' ? undefined : found.replaceAll('\n', ' ')
}
