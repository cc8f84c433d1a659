import { closeSync, fsyncSync, openSync } from 'node:fs'
import { backup, DatabaseSync } from 'node:sqlite'
import type { Progress } from './location.ts'

const pagesAtOnce = 512

/**
 * Copies the database of one moment, its write-ahead log included, while a server may write it.
 * @param database - its file, or how to open it.
 * @param copy - must not exist; afterwards one file that is whole in itself and opens on read-only media, too.
 */
export async function copyDatabase(
  database: string | URL,
  copy: string,
  onProgress: Progress = () => {},
): Promise<void> {
  closeSync(openSync(copy, 'wx', 0o600))
  using source = new DatabaseSync(database, { readOnly: true })
  // A read transaction keeps the copy at one moment; without it, every change by the server would begin it anew.
  source.exec('BEGIN; SELECT count(*) FROM sqlite_schema')
  await backup(source, copy, {
    rate: pagesAtOnce,
    progress: ({ totalPages, remainingPages }) => onProgress(totalPages - remainingPages, totalPages),
  })
  using copied = new DatabaseSync(copy)
  copied.exec('PRAGMA journal_mode = DELETE')
  syncFile(copy)
}

/** Makes what was written durable: of a file, or of a directory its names. */
export function syncFile(path: string): void {
  const descriptor = openSync(path, 'r')
  try {
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}
