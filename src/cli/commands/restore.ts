import { removeDraft } from '../../maintenance/back-up.ts'
import { restore as restoreBackup, restoringOf } from '../../maintenance/restore.ts'
import { optionsFromEnvironment } from '../../server/config.ts'
import { onInterrupt } from '../interrupt.ts'
import { progressLine } from '../progress.ts'
import { type ServerOptions, sqliteDirectoryOf } from '../server-client.ts'

export async function restore(file: string, options: ServerOptions & { replace?: boolean }): Promise<void> {
  const directory = sqliteDirectoryOf(options, 'use pg_restore')
  const line = progressLine('restoring')
  const location = { dataDir: directory.path, rootKey: optionsFromEnvironment().rootKey }
  const { replace } = options
  using _cleanUp = onInterrupt(() => removeDraft(restoringOf(directory)))
  const { movedTo } = await restoreBackup(file, location, { replace, onProgress: line.step }).finally(line.end)
  if (movedTo) console.log(`The database that was there is now in ${movedTo}.`)
  console.log(`Restored ${file} to ${directory.path}. Start it with: strongroom start --data-dir ${directory.path}`)
}
