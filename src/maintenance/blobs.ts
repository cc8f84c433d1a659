import { existsSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { blobs } from '../storage/blobs/blob-store.ts'
import { FileContent } from '../storage/blobs/file-content.ts'
import { syncFile } from './copy-database.ts'
import { MaintenanceError } from './location.ts'

// A backup is one file: what a server keeps in files beside its database is in rows there, sealed as it is.

/**
 * Takes the contents of all blobs that a copy of a database names, and has not yet, into the copy.
 * @param folder - of the server whose database was copied; it may run.
 * @throws MaintenanceError when one is not there.
 */
export async function takeBlobs(copy: string, folder: string): Promise<void> {
  using database = new DatabaseSync(copy)
  const ids = committedIds(database)
  if (ids.length === 0) return
  const isTaken = database.prepare('SELECT 1 FROM blob_content WHERE id = ? LIMIT 1')
  const content = new FileContent(folder)
  const insert = database.prepare('INSERT INTO blob_content (id, part, bytes) VALUES (?, ?, ?)')
  database.exec('BEGIN')
  for (const id of ids) {
    if (isTaken.get(id)) continue
    if (!existsSync(content.fileOf(id))) {
      throw new MaintenanceError(
        `${content.fileOf(id)}, which the database names, is not there: it was removed meanwhile, or is lost. Back up again.`,
      )
    }
    const opened = await content.open(id)
    try {
      let number = 0
      for (let part = await opened.part(0); part.length > 0; part = await opened.part(number)) {
        insert.run(id, number++, part)
      }
    } finally {
      await opened.close()
    }
  }
  database.exec('COMMIT')
  syncFile(copy)
}

/**
 * Writes the contents of blobs that a backup has taken along to files, and takes them out of it.
 * @param folder - made when there are any.
 * @throws MaintenanceError when one that the database names is not in it.
 */
export async function putBlobsBack(
  draft: string,
  folder: string,
  onProgress: (done: number, total: number) => void = () => {},
): Promise<void> {
  using database = new DatabaseSync(draft)
  const ids = committedIds(database)
  if (ids.length === 0) return
  const content = new FileContent(folder)
  const select = database.prepare('SELECT bytes FROM blob_content WHERE id = ? ORDER BY part')
  for (const [done, id] of ids.entries()) {
    onProgress(done, ids.length)
    const rows = select.iterate(id)
    await content.write(id, partsIn(id, rows))
  }
  database.exec('DELETE FROM blob_content')
}

async function* partsIn(id: string, rows: Iterable<Record<string, unknown>>): AsyncGenerator<Buffer> {
  let parts = 0
  for (const { bytes } of rows) {
    parts++
    // The table is strict: it has bytes and nothing else.
    yield Buffer.from(bytes as Uint8Array)
  }
  if (parts === 0) throw new MaintenanceError(`The backup lacks the blob ${id}, which its database names.`)
}

/** Of the blobs that the database names. One that was never committed goes when the next server starts. */
function committedIds(database: DatabaseSync): string[] {
  // Databases of earlier versions have no blobs.
  if (!database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'blob_content'").get()) return []
  return database
    .prepare("SELECT id FROM documents WHERE collection = ? AND json_extract(document, '$.bytes') IS NOT NULL")
    .all(blobs.name)
    .map(({ id }) => String(id))
}
