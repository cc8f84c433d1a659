// What a large read costs the serving thread, on it and apart, and how long the read itself takes.
// Usage: node bench/reader-threads.ts [rows, default 200000]

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Migration, SqlReader } from '../src/core/sql.ts'
import { openStore } from '../src/storage/open-store.ts'
import { CollectingAppender, randomSealer } from '../src/storage/testing.ts'

const rows = Number(process.argv[2] ?? 200_000)
const folder = mkdtempSync(join(tmpdir(), 'strongroom-reader-'))
const fill = `INSERT INTO logs_rows WITH RECURSIVE n (id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM n WHERE id < ${rows})
  SELECT id, printf('%01000d', id) FROM n`
const logs: Migration = {
  name: '0900-logs-rows',
  up: async (sql) => void (await sql.run('CREATE TABLE logs_rows (id INTEGER PRIMARY KEY, line TEXT NOT NULL)')),
}
const pageRows = 500
const page = 'SELECT id, line FROM logs_rows WHERE id > ? ORDER BY id LIMIT ?'
const scan = "SELECT COUNT(*) AS found FROM logs_rows WHERE line LIKE '%77%'"

const store = await openStore({
  database: { kind: 'sqlite', file: join(folder, 'strongroom.sqlite') },
  sealer: randomSealer(),
  appender: new CollectingAppender(),
  migrations: [logs],
})
try {
  await store.write((sql) => sql.run(fill))
  const apart = store.sqlApart('logs')
  await apart.all(page, [0, 1])
  const inline = store.sql('logs')
  const reads: [string, () => Promise<unknown>, () => Promise<unknown>][] = [
    ['all rows in pages', () => readAll(inline), () => readAll(apart)],
    ['a scan for a count', () => inline.all(scan), () => apart.all(scan)],
  ]
  for (const [title, onThread, beside] of reads) {
    const [first, second] = [await measured(onThread), await measured(beside)]
    console.log(`${title}, on the serving thread: ${printed(first)}`)
    console.log(
      `${title}, apart: ${printed(second)}; ${(first.longestMs / second.longestMs).toFixed(0)} times shorter turns`,
    )
  }
} finally {
  await store.close()
  rmSync(folder, { recursive: true, force: true })
}

async function readAll(sql: SqlReader): Promise<void> {
  for (let id = 0; ; ) {
    const last = (await sql.all<{ id: number }>(page, [id, pageRows])).at(-1)
    if (!last) return
    id = last.id
  }
}

/** The longest turn of the event loop, and all of them, in processor time of this thread. */
async function measured(read: () => Promise<unknown>): Promise<{ tookMs: number; longestMs: number; usedMs: number }> {
  let running = true
  const startedMs = performance.now()
  const reading = new Promise((resolve) => setTimeout(resolve, 1)).then(read).finally(() => {
    running = false
  })
  let [longestMs, usedMs] = [0, 0]
  while (running) {
    const before = process.threadCpuUsage()
    await new Promise((resolve) => setTimeout(resolve, 1))
    const { user, system } = process.threadCpuUsage(before)
    longestMs = Math.max(longestMs, (user + system) / 1000)
    usedMs += (user + system) / 1000
  }
  await reading
  return { tookMs: performance.now() - startedMs, longestMs, usedMs }
}

function printed({ tookMs, longestMs, usedMs }: Awaited<ReturnType<typeof measured>>): string {
  return `${tookMs.toFixed(0)} ms, longest turn ${longestMs.toFixed(1)} ms, serving thread ${usedMs.toFixed(0)} ms`
}
