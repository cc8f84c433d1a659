import { lstatSync, renameSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { DataDirectory } from '../server/data-directory.ts'
import { takeBlobs } from './blobs.ts'
import { copyDatabase, syncFile } from './copy-database.ts'
import { explaining, MaintenanceError, type Progress, requireFile } from './location.ts'

/** Returns the path of a backup until it is whole; then it gets its name. */
export const draftOf = (file: string) => `${file}.partial`

/**
 * Copies the database of one moment to a file, and the blobs that it names with it, while a server writes it. Secrets stay sealed.
 * @throws MaintenanceError when there is nothing to copy, the file exists or cannot be written.
 */
export async function backUp(dataDir: string, file: string, onProgress?: Progress): Promise<void> {
  const { database, blobs } = new DataDirectory(dataDir)
  requireFile(database, 'database')
  await explaining(`${database} cannot be copied to ${file}`, async () => {
    refuseToReplace(file)
    const draft = draftOf(file)
    removeDraft(draft)
    try {
      await copyDatabase(database, draft, onProgress)
      await takeBlobs(draft, blobs)
      refuseToReplace(file)
      renameSync(draft, file)
      syncFile(dirname(file))
    } finally {
      removeDraft(draft)
    }
  })
}

/** A link that leads nowhere is there, too. */
function refuseToReplace(file: string): void {
  if (!lstatSync(file, { throwIfNoEntry: false })) return
  throw new MaintenanceError(`${file} exists; a backup never replaces a file: name another.`)
}

/** Removes what an interrupted backup has left. */
export function removeDraft(draft: string): void {
  for (const suffix of ['', '-journal', '-wal', '-shm', '-lock']) rmSync(draft + suffix, { force: true })
}
