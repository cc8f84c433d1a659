import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Migration, Sql, SqlReader } from '../../src/core/sql.ts'
import { StoreUnavailableError } from '../../src/core/store.ts'
import { UnknownMigrationError } from '../../src/storage/migrations.ts'
import { type OpenStore, openStore } from '../../src/storage/open-store.ts'
import { CollectingAppender, randomSealer } from '../../src/storage/testing.ts'
import { enabled, keys, recordNamed, scope } from './contract-fixtures.ts'
import { notes, type StoreUnderTest } from './store-under-test.ts'

/** A table of a service's own. */
const logs: Migration = {
  name: '0900-logs-lines',
  up: async (sql) => {
    await sql.run('CREATE TABLE logs_lines (id INTEGER PRIMARY KEY, line TEXT)')
  },
}

const selectLines = 'SELECT id, line FROM logs_lines ORDER BY id'
const upsertLine = 'INSERT INTO logs_lines (id, line) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET line = excluded.line'

/** Tables of other modules, due work, migrations, and the end. */
export function tableContract(under: StoreUnderTest): void {
  const { put, get, ids } = under

  test('Tables of other modules hold text, numbers and bytes as they were written', async () => {
    const bytes = Buffer.from([0, 1, 254, 255])
    await under.store.write(async (sql) => {
      await sql.run(
        `CREATE TABLE blobs (id INTEGER PRIMARY KEY, size BIGINT, data ${sql.dialect === 'sqlite' ? 'BLOB' : 'BYTEA'})`,
      )
      assert.equal(await sql.run('INSERT INTO blobs (id, size, data) VALUES (?, ?, ?)', [1, 2 ** 52, bytes]), 1)
      await sql.run('INSERT INTO blobs (id, size, data) VALUES (?, ?, ?)', [2, null, null])
      assert.equal(await sql.run('UPDATE blobs SET size = size + ?', [1]), 2)
    })
    const rows = await under.store.read((sql) =>
      sql.all<{ size: number; data: Uint8Array; mark: string; total: number }>(
        "SELECT size, data, '?' AS mark, COUNT(*) OVER () AS total FROM blobs WHERE id = ?",
        [1],
      ),
    )
    assert.deepEqual(
      rows.map((row) => ({ ...row, data: [...row.data] })),
      [{ size: 2 ** 52 + 1, data: [...bytes], mark: '?', total: 1 }],
    )
    await assert.rejects(
      under.store.read((sql) => sql.run('DELETE FROM blobs')),
      /a read changes nothing/,
    )
  })

  test('A service reads and changes its own tables in the transaction of its documents and records, and no others', async () => {
    await under.store.close()
    under.store = await under.open([notes, logs])
    const rows = async (sql: SqlReader, statement = selectLines) =>
      (await sql.all(statement)).map((row) => ({ ...row }))
    await under.store.transaction(async (tx) => {
      await tx.in(keys).put(scope, 'k1', enabled)
      tx.record(recordNamed('Written'))
      const sql = tx.sql('logs')
      assert.equal(await sql.run('INSERT INTO logs_lines (id, line) VALUES (?, ?), (?, ?)', [1, 'one', 2, null]), 2)
      assert.equal(await sql.run(upsertLine, [1, 'uno']), 1)
      assert.deepEqual(await rows(sql), [
        { id: 1, line: 'uno' },
        { id: 2, line: null },
      ])
    })
    const refused = under.store.transaction(async (tx) => {
      await tx.in(keys).put(scope, 'k2', enabled)
      tx.record(recordNamed('Refused'))
      await tx.sql('logs').run('DELETE FROM logs_lines WHERE id >= ?', [0])
      throw new Error('refused')
    })
    await assert.rejects(refused, /refused/)
    assert.equal((await rows(under.store.sql('logs'))).length, 2)
    assert.deepEqual([await ids(), under.eventNames()], [['k1'], ['Written']])
    for (const [statement, what] of [
      ['SELECT * FROM notes', /not notes/],
      ['SELECT * FROM logs_lines, documents', /not documents/],
      ['SELECT (SELECT document FROM documents) FROM logs_lines', /not documents/],
      ['SELECT * FROM logs_lines JOIN (meta) ON 1 = 1', /not meta/],
      ['WITH a AS (SELECT * FROM due_work) SELECT * FROM a', /not due_work/],
      ['INSERT INTO logs_lines (line) SELECT document FROM documents', /not documents/],
      ['UPDATE documents SET id = 1', /not documents/],
      ['DELETE FROM ledger_records', /not ledger_records/],
      ['SELECT * FROM "documents"', /statements with "/],
      ['SELECT * FROM main.logs_lines', /not main/],
      ['SELECT 1; DROP TABLE documents', /statements with ;/],
      ['DROP TABLE logs_lines', /begins with DROP/],
      ['PRAGMA secure_delete = OFF', /begins with PRAGMA/],
    ] as const) {
      await assert.rejects(under.store.sql('logs').all(statement), what, statement)
      const changed = under.store.transaction((tx) => tx.sql('logs').run(statement))
      await assert.rejects(changed, what, statement)
    }
    const joined = `WITH few (id) AS (SELECT id FROM logs_lines WHERE line <> 'from documents, meta' ORDER BY id LIMIT 5)
      SELECT a.id, b.line FROM logs_lines AS a LEFT JOIN few ON few.id = a.id, (SELECT line, id FROM logs_lines) AS b
      WHERE a.id = b.id AND a.id IN (SELECT id FROM few) ORDER BY a.id, b.line`
    assert.deepEqual(await rows(under.store.sql('logs'), joined), [{ id: 1, line: 'uno' }])
    if (under.keepsNothing) return
    await under.store.close()
    under.store = await under.open([notes, logs])
    assert.equal((await rows(under.store.sql('logs'))).length, 2)
  })

  test('Due work is leased in order of time, to one at a time', async () => {
    const schedule = (key: string, dueAtMs: number) =>
      under.store.transaction((tx) => tx.schedule({ kind: 'test', key, dueAtMs, scope, payload: { key } }))
    await schedule('late', 300)
    await schedule('early', 100)
    await schedule('moved', 50)
    await schedule('moved', 200)
    assert.equal(await under.store.nextDueAtMs(['test']), 100)
    assert.equal(await under.store.nextDueAtMs(['other']), undefined)
    assert.deepEqual(await under.store.kindsDueBeside(['other']), ['test'])
    const lease = () => under.store.leaseDue(['test'], 250, 1000)
    const taken = await Promise.all([lease(), lease(), lease()])
    assert.deepEqual(
      taken.map((leased) => leased?.work.key),
      ['early', 'moved', undefined],
    )
    assert.deepEqual(taken[0]?.work, { kind: 'test', key: 'early', dueAtMs: 100, scope, payload: { key: 'early' } })
    assert.equal(await under.store.nextDueAtMs(['test']), 300)
  })

  test('Due work that is done is gone with its effect; one that was lost meanwhile has none', async () => {
    const schedule = (dueAtMs: number) =>
      under.store.transaction((tx) => tx.schedule({ kind: 'test', key: 'k', dueAtMs, scope, payload: null }))
    const effect = (uses: number) => (tx: Parameters<Parameters<OpenStore['transaction']>[0]>[0]) =>
      tx.in(keys).put(scope, 'k1', { ...enabled, uses })
    await schedule(100)
    const first = await under.store.leaseDue(['test'], 100, 200)
    assert.ok(first)
    const second = await under.store.leaseDue(['test'], 200, 300)
    assert.ok(second)
    assert.equal(await under.store.completeDue(first, effect(1)), false)
    assert.equal(await under.store.extendLease(first, 900), false)
    assert.equal(await under.store.extendLease(second, 400), true)
    assert.equal(await under.store.nextDueAtMs(['test']), 400)
    await under.store.returnDue(second, 500)
    const third = await under.store.leaseDue(['test'], 500, 600)
    assert.equal(third?.failures, 1)
    await schedule(700)
    assert.equal(third && (await under.store.completeDue(third, effect(3))), false)
    const fourth = await under.store.leaseDue(['test'], 700, 800)
    assert.equal(fourth?.failures, 0)
    assert.equal(await get('k1'), undefined)
    assert.equal(fourth && (await under.store.completeDue(fourth, effect(4))), true)
    assert.equal((await get('k1'))?.uses, 4)
    assert.equal(await under.store.nextDueAtMs(['test']), undefined)
  })

  test('A migration runs once, and one that fails leaves nothing behind', { skip: under.keepsNothing }, async () => {
    const counted: Migration = {
      name: '0011-counted',
      up: async (sql) => {
        await sql.run('CREATE TABLE counted (id INTEGER PRIMARY KEY)')
        await sql.run('INSERT INTO counted VALUES (1)')
      },
    }
    const failing: Migration = {
      name: '0012-failing',
      up: async (sql) => {
        await sql.run('CREATE TABLE half (id INTEGER PRIMARY KEY)')
        await sql.run('INSERT INTO nowhere VALUES (1)')
      },
    }
    await under.store.close()
    await assert.rejects(under.open([notes, failing, counted]), /nowhere/)
    under.store = await under.open([counted, notes])
    // A second time it would find its table.
    const [counts] = await under.store.read((sql) => sql.all<{ rows: number }>('SELECT COUNT(*) AS rows FROM counted'))
    assert.equal(counts?.rows, 1)
    await assert.rejects(
      under.store.read((sql) => sql.all('SELECT * FROM half')),
      /half/,
    )
  })

  test('A database that a newer version wrote is refused', { skip: under.keepsNothing }, async () => {
    await under.store.close()
    await assert.rejects(
      under.open([]),
      (error) => error instanceof UnknownMigrationError && /0009-notes/.test(error.message),
    )
    under.store = await under.open()
  })

  test('A sealer that cannot be opened leaves a new database empty', { skip: under.keepsNothing }, async () => {
    const other = await under.newDatabase()
    const appender = new CollectingAppender()
    const sealer = () => Promise.reject(new Error('no root key'))
    await assert.rejects(openStore({ database: other.database, sealer, appender }), /no root key/)
    let tables: { name: string }[] = []
    const look = async (sql: Sql) => {
      const catalog =
        sql.dialect === 'sqlite'
          ? "SELECT name FROM sqlite_schema WHERE name NOT IN ('meta', 'migrations') AND name NOT LIKE 'sqlite_%'"
          : "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public' AND table_name NOT IN ('meta', 'migrations')"
      tables = await sql.all<{ name: string }>(catalog)
      return randomSealer()
    }
    const opened = await openStore({ database: other.database, sealer: look, appender })
    assert.deepEqual(tables, [])
    await opened.close()
    await other.dispose()
  })

  test('A closed store finishes what was queued and refuses the rest', async () => {
    const queued = put('k1', enabled)
    const closed = under.store.close()
    await assert.rejects(put('k2', enabled), StoreUnavailableError)
    await Promise.all([queued, closed])
    under.store = await under.open()
    assert.deepEqual(await ids(), under.keepsNothing ? [] : ['k1'])
  })
}
