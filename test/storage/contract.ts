import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, test } from 'node:test'
import fc from 'fast-check'
import type { AuditRecord } from '../../src/core/audit.ts'
import type { Migration, Sql } from '../../src/core/sql.ts'
import { type CollectionSpec, type Scope, StoreUnavailableError } from '../../src/core/store.ts'
import { UnknownMigrationError } from '../../src/storage/migrations.ts'
import { type OpenStore, type OpenStoreOptions, openStore } from '../../src/storage/open-store.ts'
import { CollectingAppender, randomSealer } from '../../src/storage/testing.ts'

/** A place for one test's database. */
export interface TestDatabase {
  database: OpenStoreOptions['database']
  dispose(): Promise<void>
}

export interface Key {
  state: string
  uses: number
  tags?: string[]
  filling?: string
  material?: { bytes: string } | undefined
}

export const keys: CollectionSpec<Key> = {
  name: 'kms.keys',
  indexes: { state: ({ state }) => [state], tag: ({ tags = [] }) => tags },
  sealed: ['material'],
}

export const scope: Scope = { accountId: '111122223333', region: 'us-east-1' }

export const enabled: Key = { state: 'Enabled', uses: 0 }

export const recordNamed = (eventName: string): AuditRecord => ({
  eventVersion: '1.11',
  userIdentity: { type: 'Root' },
  eventTime: '2026-03-01T12:00:00Z',
  eventSource: 'kms.amazonaws.com',
  eventName,
  awsRegion: 'us-east-1',
  sourceIPAddress: '127.0.0.1',
  requestParameters: null,
  responseElements: null,
  eventID: eventName,
  readOnly: false,
  eventType: 'AwsApiCall',
  managementEvent: true,
  recipientAccountId: '111122223333',
  eventCategory: 'Management',
})

const notes: Migration = {
  name: '0009-notes',
  up: async (sql) => {
    await sql.run('CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT NOT NULL)')
  },
}

/** What every database under the store must do. */
export function storeContract(
  title: string,
  newDatabase: () => Promise<TestDatabase>,
  { keepsNothing = false } = {},
): void {
  describe(title, () => {
    let place: TestDatabase
    let store: OpenStore
    let appender: CollectingAppender

    beforeEach(async () => {
      place = await newDatabase()
      appender = new CollectingAppender()
      store = await open()
    })

    afterEach(async () => {
      await store.close()
      await place.dispose()
    })

    const open = (migrations = [notes]) =>
      openStore({ database: place.database, sealer: randomSealer(), appender, migrations })
    const put = (id: string, key: Key, where = scope) => store.transaction((tx) => tx.in(keys).put(where, id, key))
    const get = (id: string) => store.in(keys).get(scope, id)
    const ids = async (options = {}) => (await store.in(keys).list(scope, options)).map(({ id }) => id)
    const eventNames = () => appender.records.map(({ eventName }) => eventName)

    test('A document is read as it was put, until it is replaced or deleted', async () => {
      assert.equal(await get('k1'), undefined)
      await put('k1', { ...enabled, material: { bytes: 'AAEC' } })
      assert.deepEqual(await get('k1'), { ...enabled, material: { bytes: 'AAEC' } })
      await put('k1', { state: 'Disabled', uses: 7, material: undefined })
      assert.deepEqual(await get('k1'), { state: 'Disabled', uses: 7 })
      assert.equal(await store.transaction((tx) => tx.in(keys).delete(scope, 'k1')), true)
      assert.equal(await get('k1'), undefined)
      assert.equal(await store.transaction((tx) => tx.in(keys).delete(scope, 'k1')), false)
    })

    test('A document is found only in its own collection, account and region', async () => {
      await put('k1', enabled)
      for (const other of [
        { ...scope, accountId: '444455556666' },
        { ...scope, region: 'eu-west-1' },
      ]) {
        assert.equal(await store.in(keys).get(other, 'k1'), undefined)
        assert.deepEqual(await store.in(keys).list(other), [])
        assert.equal(await store.transaction((tx) => tx.in(keys).delete(other, 'k1')), false)
      }
      assert.equal(await store.in({ name: 'kms.aliases' }).get(scope, 'k1'), undefined)
      assert.deepEqual(await get('k1'), enabled)
    })

    test('A document that was read is frozen to its leaves', async () => {
      await put('k1', { ...enabled, tags: ['a'], material: { bytes: 'AAEC' } })
      const found = await get('k1')
      assert.throws(() => found?.tags?.push('b'), TypeError)
      assert.throws(() => Object.assign(found?.material ?? {}, { bytes: '' }), TypeError)
      const [listed] = await store.in(keys).list(scope)
      assert.throws(() => Object.assign(listed?.document ?? {}, { uses: 1 }), TypeError)
    })

    test('A document put is what it was at that time, whatever happens to the object later', async () => {
      const document = { ...enabled }
      await put('k1', document)
      document.uses = 99
      assert.equal((await get('k1'))?.uses, 0)
    })

    test('A list is ordered by the bytes of the ids and continues after the last one', async () => {
      // In UTF-16 order the emoji would come before U+FFFD; in a language's order, a before B.
      const ordered = ['A', 'B', 'a', 'a/b', 'ab', 'b', 'é', '\u{fffd}', '\u{1f511}']
      for (const id of ordered.toReversed()) await put(id, enabled)
      assert.deepEqual(await ids(), ordered)
      assert.deepEqual(await ids({ limit: 4 }), ordered.slice(0, 4))
      assert.deepEqual(await ids({ limit: 4, afterId: 'a/b' }), ordered.slice(4, 8))
      assert.deepEqual(await ids({ afterId: '\u{fffd}' }), ['\u{1f511}'])
      assert.deepEqual(await ids({ index: { name: 'state', value: 'Enabled' }, afterId: 'b', limit: 2 }), [
        'é',
        '\u{fffd}',
      ])
    })

    test('An index finds documents by their present values', async () => {
      await put('k1', { ...enabled, tags: ['red', 'blue', 'red'] })
      await put('k2', { ...enabled, tags: ['blue'] })
      const tagged = (value: string) => ids({ index: { name: 'tag', value } })
      assert.deepEqual(await tagged('red'), ['k1'])
      assert.deepEqual(await tagged('blue'), ['k1', 'k2'])
      await put('k1', { ...enabled, tags: ['green', 'blue'] })
      assert.deepEqual([await tagged('red'), await tagged('green'), await tagged('blue')], [[], ['k1'], ['k1', 'k2']])
      await store.transaction((tx) => tx.in(keys).delete(scope, 'k1'))
      assert.deepEqual([await tagged('green'), await tagged('blue')], [[], ['k2']])
      await assert.rejects(ids({ index: { name: 'color', value: 'red' } }), /no index color/)
    })

    test('An index tells values apart however long or odd they are', async () => {
      const values = [
        '',
        '=',
        '#',
        'x'.repeat(2048),
        `${'x'.repeat(2047)}y`,
        'nul\0',
        '\u{d800}',
        'quote\'?"',
        '😀'.repeat(1024),
      ]
      for (const [i, value] of values.entries()) await put(`k${i}`, { ...enabled, tags: [value] })
      for (const [i, value] of values.entries()) {
        assert.deepEqual(await ids({ index: { name: 'tag', value } }), [`k${i}`])
      }
      await assert.rejects(put('k', { ...enabled, tags: ['x'.repeat(2049)] }), RangeError)
    })

    test('A count is of what a list would hold', async () => {
      for (const id of ['a', 'b', 'c']) await put(id, { ...enabled, tags: id === 'b' ? [] : ['t'] })
      const count = (options?: object) => store.in(keys).count(scope, options)
      assert.equal(await count(), 3)
      assert.equal(await count({ limit: 2 }), 2)
      assert.equal(await count({ afterId: 'a' }), 2)
      assert.equal(await count({ index: { name: 'tag', value: 't' } }), 2)
      assert.equal(await count({ index: { name: 'tag', value: 't' }, limit: 1 }), 1)
    })

    test('An id that no database could keep is refused on writing and finds nothing on reading', async () => {
      for (const id of ['', 'x'.repeat(2049), 'nul\0', '\u{d800}']) {
        await assert.rejects(put(id, enabled), RangeError)
        assert.equal(await get(id), undefined)
        assert.equal(await store.transaction((tx) => tx.in(keys).delete(scope, id)), false)
      }
      await put('x'.repeat(2048), { ...enabled, tags: ['x'.repeat(2048)] })
      assert.deepEqual(await ids(), ['x'.repeat(2048)])
    })

    test('A transaction reads its own writes', async () => {
      await put('k1', enabled)
      await get('k1')
      await store.transaction(async (tx) => {
        const inside = tx.in(keys)
        await inside.put(scope, 'k1', { state: 'Disabled', uses: 1 })
        await inside.put(scope, 'k2', { state: 'Disabled', uses: 2 })
        assert.deepEqual(await inside.get(scope, 'k1'), { state: 'Disabled', uses: 1 })
        assert.equal(await inside.count(scope, { index: { name: 'state', value: 'Disabled' } }), 2)
        assert.equal(await inside.delete(scope, 'k1'), true)
        assert.equal(await inside.get(scope, 'k1'), undefined)
        assert.deepEqual(
          (await inside.list(scope)).map(({ id }) => id),
          ['k2'],
        )
      })
      assert.deepEqual(await ids(), ['k2'])
    })

    test('A transaction that throws changes nothing, and those committed with it keep theirs', async () => {
      await put('k1', enabled)
      const refusal = new Error('refused')
      const results = await Promise.allSettled([
        put('k2', enabled),
        store.transaction(async (tx) => {
          await tx.in(keys).put(scope, 'k1', { state: 'Disabled', uses: 1 })
          await tx.in(keys).delete(scope, 'k2')
          await tx.schedule({ kind: 'test', key: 'k', dueAtMs: 1, scope, payload: null })
          tx.record(recordNamed('Refused'))
          throw refusal
        }),
        store.transaction(async (tx) => {
          tx.record(recordNamed('Allowed'))
          return tx.in(keys).get(scope, 'k1')
        }),
      ])
      assert.deepEqual(results, [
        { status: 'fulfilled', value: undefined },
        { status: 'rejected', reason: refusal },
        { status: 'fulfilled', value: enabled },
      ])
      assert.deepEqual([await get('k1'), await get('k2')], [enabled, enabled])
      assert.deepEqual(await ids({ index: { name: 'state', value: 'Disabled' } }), [])
      assert.equal(await store.nextDueAtMs(['test']), undefined)
      assert.deepEqual(eventNames(), ['Allowed'])
    })

    test('A statement that fails is undone with its transaction alone, even when its error is caught', async () => {
      const results = await Promise.allSettled([
        put('k1', enabled),
        store.write(async (sql) => {
          await sql.run('INSERT INTO notes (id, text) VALUES (?, ?)', [1, 'first'])
          await sql.run('INSERT INTO notes (id, text) VALUES (?, ?)', [1, 'again'])
        }),
        store.write(async (sql) => {
          await sql.run('INSERT INTO nowhere VALUES (1)').catch(() => {})
        }),
        put('k2', enabled),
      ])
      assert.deepEqual(
        [results[0]?.status, results[1]?.status, results[3]?.status],
        ['fulfilled', 'rejected', 'fulfilled'],
      )
      assert.deepEqual(await ids(), ['k1', 'k2'])
      assert.deepEqual(await store.read((sql) => sql.all('SELECT * FROM notes')), [])
    })

    test('A read outside a transaction never sees what is not committed', async () => {
      await put('k1', enabled)
      const seen: Promise<unknown>[] = []
      const refused = store.transaction(async (tx) => {
        await tx.in(keys).put(scope, 'k1', { state: 'Disabled', uses: 1 })
        await tx.in(keys).put(scope, 'k2', { state: 'Disabled', uses: 1 })
        seen.push(get('k1'), get('k2'), ids(), store.in(keys).count(scope))
        seen.push(
          store
            .read((sql) => sql.all<{ id: string }>('SELECT id FROM documents'))
            .then((rows) => rows.map(({ id }) => id)),
        )
        throw new Error('refused')
      })
      await assert.rejects(refused, /refused/)
      assert.deepEqual(await Promise.all(seen), [enabled, undefined, ['k1'], 1, ['k1']])
    })

    test('A read that follows a commit sees it', async () => {
      for (let uses = 1; uses <= 20; uses++) {
        const [before] = await Promise.all([get('k1'), get('k2')])
        assert.equal(before?.uses, uses === 1 ? undefined : uses - 1)
        await put('k1', { ...enabled, uses })
        assert.equal((await get('k1'))?.uses, uses)
      }
    })

    test('A transaction is over when its function returns', async () => {
      const escaped = await store.transaction(async (tx) => ({ tx }))
      await assert.rejects(escaped.tx.in(keys).put(scope, 'k1', enabled), /after its function had returned/)
      await assert.rejects(escaped.tx.unschedule('test', 'k'), /after its function had returned/)
      assert.throws(() => escaped.tx.record(recordNamed('Late')), /after its function had returned/)
      assert.equal(await get('k1'), undefined)
    })

    test('A hundred concurrent increments lose nothing', async () => {
      await put('k1', enabled)
      const increment = () =>
        store.transaction(async (tx) => {
          const key = (await tx.in(keys).get(scope, 'k1')) ?? enabled
          await tx.in(keys).put(scope, 'k1', { ...key, uses: key.uses + 1 })
          return key.uses
        })
      const seen = await Promise.all(Array.from({ length: 100 }, increment))
      assert.equal((await get('k1'))?.uses, 100)
      assert.deepEqual(
        seen.toSorted((a, b) => a - b),
        [...seen.keys()],
      )
    })

    test('Statements that a transaction issues together all take effect', async () => {
      await store.transaction(async (tx) => {
        await Promise.all(
          Array.from({ length: 20 }, (_, i) => tx.in(keys).put(scope, `k${i}`, { ...enabled, uses: i })),
        )
      })
      assert.equal(await store.in(keys).count(scope), 20)
    })

    test('Records are appended in the order of their transactions and calls', async () => {
      const names = Array.from({ length: 30 }, (_, i) => `Event${i}`)
      await Promise.all(
        names.map((name, i) =>
          i % 3 === 0
            ? store.record([recordNamed(name)])
            : store.transaction(async (tx) => {
                await tx.in(keys).put(scope, name, enabled)
                tx.record(recordNamed(name))
              }),
        ),
      )
      assert.deepEqual(eventNames(), names)
    })

    test('Records that cannot be appended undo everything that was to be committed with them', async () => {
      await put('k1', enabled)
      appender.refusing = true
      const results = await Promise.allSettled([
        put('k1', { state: 'Disabled', uses: 1 }),
        put('k2', enabled),
        store.record([recordNamed('Lost')]),
      ])
      for (const result of results) {
        assert.ok(result.status === 'rejected' && result.reason instanceof StoreUnavailableError)
      }
      appender.refusing = false
      assert.deepEqual([await get('k1'), await get('k2'), eventNames()], [enabled, undefined, []])
      await store.record([recordNamed('Kept')])
      assert.deepEqual(eventNames(), ['Kept'])
    })

    test('A sealed member is stored sealed and opens only where it was put', async () => {
      await put('k1', { ...enabled, material: { bytes: 'TheSecretBytes' } })
      const stored = await store.read((sql) => sql.all<{ document: string }>('SELECT document FROM documents'))
      assert.match(
        stored[0]?.document ?? '',
        /^\{"state":"Enabled","uses":0,"material":\{"\$sealed":"[A-Za-z0-9+/=]+"\}\}$/,
      )
      assert.doesNotMatch(stored[0]?.document ?? '', /TheSecretBytes/)
      await store.write((sql) =>
        sql.run('INSERT INTO documents SELECT collection, account, region, ?, document FROM documents', ['moved']),
      )
      await assert.rejects(get('moved'))
      assert.deepEqual((await get('k1'))?.material, { bytes: 'TheSecretBytes' })
    })

    test('Tables of other rooms hold text, numbers and bytes as they were written', async () => {
      const bytes = Buffer.from([0, 1, 254, 255])
      await store.write(async (sql) => {
        await sql.run(
          `CREATE TABLE blobs (id INTEGER PRIMARY KEY, size BIGINT, data ${sql.dialect === 'sqlite' ? 'BLOB' : 'BYTEA'})`,
        )
        assert.equal(await sql.run('INSERT INTO blobs (id, size, data) VALUES (?, ?, ?)', [1, 2 ** 52, bytes]), 1)
        await sql.run('INSERT INTO blobs (id, size, data) VALUES (?, ?, ?)', [2, null, null])
        assert.equal(await sql.run('UPDATE blobs SET size = size + ?', [1]), 2)
      })
      const rows = await store.read((sql) =>
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
        store.read((sql) => sql.run('DELETE FROM blobs')),
        /a read changes nothing/,
      )
    })

    test('Due work is leased in order of time, to one at a time', async () => {
      const schedule = (key: string, dueAtMs: number) =>
        store.transaction((tx) => tx.schedule({ kind: 'test', key, dueAtMs, scope, payload: { key } }))
      await schedule('late', 300)
      await schedule('early', 100)
      await schedule('moved', 50)
      await schedule('moved', 200)
      assert.equal(await store.nextDueAtMs(['test']), 100)
      assert.equal(await store.nextDueAtMs(['other']), undefined)
      assert.deepEqual(await store.kindsDueBeside(['other']), ['test'])
      const lease = () => store.leaseDue(['test'], 250, 1000)
      const taken = await Promise.all([lease(), lease(), lease()])
      assert.deepEqual(
        taken.map((leased) => leased?.work.key),
        ['early', 'moved', undefined],
      )
      assert.deepEqual(taken[0]?.work, { kind: 'test', key: 'early', dueAtMs: 100, scope, payload: { key: 'early' } })
      assert.equal(await store.nextDueAtMs(['test']), 300)
    })

    test('Due work that is done is gone with its effect; one that was lost meanwhile has none', async () => {
      const schedule = (dueAtMs: number) =>
        store.transaction((tx) => tx.schedule({ kind: 'test', key: 'k', dueAtMs, scope, payload: null }))
      const effect = (uses: number) => (tx: Parameters<Parameters<OpenStore['transaction']>[0]>[0]) =>
        tx.in(keys).put(scope, 'k1', { ...enabled, uses })
      await schedule(100)
      const first = await store.leaseDue(['test'], 100, 200)
      assert.ok(first)
      const second = await store.leaseDue(['test'], 200, 300)
      assert.ok(second)
      assert.equal(await store.completeDue(first, effect(1)), false)
      assert.equal(await store.extendLease(first, 900), false)
      assert.equal(await store.extendLease(second, 400), true)
      assert.equal(await store.nextDueAtMs(['test']), 400)
      await store.returnDue(second, 500)
      const third = await store.leaseDue(['test'], 500, 600)
      assert.equal(third?.failures, 1)
      await schedule(700)
      assert.equal(third && (await store.completeDue(third, effect(3))), false)
      const fourth = await store.leaseDue(['test'], 700, 800)
      assert.equal(fourth?.failures, 0)
      assert.equal(await get('k1'), undefined)
      assert.equal(fourth && (await store.completeDue(fourth, effect(4))), true)
      assert.equal((await get('k1'))?.uses, 4)
      assert.equal(await store.nextDueAtMs(['test']), undefined)
    })

    test('A migration runs once, and one that fails leaves nothing behind', { skip: keepsNothing }, async () => {
      let runs = 0
      const counted: Migration = {
        name: '0011-counted',
        up: async (sql) => {
          runs++
          await sql.run('CREATE TABLE counted (id INTEGER PRIMARY KEY)')
        },
      }
      const failing: Migration = {
        name: '0012-failing',
        up: async (sql) => {
          await sql.run('CREATE TABLE half (id INTEGER PRIMARY KEY)')
          await sql.run('INSERT INTO nowhere VALUES (1)')
        },
      }
      await store.close()
      await assert.rejects(open([notes, failing, counted]), /nowhere/)
      store = await open([counted, notes])
      assert.equal(runs, 1)
      await assert.rejects(
        store.read((sql) => sql.all('SELECT * FROM half')),
        /half/,
      )
    })

    test('A database that a newer version wrote is refused', { skip: keepsNothing }, async () => {
      await store.close()
      await assert.rejects(
        open([]),
        (error) => error instanceof UnknownMigrationError && /0009-notes/.test(error.message),
      )
      store = await open()
    })

    test('A sealer that cannot be opened leaves a new database empty', { skip: keepsNothing }, async () => {
      const other = await newDatabase()
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
      const closed = store.close()
      await assert.rejects(put('k2', enabled), StoreUnavailableError)
      await Promise.all([queued, closed])
      store = await open()
      assert.deepEqual(await ids(), keepsNothing ? [] : ['k1'])
    })

    test('A store behaves like a map, whatever is done in whatever order', async () => {
      const id = fc.constantFrom('a', 'b', 'c')
      const state = fc.constantFrom('Enabled', 'Disabled')
      const change = fc.oneof(
        fc.record({ do: fc.constant('put' as const), id, state, uses: fc.nat(9) }),
        fc.record({ do: fc.constant('delete' as const), id }),
        fc.record({ do: fc.constant('get' as const), id }),
      )
      const transaction = fc.record({ changes: fc.array(change, { maxLength: 4 }), fails: fc.boolean() })
      const round = fc.record({ together: fc.array(transaction, { minLength: 1, maxLength: 4 }), read: id })
      let region = 0
      await fc.assert(
        fc.asyncProperty(fc.array(round, { maxLength: 6 }), async (rounds) => {
          const where = { accountId: '1', region: `r${++region}` }
          let model = new Map<string, Key>()
          for (const { together, read } of rounds) {
            const running = together.map(({ changes, fails }) =>
              store.transaction(async (tx) => {
                const seen = []
                for (const step of changes) {
                  if (step.do === 'put') await tx.in(keys).put(where, step.id, { state: step.state, uses: step.uses })
                  else seen.push(await tx.in(keys)[step.do](where, step.id))
                }
                if (fails) throw new Error('refused')
                return seen
              }),
            )
            for (const [i, { changes, fails }] of together.entries()) {
              const next = new Map(model)
              const seen: unknown[] = []
              for (const step of changes) {
                if (step.do === 'put') next.set(step.id, { state: step.state, uses: step.uses })
                if (step.do === 'get') seen.push(next.get(step.id))
                if (step.do === 'delete') seen.push(next.delete(step.id))
              }
              if (fails) await assert.rejects(running[i] ?? Promise.resolve(), /refused/)
              else assert.deepEqual(await running[i], seen)
              if (!fails) model = next
            }
            assert.deepEqual(await store.in(keys).get(where, read), model.get(read))
            const sorted = [...model]
              .map(([key, document]) => ({ id: key, document }))
              .sort((a, b) => (a.id < b.id ? -1 : 1))
            assert.deepEqual(await store.in(keys).list(where), sorted)
            const options = { index: { name: 'state', value: 'Enabled' } }
            assert.deepEqual(
              await store.in(keys).list(where, options),
              sorted.filter(({ document }) => document.state === 'Enabled'),
            )
          }
        }),
        { numRuns: 40 },
      )
    })
  })
}
