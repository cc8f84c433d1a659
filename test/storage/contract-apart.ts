import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Migration } from '../../src/core/sql.ts'
import { StoreUnavailableError } from '../../src/core/store.ts'
import { notes, type StoreUnderTest } from './store-under-test.ts'

const logs: Migration = {
  name: '0901-logs-rows',
  up: async (sql) => {
    const bytes = sql.dialect === 'sqlite' ? 'BLOB' : 'BYTEA'
    await sql.run(`CREATE TABLE logs_rows (id INTEGER PRIMARY KEY, line TEXT NOT NULL, data ${bytes})`)
  },
}

const page = 'SELECT id, line, data FROM logs_rows WHERE id > ? ORDER BY id LIMIT ?'
const fill = `INSERT INTO logs_rows (id, line)
  WITH RECURSIVE n (id) AS (SELECT 1 AS id UNION ALL SELECT id + 1 FROM n WHERE id < 10001) SELECT id, 'line' FROM n`

/** Reads beside the serving thread. */
export function apartContract(under: StoreUnderTest): void {
  const opened = async () => {
    await under.store.close()
    under.store = await under.open([notes, logs])
  }

  test('What is read apart is what was committed last, as it was written', async () => {
    await opened()
    const apart = under.store.sqlApart('logs')
    for (const id of [1, 2, 3]) {
      await under.store.transaction((tx) =>
        tx
          .sql('logs')
          .run('INSERT INTO logs_rows (id, line, data) VALUES (?, ?, ?)', [id, `ü${id}`, Buffer.from([id])]),
      )
      const rows = await apart.all<{ id: number; line: string; data: Uint8Array }>(page, [id - 1, apart.pageRows])
      assert.deepEqual(
        rows.map(({ data, ...row }) => ({ ...row, data: [...data] })),
        [{ id, line: `ü${id}`, data: [id] }],
      )
    }
    const [count] = await under.store.readApart((sql) =>
      sql.all<{ rows: number }>('SELECT COUNT(*) AS rows FROM logs_rows'),
    )
    assert.equal(count?.rows, 3)
    await assert.rejects(apart.all('SELECT * FROM notes'), /not notes/)
    await assert.rejects(apart.all('SELECT nothing FROM logs_rows'), /nothing/)
  })

  test('A statement that is read apart gives ten thousand rows at most, and ends when its signal aborts', async () => {
    await opened()
    await under.store.write((sql) => sql.run(fill))
    const apart = under.store.sqlApart('logs')
    const all = 'SELECT id FROM logs_rows WHERE id > ?'
    await assert.rejects(apart.all(all, [0]), { name: 'RangeError', message: /at most 10000 rows/ })
    assert.equal((await apart.all(all, [1])).length, 10_000)
    const ending = new AbortController()
    const ended = under.store.sqlApart('logs', ending.signal)
    const reading = ended.all(all, [1])
    const reason = new Error('the client has gone')
    ending.abort(reason)
    await assert.rejects(reading, reason)
    await assert.rejects(ended.all(all, [1]), reason)
    assert.equal((await apart.all(all, [10_000])).length, 1)
  })

  test('A store that is closed ends what is read apart', { skip: under.keepsNothing }, async () => {
    await opened()
    await under.store.write((sql) => sql.run(fill))
    const apart = under.store.sqlApart('logs')
    await apart.all(page, [0, 1])
    const reading = apart
      .all('SELECT COUNT(*) AS pairs FROM logs_rows AS a, logs_rows AS b WHERE a.id < 300 AND a.line <> b.line')
      .then(
        () => 'answered',
        () => 'ended',
      )
    await under.store.close()
    // PostgreSQL's pool waits for what runs.
    assert.ok(['answered', 'ended'].includes(await reading))
    await assert.rejects(
      apart.all(page, [0, 1]),
      (error) => error instanceof StoreUnavailableError || /pool/.test(String(error)),
    )
    under.store = await under.open([notes, logs])
  })
}
