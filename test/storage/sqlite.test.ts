import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { DatabaseSync } from 'node:sqlite'
import { mock, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { Migration } from '../../src/core/sql.ts'
import { StoreUnavailableError } from '../../src/core/store.ts'
import { type OpenStore, openStore } from '../../src/storage/open-store.ts'
import { CollectingAppender, randomSealer } from '../../src/storage/testing.ts'
import { eventually } from '../../src/testing/eventually.ts'
import { storeContract } from './contract.ts'
import { enabled, keys, recordNamed, scope, testRecords } from './contract-fixtures.ts'

storeContract(
  'A store on SQLite in memory',
  async () => ({ database: { kind: 'sqlite', file: ':memory:' }, dispose: async () => {} }),
  { keepsNothing: true },
)

storeContract('A store on a SQLite file', async () => {
  const directory = newDirectory()
  return {
    database: { kind: 'sqlite', file: join(directory, 'strongroom.db') },
    dispose: async () => rmSync(directory, { recursive: true }),
  }
})

const newDirectory = () => mkdtempSync(join(tmpdir(), 'strongroom-sqlite-'))

interface Fixture {
  file: string
  store: OpenStore
  appender: CollectingAppender
  directory: string
}

const open = (file: string, appender = new CollectingAppender(), migrations: readonly Migration[] = []) =>
  openStore({ database: { kind: 'sqlite', file }, sealer: randomSealer(), appender, migrations })

const openAfterKill = (file: string) => open(file, undefined, [testRecords])

async function withStore(work: (fixture: Fixture) => Promise<void>): Promise<void> {
  const directory = newDirectory()
  const file = join(directory, 'strongroom.db')
  const appender = new CollectingAppender()
  const store = await open(file, appender)
  try {
    await work({ file, store, appender, directory })
  } finally {
    await store.close()
    rmSync(directory, { recursive: true })
  }
}

/** All that the database has on disk. */
const bytesOf = (file: string) =>
  Buffer.concat([file, `${file}-wal`].filter((path) => existsSync(path)).map((path) => readFileSync(path)))

const sealedTexts = async (store: OpenStore) =>
  (await store.read((sql) => sql.all<{ document: string }>('SELECT document FROM documents'))).map(
    ({ document }) => JSON.parse(document).material.$sealed as string,
  )

test('A secret is never on disk in clear, and once deleted not even sealed', async () => {
  await withStore(async ({ file, store }) => {
    const secret = 'correct-horse-battery-staple'
    for (let i = 0; i < 50; i++) {
      const material = { bytes: `${secret}-${i}`.repeat(40) }
      await store.transaction((tx) => tx.in(keys).put(scope, `k${i}`, { ...enabled, material }))
    }
    const sealed = await sealedTexts(store)
    assert.equal(bytesOf(file).includes(secret), false)
    for (const text of sealed) assert.equal(bytesOf(file).includes(text.slice(0, 40)), true)
    for (let i = 0; i < 25; i++) await store.transaction((tx) => tx.in(keys).delete(scope, `k${i}`))
    for (let i = 25; i < 50; i++) await store.transaction((tx) => tx.in(keys).put(scope, `k${i}`, enabled))
    await store.checkpoint()
    for (const text of sealed) assert.equal(bytesOf(file).includes(text.slice(0, 40)), false)
  })
})

test('A deleted secret leaves the write-ahead log by itself', async () => {
  await withStore(async ({ file, store }) => {
    await store.transaction((tx) => tx.in(keys).put(scope, 'k', { ...enabled, material: { bytes: 'AAEC' } }))
    const [sealed = ''] = await sealedTexts(store)
    await store.transaction((tx) => tx.in(keys).delete(scope, 'k'))
    assert.equal(bytesOf(file).includes(sealed), true)
    await eventually(() => statSync(`${file}-wal`).size === 0)
    assert.equal(bytesOf(file).includes(sealed), false)
  })
})

test('The database files belong to their owner alone', { skip: process.platform === 'win32' }, async () => {
  await withStore(async ({ file, store }) => {
    await store.transaction((tx) => tx.in(keys).put(scope, 'k', enabled))
    for (const path of [file, `${file}-wal`, `${file}-shm`]) assert.equal(statSync(path).mode & 0o777, 0o600, path)
  })
})

test('A full disk refuses the whole group, keeps what was there, and is used again when there is space', async () => {
  await withStore(async ({ store, appender }) => {
    const put = (id: string, filling = '') =>
      store.transaction(async (tx) => {
        await tx.in(keys).put(scope, id, { ...enabled, filling })
        tx.record(recordNamed(id))
      })
    await put('before')
    const limitPages = (pages: number) => store.read((sql) => sql.all(`PRAGMA max_page_count = ${pages}`))
    await limitPages(40)
    const results = await Promise.allSettled([
      put('small'),
      store.record([recordNamed('read')]),
      put('large', 'x'.repeat(400_000)),
    ])
    for (const result of results) {
      assert.ok(result.status === 'rejected' && result.reason instanceof StoreUnavailableError)
      assert.match(result.reason.message, /database or disk is full/)
    }
    assert.deepEqual(
      await store
        .in(keys)
        .list(scope)
        .then((all) => all.map(({ id }) => id)),
      ['before'],
    )
    assert.deepEqual(
      appender.records.map(({ eventName }) => eventName),
      ['before'],
    )
    await put('small')
    await limitPages(1_000_000)
    await put('large', 'x'.repeat(400_000))
    assert.deepEqual(
      appender.records.map(({ eventName }) => eventName),
      ['before', 'small', 'large'],
    )
  })
})

test('A work that hides the failure of the disk is not committed', async () => {
  await withStore(async ({ store }) => {
    await store.read((sql) => sql.all('PRAGMA max_page_count = 40'))
    const hiding = store.transaction(async (tx) => {
      await tx.in(keys).put(scope, 'small', enabled)
      await tx
        .in(keys)
        .put(scope, 'large', { ...enabled, filling: 'x'.repeat(400_000) })
        .catch(() => {})
    })
    await assert.rejects(hiding, StoreUnavailableError)
    assert.equal(await store.in(keys).get(scope, 'small'), undefined)
  })
})

const writer = fileURLToPath(new URL('./crash-writer.ts', import.meta.url))

test('Everything that was acknowledged survives the kill of the process', async () => {
  const directory = newDirectory()
  const file = join(directory, 'strongroom.db')
  const child = spawn(process.execPath, [writer, file], { stdio: ['ignore', 'pipe', 'inherit'] })
  const acknowledged = new Set<string>()
  for await (const line of createInterface({ input: child.stdout })) {
    acknowledged.add(line)
    if (acknowledged.size === 300) child.kill('SIGKILL')
  }
  assert.equal(child.signalCode ?? (await once(child, 'exit'))[1], 'SIGKILL')
  const store = await openAfterKill(file)
  const stored = await store.in(keys).list(scope)
  const records = await store.read((sql) => sql.all<{ id: string }>('SELECT id FROM test_records'))
  await store.close()
  rmSync(directory, { recursive: true })
  const ids = new Set(stored.map(({ id }) => id))
  assert.ok(acknowledged.size >= 300)
  assert.deepEqual(
    [...acknowledged].filter((id) => !ids.has(id)),
    [],
  )
  assert.deepEqual(
    records.map(({ id }) => id).sort(),
    [...ids].sort(),
    'each change has its record, and no record is alone',
  )
})

test('A second server on the same database is refused, and a killed one leaves it free', async () => {
  const directory = newDirectory()
  const file = join(directory, 'strongroom.db')
  const child = spawn(process.execPath, [writer, file], { stdio: ['ignore', 'pipe', 'inherit'] })
  await once(child.stdout, 'data')
  child.stdout.resume()
  await assert.rejects(open(file), (error) => {
    return error instanceof StoreUnavailableError && /is open in another server/.test(error.message)
  })
  child.kill('SIGKILL')
  await once(child, 'exit')
  const store = await openAfterKill(file)
  await assert.rejects(open(file), /is open in another server/)
  await store.close()
  rmSync(directory, { recursive: true })
})

test('A file that is not a database is refused with its name', async () => {
  const directory = newDirectory()
  const file = join(directory, 'letter.txt')
  writeFileSync(file, 'Dear reader, '.repeat(1000))
  await assert.rejects(open(file), (error) => {
    return error instanceof StoreUnavailableError && error.message.startsWith(`${file} cannot be opened as a database`)
  })
  rmSync(directory, { recursive: true })
})

test('A backup made while the store is used is the state of one moment', async () => {
  await withStore(async ({ store, directory }) => {
    const filling = 'x'.repeat(20_000)
    await store.transaction(async (tx) => {
      for (let i = 0; i < 150; i++) await tx.in(keys).put(scope, `filling${i}`, { ...enabled, filling })
    })
    let done = false
    const turn = (uses: number) =>
      store.transaction(async (tx) => {
        for (const id of ['a', 'z']) await tx.in(keys).put(scope, id, { ...enabled, uses })
      })
    await turn(0)
    const turning = (async () => {
      for (let uses = 1; !done; uses++) await turn(uses)
    })()
    const copy = join(directory, 'copy.db')
    const remaining: number[] = []
    try {
      await store.backup(copy, ({ remainingPages }) => remaining.push(remainingPages))
    } finally {
      done = true
      await turning
    }
    assert.ok(remaining.length > 1 && remaining.every((pages, i) => i === 0 || pages <= (remaining[i - 1] ?? 0)))
    assert.equal(statSync(copy).mode & 0o077, 0)
    const restored = await open(copy)
    const [a, z] = [await restored.in(keys).get(scope, 'a'), await restored.in(keys).get(scope, 'z')]
    assert.equal(await restored.in(keys).count(scope), 152)
    assert.ok(a && a.uses === z?.uses)
    await restored.close()
  })
})

test('A store may be closed twice', async () => {
  await withStore(async ({ store }) => {
    await Promise.all([store.close(), store.close()])
  })
})

test('A reader beside the server does not hold it up', async () => {
  await withStore(async ({ store, file }) => {
    await store.transaction((tx) => tx.in(keys).put(scope, 'k', enabled))
    const reader = new DatabaseSync(file, { readOnly: true })
    reader.exec('BEGIN')
    reader.prepare('SELECT COUNT(*) FROM documents').get()
    await store.transaction((tx) => tx.in(keys).put(scope, 'k2', enabled))
    const begun = performance.now()
    await assert.rejects(store.checkpoint(), /in use and could not be emptied/)
    assert.ok(performance.now() - begun < 500)
    reader.close()
    await store.checkpoint()
    assert.equal(statSync(`${file}-wal`).size, 0)
  })
})

test('While the file of the database is gone or another one, nothing is committed, and the reason is reported once', async () => {
  mock.timers.enable({ apis: ['setInterval'] })
  const directory = newDirectory()
  const file = join(directory, 'strongroom.db')
  const reported: (string | undefined)[] = []
  const database = { kind: 'sqlite', file } as const
  const onLoss = (reason: string | undefined) => reported.push(reason)
  const store = await openStore({ database, sealer: randomSealer(), appender: new CollectingAppender(), onLoss })
  const change = (id: string) => store.transaction((tx) => tx.in(keys).put(scope, id, enabled))
  try {
    await change('before')
    renameSync(file, `${file}-moved`)
    mock.timers.tick(3000)
    await assert.rejects(change('gone'), {
      name: 'StoreUnavailableError',
      message: /strongroom\.db is gone: nothing is/,
    })
    await assert.rejects(store.record([recordNamed('Read')]), { name: 'StoreUnavailableError' })
    writeFileSync(file, 'another')
    mock.timers.tick(3000)
    await assert.rejects(change('replaced'), /strongroom\.db is another file/)
    renameSync(`${file}-moved`, file)
    mock.timers.tick(1000)
    await change('after')
    const isThere = await Promise.all(
      ['before', 'gone', 'replaced', 'after'].map(async (id) => (await store.in(keys).get(scope, id)) !== undefined),
    )
    assert.deepEqual(isThere, [true, false, false, true])
    assert.deepEqual(
      reported.map((reason) => /is gone|is another file/.exec(reason ?? 'back')?.[0]),
      ['is gone', 'is another file', undefined],
    )
  } finally {
    await store.close()
    mock.timers.reset()
    rmSync(directory, { recursive: true })
  }
})
