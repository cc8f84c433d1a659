import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { after, test } from 'node:test'
import { BlobStore } from '../../src/storage/blobs/blob-store.ts'
import { FileContent } from '../../src/storage/blobs/file-content.ts'
import { RowContent } from '../../src/storage/blobs/row-content.ts'
import { type OpenStore, openStore } from '../../src/storage/open-store.ts'
import { CollectingAppender, randomSealer, testStore } from '../../src/storage/testing.ts'
import { FixedClock } from '../fixtures/call.ts'
import { missing } from '../fixtures/foreign.ts'
import { startPostgres } from '../fixtures/postgres.ts'
import { type BlobPlace, blobContract } from './contract-blobs.ts'

blobContract('Blobs in files', async () => {
  const { folder, dispose, ...files } = newFolder()
  const store = await testStore()
  const fileOf = (id: string) => join(folder, id.slice(0, 2), id)
  return {
    ...files,
    store,
    tamper: async (id, change) => {
      assert.equal(statSync(fileOf(id)).mode & 0o777, 0o600)
      writeFileSync(fileOf(id), change(readFileSync(fileOf(id))))
    },
    dispose: async () => {
      await store.close()
      dispose()
    },
  }
})

blobContract('Blobs in a database in memory', async () => rowsIn(await testStore()))

const postgres = await startPostgres()
if (typeof postgres === 'string') {
  test('Blobs in PostgreSQL', { skip: postgres })
} else {
  after(() => postgres.stop())
  blobContract('Blobs in PostgreSQL', async () => {
    const database = { kind: 'postgres', url: await postgres.newDatabase() } as const
    return rowsIn(await openStore({ database, sealer: randomSealer(), appender: new CollectingAppender() }))
  })
}

function newFolder() {
  const parent = mkdtempSync(join(tmpdir(), 'strongroom-blobs-'))
  const folder = join(parent, 'blobs')
  const content = new FileContent(folder)
  const contents = async () =>
    readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).length
  return { folder, content, contents, dispose: () => rmSync(parent, { recursive: true, force: true }) }
}

const rowsIn = (store: OpenStore): BlobPlace => ({
  store,
  content: new RowContent(store),
  contents: async () => (await store.read((sql) => sql.all('SELECT DISTINCT id FROM blob_content'))).length,
  tamper: async (id, change) => {
    const rows = await store.read((sql) =>
      sql.all<{ bytes: Uint8Array }>('SELECT bytes FROM blob_content WHERE id = ? ORDER BY part', [id]),
    )
    const changed = change(Buffer.concat(rows.map(({ bytes }) => bytes)))
    await store.write(async (sql) => {
      await sql.run('DELETE FROM blob_content WHERE id = ?', [id])
      const partBytes = rows[0]?.bytes.length ?? 0
      for (let part = 0; part * partBytes < changed.length; part++) {
        const bytes = changed.subarray(part * partBytes, (part + 1) * partBytes)
        await sql.run('INSERT INTO blob_content (id, part, bytes) VALUES (?, ?, ?)', [id, part, bytes])
      }
    })
  },
  dispose: () => store.close(),
})

// A limit on the size of files stands in for a full disk.
test('with a full disk a blob is refused clearly, nothing of it stays, and others are stored when there is space', {
  skip: process.platform === 'linux' ? missing('prlimit', '--version') : 'needs prlimit',
}, async (t) => {
  const { content, contents, dispose } = newFolder()
  const store = await testStore()
  const limitFiles = (bytes: number | 'unlimited') =>
    execFileSync('prlimit', ['--pid', String(process.pid), `--fsize=${bytes}:unlimited`])
  t.after(async () => {
    limitFiles('unlimited')
    await store.close()
    dispose()
  })
  const blobs = new BlobStore(store, content, new FixedClock())
  limitFiles(500_000)
  const refused = blobs.put(Buffer.alloc(1_000_000))
  await assert.rejects(refused, { name: 'StoreUnavailableError', message: /cannot be used now \(EFBIG\)/ })
  assert.equal(await contents(), 0)
  limitFiles('unlimited')
  const blob = await blobs.put(Buffer.alloc(1_000_000))
  await store.transaction((tx) => blobs.commit(tx, blob))
  assert.equal((await buffer(await blobs.read(blob.id))).length, 1_000_000)
})

test('blobs are stored also after their folder was removed under the server', async (t) => {
  const { folder, content, contents, dispose } = newFolder()
  t.after(dispose)
  const id = '00000000-0000-4000-8000-00000000000'
  const write = (digit: number) =>
    content.write(
      `${id}${digit}`,
      (async function* () {
        yield Buffer.from('sealed')
      })(),
    )
  await write(1)
  rmSync(folder, { recursive: true })
  await write(2)
  assert.equal(await contents(), 1)
})

test('a file that is being read is read to its end when its blob is removed meanwhile, and closed when its reader goes', {
  skip: process.platform !== 'linux' && 'needs /proc',
}, async (t) => {
  const { folder, content, contents, dispose } = newFolder()
  const store = await testStore()
  t.after(async () => {
    await store.close()
    dispose()
  })
  const openFiles = () => readdirSync('/proc/self/fd').filter((fd) => leadsInto(folder, fd)).length
  const blobs = new BlobStore(store, content, new FixedClock())
  const blob = await blobs.put(Buffer.alloc(3_000_000, 'x'))
  await store.transaction((tx) => blobs.commit(tx, blob))
  const [reading, left] = [await blobs.read(blob.id), await blobs.read(blob.id)]
  const chunks = reading.iterator()
  const first = await chunks.next()
  await left.iterator().next()
  assert.equal(openFiles(), 2)
  left.destroy()
  await store.transaction((tx) => blobs.remove(tx, blob.id))
  await content.delete(blob.id)
  assert.equal(await contents(), 0)
  let bytes = first.value.length
  for await (const chunk of chunks) bytes += chunk.length
  assert.equal(bytes, 3_000_000)
  for (let turn = 0; turn < 1000 && openFiles() > 0; turn++) await new Promise((resolve) => setImmediate(resolve))
  assert.equal(openFiles(), 0)
})

function leadsInto(folder: string, descriptor: string): boolean {
  try {
    return readlinkSync(`/proc/self/fd/${descriptor}`).startsWith(folder)
  } catch {
    // The one by which the list itself was read.
    return false
  }
}
