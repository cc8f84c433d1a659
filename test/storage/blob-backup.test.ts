import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { buffer } from 'node:stream/consumers'
import { type TestContext, test } from 'node:test'
import { putBlobsBack, takeBlobs } from '../../src/maintenance/blobs.ts'
import { copyDatabase } from '../../src/maintenance/copy-database.ts'
import { BlobStore } from '../../src/storage/blobs/blob-store.ts'
import { FileContent } from '../../src/storage/blobs/file-content.ts'
import { openStore } from '../../src/storage/open-store.ts'
import { CollectingAppender, randomSealer } from '../../src/storage/testing.ts'
import { FixedClock } from '../fixtures/call.ts'

async function serverWithBlobs(t: TestContext) {
  const parent = mkdtempSync(join(tmpdir(), 'strongroom-blob-backup-'))
  t.after(() => rmSync(parent, { recursive: true, force: true }))
  const [folder, copy] = [join(parent, 'blobs'), join(parent, 'copy.sqlite')]
  const sealer = randomSealer()
  const open = async (file: string, blobFolder: string) => {
    const database = { kind: 'sqlite', file } as const
    const store = await openStore({ database, sealer, appender: new CollectingAppender() })
    return { store, blobs: new BlobStore(store, new FileContent(blobFolder), new FixedClock()) }
  }
  const { store, blobs } = await open(join(parent, 'database.sqlite'), folder)
  t.after(() => store.close())
  const contents = [randomBytes(1_000_000), Buffer.alloc(0), randomBytes(5)]
  const ids: string[] = []
  for (const content of contents) {
    const blob = await blobs.put(content)
    await store.transaction((tx) => blobs.commit(tx, blob))
    ids.push(blob.id)
  }
  await blobs.put(Buffer.from('never committed'))
  await copyDatabase(join(parent, 'database.sqlite'), copy)
  return { parent, folder, copy, open, contents, ids }
}

const fileOf = (folder: string, id = '') => join(folder, id.slice(0, 2), id)

test('a backup takes the contents of the blobs that it names along, and a restore puts them into files again', async (t) => {
  const { parent, folder, copy, open, contents, ids } = await serverWithBlobs(t)
  await takeBlobs(copy, folder)
  // What it has is not looked for again.
  await takeBlobs(copy, join(parent, 'nowhere'))
  const restored = join(parent, 'restored')
  await putBlobsBack(copy, restored)
  const files = readdirSync(restored, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  assert.deepEqual(files.map(({ name }) => name).sort(), ids.toSorted())
  const { store, blobs } = await open(copy, restored)
  t.after(() => store.close())
  for (const [place, id] of ids.entries()) {
    assert.ok((await buffer(await blobs.read(id))).equals(contents[place] ?? assert.fail()))
  }
  assert.deepEqual(await store.read((sql) => sql.all('SELECT id FROM blob_content')), [])
})

test('a backup is refused when a blob that it names is not there', async (t) => {
  const { folder, copy, ids } = await serverWithBlobs(t)
  rmSync(fileOf(folder, ids[1]))
  await assert.rejects(takeBlobs(copy, folder), { name: 'MaintenanceError', message: /is not there.*Back up again/ })
})

test('a restore is refused when the backup lacks a blob, or names one whose file would be elsewhere', async (t) => {
  const { parent, folder, copy, ids } = await serverWithBlobs(t)
  await takeBlobs(copy, folder)
  const restored = join(parent, 'restored')
  using database = new DatabaseSync(copy)
  database.prepare('DELETE FROM blob_content WHERE id = ?').run(String(ids[2]))
  await assert.rejects(putBlobsBack(copy, restored), { name: 'MaintenanceError', message: /lacks the blob/ })
  database.prepare('UPDATE documents SET id = ? WHERE id = ?').run('../../elsewhere', String(ids[2]))
  await assert.rejects(putBlobsBack(copy, join(parent, 'again')), /is not the id of a blob/)
  assert.ok(!existsSync(join(parent, 'elsewhere')))
})

test('the copy of a database of an earlier version has no blobs to take', async (t) => {
  const { parent, folder, copy } = await serverWithBlobs(t)
  using database = new DatabaseSync(copy)
  database.exec('DROP TABLE blob_content')
  await takeBlobs(copy, folder)
  await putBlobsBack(copy, join(parent, 'restored'))
  assert.ok(!existsSync(join(parent, 'restored')))
})
