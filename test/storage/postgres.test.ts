import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, type TestContext, test } from 'node:test'
import pg from 'pg'
import type { Migration } from '../../src/core/sql.ts'
import { StoreUnavailableError } from '../../src/core/store.ts'
import { createLedger } from '../../src/ledger/ledger.ts'
import { startStrongroom } from '../../src/server/server.ts'
import { serverMigrations } from '../../src/server/server-migrations.ts'
import { tableDropper } from '../../src/storage/drop-tables.ts'
import { type OpenStore, openStore } from '../../src/storage/open-store.ts'
import { PostgresDatabase } from '../../src/storage/postgres.ts'
import { CollectingAppender, randomSealer } from '../../src/storage/testing.ts'
import { eventually } from '../../src/testing/eventually.ts'
import { FixedClock } from '../fixtures/call.ts'
import { type PostgresFixture, startPostgres } from '../fixtures/postgres.ts'
import { storeContract } from './contract.ts'
import { enabled, keys, recordNamed, scope } from './contract-fixtures.ts'

const server = await startPostgres()

if (typeof server === 'string') {
  test('A store on PostgreSQL', { skip: server })
} else {
  after(() => server.stop())
  storeContract('A store on PostgreSQL', async () => ({
    database: { kind: 'postgres', url: await server.newDatabase() },
    dispose: async () => {},
  }))
  describe('Nodes on one PostgreSQL database', () => nodesContract(server))
  describe('A store whose PostgreSQL is lost', () => lossContract(server))
}

async function open(t: TestContext, url: string, appender = new CollectingAppender()): Promise<OpenStore> {
  const store = await openStore({ database: { kind: 'postgres', url }, sealer: randomSealer(), appender })
  t.after(() => store.close())
  return store
}

const increment = (store: OpenStore) =>
  store.transaction(async (tx) => {
    const { uses } = (await tx.in(keys).get(scope, 'k')) ?? enabled
    await tx.in(keys).put(scope, 'k', { ...enabled, uses: uses + 1 })
    tx.record(recordNamed(`Increment${uses}`))
    return uses
  })

function nodesContract(postgres: PostgresFixture): void {
  test('Nodes that start together on a new database all start', async (t) => {
    const url = await postgres.newDatabase()
    const nodes = await Promise.all(Array.from({ length: 4 }, () => open(t, url)))
    assert.deepEqual(await Promise.all(nodes.map(increment)).then((seen) => seen.sort()), [0, 1, 2, 3])
  })

  test('Concurrent increments from two nodes lose nothing', async (t) => {
    const url = await postgres.newDatabase()
    const nodes = await Promise.all([open(t, url), open(t, url)])
    const seen = await Promise.all(Array.from({ length: 100 }, (_, i) => increment(nodes[i % 2] ?? assert.fail())))
    assert.deepEqual(
      seen.toSorted((a, b) => a - b),
      [...seen.keys()],
    )
    for (const node of nodes) assert.equal((await node.in(keys).get(scope, 'k'))?.uses, 100)
  })

  test('A node refuses a database that was made anew in the place of its own', async (t) => {
    const url = await postgres.newDatabase()
    const node = await open(t, url)
    await increment(node)
    const name = new URL(url).pathname.slice(1)
    const admin = new pg.Client(Object.assign(new URL(url), { pathname: '/postgres' }).href)
    await admin.connect()
    await admin.query(`DROP DATABASE "${name}" WITH (FORCE)`)
    await admin.query(`CREATE DATABASE "${name}"`)
    await admin.end()
    // The first finds its connection gone, the second an empty database.
    await assert.rejects(increment(node), StoreUnavailableError)
    await assert.rejects(increment(node), { name: 'StoreUnavailableError', message: /made anew/ })
    const successor = await open(t, url)
    assert.equal(await increment(successor), 0)
    await assert.rejects(increment(node), { name: 'StoreUnavailableError', message: /made anew/ })
    assert.equal((await successor.in(keys).get(scope, 'k'))?.uses, 1)
  })

  test('Of a database that others use too, only the tables of Strongroom are dropped', async (t) => {
    const url = await postgres.newDatabase()
    const others = new pg.Client(url)
    await others.connect()
    t.after(() => others.end())
    const own: Migration = {
      name: '0900-own',
      up: async (sql) => void (await sql.run('CREATE TABLE logs_own (id INTEGER)')),
    }
    for (const name of ['ledger_entries', 'lookup_countries', 'logs_own'])
      await others.query(`CREATE TABLE ${name} (id INTEGER)`)
    const dataDir = mkdtempSync(join(tmpdir(), 'strongroom-tables-'))
    t.after(() => rmSync(dataDir, { recursive: true, force: true }))
    await (await startStrongroom({ dev: true, port: 0, databaseUrl: url, dataDir, logLevel: 'silent' })).stop()
    const database = new PostgresDatabase(url)
    t.after(() => database.close())
    await database.writer.beginBootstrap()
    const ledger = createLedger({ clock: new FixedClock(), onFault: assert.fail, onAlarm: assert.fail })
    const dropTables = await tableDropper([...(await serverMigrations(ledger)), own])
    await dropTables(database.writer.sql)
    await database.writer.commit()
    const { rows } = await others.query<{ name: string }>(
      'SELECT tablename AS name FROM pg_tables WHERE schemaname = current_schema() ORDER BY 1',
    )
    assert.deepEqual(rows, [{ name: 'ledger_entries' }, { name: 'lookup_countries' }])
  })

  test('A statement of the appender that fails undoes the group even when its error is caught', async (t) => {
    const appender = new CollectingAppender()
    const append = appender.append.bind(appender)
    appender.append = async (sql, records) => {
      if (records[0]?.eventName === 'Increment1') await sql.run('INSERT INTO nowhere VALUES (1)').catch(() => {})
      await append(sql, records)
    }
    const store = await open(t, await postgres.newDatabase(), appender)
    await increment(store)
    await assert.rejects(increment(store), StoreUnavailableError)
    assert.equal((await store.in(keys).get(scope, 'k'))?.uses, 1)
    assert.deepEqual(
      appender.records.map(({ eventName }) => eventName),
      ['Increment0'],
    )
  })

  test('Due work is leased to one node alone', async (t) => {
    const url = await postgres.newDatabase()
    const nodes = await Promise.all([open(t, url), open(t, url)])
    await nodes[0]?.transaction(async (tx) => {
      for (const key of ['a', 'b', 'c']) await tx.schedule({ kind: 'test', key, dueAtMs: 1, scope, payload: null })
    })
    const leases = await Promise.all(Array.from({ length: 8 }, (_, i) => nodes[i % 2]?.leaseDue(['test'], 1, 100)))
    assert.deepEqual(leases.flatMap((leased) => leased?.work.key ?? []).sort(), ['a', 'b', 'c'])
  })
}

function lossContract(postgres: PostgresFixture): void {
  test('It refuses while the server is away, keeps what was acknowledged, and goes on when it is back', async (t) => {
    const appender = new CollectingAppender()
    const store = await open(t, await postgres.newDatabase(), appender)
    let acknowledged = 0
    let stopped = false
    const writing = Promise.allSettled(
      Array.from({ length: 5 }, async () => {
        while (!stopped) {
          await increment(store)
          acknowledged++
        }
      }),
    )
    await eventually(() => acknowledged >= 50)
    await postgres.kill()
    for (const outcome of await writing) {
      assert.ok(outcome.status === 'rejected' && outcome.reason instanceof StoreUnavailableError, String(outcome))
    }
    stopped = true
    await assert.rejects(async () => store.in(keys).get(scope, 'k'), StoreUnavailableError)
    await assert.rejects(store.record([recordNamed('Lost')]), StoreUnavailableError)
    await postgres.start()
    const uses = (await store.in(keys).get(scope, 'k'))?.uses
    assert.ok(uses !== undefined && uses >= acknowledged)
    assert.equal(await increment(store), uses)
    assert.equal(
      appender.records.some(({ eventName }) => eventName === 'Lost'),
      false,
    )
  })

  test('A commit whose answer was lost is found out to have happened', async (t) => {
    const proxy = await cuttingProxy(t, await postgres.newDatabase(), 'after')
    const appender = new CollectingAppender()
    const store = await open(t, proxy.url, appender)
    await increment(store)
    proxy.cutNextCommit()
    assert.equal(await increment(store), 1)
    assert.equal(proxy.cuts(), 1)
    assert.equal((await store.in(keys).get(scope, 'k'))?.uses, 2)
    assert.deepEqual(
      appender.records.map(({ eventName }) => eventName),
      ['Increment0', 'Increment1'],
    )
  })

  test('A commit that never reached the server is refused, and nothing was changed', async (t) => {
    const proxy = await cuttingProxy(t, await postgres.newDatabase(), 'before')
    const appender = new CollectingAppender()
    const store = await open(t, proxy.url, appender)
    await increment(store)
    proxy.cutNextCommit()
    await assert.rejects(increment(store), StoreUnavailableError)
    assert.equal(proxy.cuts(), 1)
    assert.equal((await store.in(keys).get(scope, 'k'))?.uses, 1)
    assert.deepEqual(
      appender.records.map(({ eventName }) => eventName),
      ['Increment0'],
    )
    assert.equal(await increment(store), 1)
  })

  test('A connection lost inside a work undoes the work, also when it hides the loss and goes on', async (t) => {
    const url = await postgres.newDatabase()
    const store = await open(t, url)
    await increment(store)
    const hiding = store.write(async (sql) => {
      await sql.run("UPDATE documents SET id = 'renamed'")
      await sql.all('SELECT pg_terminate_backend(pg_backend_pid())').catch(() => {})
      await sql.run("INSERT INTO meta (key, value) VALUES ('stray', '')").catch(() => {})
    })
    await assert.rejects(hiding, StoreUnavailableError)
    assert.equal((await store.in(keys).get(scope, 'k'))?.uses, 1)
    assert.deepEqual(await store.read((sql) => sql.all("SELECT key FROM meta WHERE key = 'stray'")), [])
    assert.equal(await increment(store), 1)
  })

  test('A server that is not there is named as the reason', async (t) => {
    await assert.rejects(open(t, 'postgres://postgres@127.0.0.1:1/none'), (error) => {
      return error instanceof StoreUnavailableError && /cannot be used now: connect ECONNREFUSED/.test(error.message)
    })
  })
}

/** Stands between the store and the server, and cuts a connection before or after the server has done a COMMIT. */
async function cuttingProxy(t: TestContext, url: string, moment: 'before' | 'after') {
  const { hostname, port } = new URL(url)
  const sockets = new Set<Socket>()
  let armed = false
  let cuts = 0
  const cut = (...pair: Socket[]) => {
    armed = false
    cuts++
    for (const socket of pair) socket.destroy()
  }
  const proxy = createServer((client) => {
    const upstream = connect(Number(port), hostname)
    for (const socket of [client, upstream]) {
      sockets.add(socket.on('error', () => {}))
      socket.on('close', () => sockets.delete(socket))
    }
    let committing = false
    client.on('data', (data) => {
      committing = armed && data.includes('COMMIT\0')
      if (committing && moment === 'before') cut(client, upstream)
      else upstream.write(data)
    })
    upstream.on('data', (data) => {
      if (committing) cut(client, upstream)
      else client.write(data)
    })
    client.on('end', () => upstream.end())
    upstream.on('end', () => client.end())
  })
  proxy.listen(0, '127.0.0.1')
  await once(proxy, 'listening')
  t.after(() => {
    proxy.close()
    for (const socket of sockets) socket.destroy()
  })
  return {
    url: url.replace(`:${port}/`, `:${(proxy.address() as AddressInfo).port}/`),
    cuts: () => cuts,
    cutNextCommit: () => {
      armed = true
    },
  }
}
