import { existsSync, renameSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { DataDirectory } from '../data-directory.ts'
import { copyDatabase, syncFile } from './copy-database.ts'
import { explaining, MaintenanceError, type Progress } from './location.ts'

/** Where a backup grows: it gets its name when it is whole. */
export const draftOf = (file: string) => `${file}.partial`

/**
 * Copies the database of one moment to a file, while a server writes it. Secrets stay sealed.
 * @throws MaintenanceError when there is nothing to copy, the file exists or cannot be written.
 */
export async function backUp(dataDir: string, file: string, onProgress?: Progress): Promise<void> {
  const { database } = new DataDirectory(dataDir)
  if (!existsSync(database)) throw new MaintenanceError(`There is no database ${database}.`)
  const refuseToReplace = () => {
    if (existsSync(file)) throw new MaintenanceError(`${file} exists; a backup never replaces a file.`)
  }
  refuseToReplace()
  const draft = draftOf(file)
  removeDraft(draft)
  try {
    await explaining(`${database} cannot be copied to ${file}`, async () => {
      await copyDatabase(database, draft, onProgress)
      refuseToReplace()
      renameSync(draft, file)
      syncFile(dirname(file))
    })
  } finally {
    removeDraft(draft)
  }
}

/** Removes what an interrupted backup has left. */
export function removeDraft(draft: string): void {
  for (const suffix of ['', '-journal', '-wal', '-shm', '-lock']) rmSync(draft + suffix, { force: true })
}
