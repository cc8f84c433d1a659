import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { SqlReader } from '../../src/core/sql.ts'
import { type OpenStore, openStore } from '../../src/storage/open-store.ts'
import { CollectingAppender, randomSealer } from '../../src/storage/testing.ts'
import { enabled, keys, scope } from './contract-fixtures.ts'

const rows = 200_000

let folder: string
let store: OpenStore
before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'strongroom-reader-'))
  const database = { kind: 'sqlite', file: join(folder, 'strongroom.sqlite') } as const
  const logs = {
    name: '0900-logs',
    up: async (sql: { run(statement: string): Promise<number> }) => void (await sql.run(create)),
  }
  store = await openStore({ database, sealer: randomSealer(), appender: new CollectingAppender(), migrations: [logs] })
  await store.write((sql) => sql.run(fill))
  await store.transaction((tx) => tx.in(keys).put(scope, 'k', enabled))
})
after(async () => {
  await store.close()
  rmSync(folder, { recursive: true, force: true })
})

const create = 'CREATE TABLE logs_rows (id INTEGER PRIMARY KEY, line TEXT NOT NULL)'
const fill = `INSERT INTO logs_rows WITH RECURSIVE n (id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM n WHERE id < ${rows})
  SELECT id, printf('%0200d', id) FROM n`
const page = 'SELECT id, line FROM logs_rows WHERE id > ? ORDER BY id LIMIT ?'
/** Looks at every row some times, and gives one. */
const scan = `SELECT COUNT(*) AS found FROM logs_rows AS a, (SELECT id FROM logs_rows LIMIT 10) AS b
  WHERE a.line LIKE '%7' || b.id || '%'`

/**
 * Runs a read beside a caller who reads documents, one turn of the event loop after the other.
 * @returns the longest that one turn kept this thread's processor: what a busy machine does besides is left out.
 */
async function beside(read: () => Promise<unknown>): Promise<{ longestMs: number; turns: number }> {
  let running = true
  const reading = new Promise((resolve) => setImmediate(resolve)).then(read).finally(() => {
    running = false
  })
  let [longestMs, turns] = [0, 0]
  while (running) {
    const before = process.threadCpuUsage()
    await new Promise((resolve) => setTimeout(resolve, 1))
    await store.in(keys).list(scope)
    const { user, system } = process.threadCpuUsage(before)
    longestMs = Math.max(longestMs, (user + system) / 1000)
    turns++
  }
  await reading
  return { longestMs, turns }
}

async function readAll(sql: SqlReader, pageRows: number): Promise<number> {
  let read = 0
  for (let id = 0; ; ) {
    const found = await sql.all<{ id: number }>(page, [id, pageRows])
    read += found.length
    const last = found.at(-1)
    if (!last) return read
    id = last.id
  }
}

test('a read of 200,000 rows apart, page by page, does not delay other requests', async () => {
  const apart = store.sqlApart('logs')
  let read = 0
  const inline = await beside(async () => readAll(store.sql('logs'), rows))
  const pages = await beside(async () => {
    read = await readAll(apart, apart.pageRows)
  })
  assert.equal(read, rows)
  assert.ok(pages.turns > 20, `${pages.turns} turns meanwhile`)
  assertShort(pages.longestMs, inline.longestMs)
})

test('a statement that looks at 200,000 rows apart does not delay other requests', async () => {
  const inline = await beside(() => store.sql('logs').all(scan))
  let found: unknown
  const apart = await beside(async () => {
    found = (await store.sqlApart('logs').all(scan))[0]?.found
  })
  assert.deepEqual(
    [{ found }],
    (await store.sql('logs').all(scan)).map((row) => ({ ...row })),
  )
  assertShort(apart.longestMs, inline.longestMs)
})

/** Bounds what a turn takes by what the same read takes on the serving thread. */
function assertShort(apartMs: number, inlineMs: number): void {
  assert.ok(apartMs < inlineMs / 5, `a turn took ${apartMs} ms, and ${inlineMs} ms with the read on the serving thread`)
}

test('reads apart that are ended make way for others', async () => {
  const ending = new AbortController()
  const many = Array.from({ length: 8 }, () =>
    store
      .sqlApart('logs', ending.signal)
      .all('SELECT a.id FROM logs_rows AS a, logs_rows AS b WHERE a.id < 3 AND b.line > ?', ['9']),
  )
  const settled = Promise.allSettled(many)
  ending.abort(new Error('gone'))
  const [row] = await store.sqlApart('logs').all<{ id: number }>(page, [41, 1])
  assert.equal(row?.id, 42)
  assert.deepEqual(new Set((await settled).map(({ status }) => status)), new Set(['rejected']))
})
