import { statSync } from 'node:fs'
import { backUp, draftOf, removeDraft } from '../../maintenance/back-up.ts'
import { onInterrupt } from '../interrupt.ts'
import { progressLine } from '../progress.ts'
import { type ServerOptions, sqliteDirectoryOf } from '../server-client.ts'

export async function backup(file: string, options: ServerOptions): Promise<void> {
  const directory = sqliteDirectoryOf(options, 'use pg_dump')
  const line = progressLine('backing up')
  using _cleanUp = onInterrupt(() => removeDraft(draftOf(file)))
  await backUp(directory.path, file, line.show).finally(line.end)
  console.log(`Wrote ${file} (${(statSync(file).size / 2 ** 20).toFixed(1)} MiB).`)
  console.log('It opens with the same root key only; keep a copy of that somewhere else.')
}
