import assert from 'node:assert/strict'
import { test } from 'node:test'
import { StoreUnavailableError } from '../../src/core/store.ts'
import { enabled, keys, recordNamed, scope } from './contract-fixtures.ts'
import type { StoreUnderTest } from './store-under-test.ts'

/** Atomicity, isolation, order, and what happens when something fails. */
export function transactionContract(under: StoreUnderTest): void {
  const { put, get, ids, eventNames } = under

  test('A transaction reads its own writes', async () => {
    await put('k1', enabled)
    await get('k1')
    await under.store.transaction(async (tx) => {
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
      under.store.transaction(async (tx) => {
        await tx.in(keys).put(scope, 'k1', { state: 'Disabled', uses: 1 })
        await tx.in(keys).delete(scope, 'k2')
        await tx.schedule({ kind: 'test', key: 'k', dueAtMs: 1, scope, payload: null })
        tx.record(recordNamed('Refused'))
        throw refusal
      }),
      under.store.transaction(async (tx) => {
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
    assert.equal(await under.store.nextDueAtMs(['test']), undefined)
    assert.deepEqual(eventNames(), ['Allowed'])
  })

  test('A statement that fails is undone with its transaction alone, even when its error is caught', async () => {
    const results = await Promise.allSettled([
      put('k1', enabled),
      under.store.write(async (sql) => {
        await sql.run('INSERT INTO notes (id, text) VALUES (?, ?)', [1, 'first'])
        await sql.run('INSERT INTO notes (id, text) VALUES (?, ?)', [1, 'again'])
      }),
      under.store.write(async (sql) => {
        await sql.run('INSERT INTO nowhere VALUES (1)').catch(() => {})
      }),
      put('k2', enabled),
    ])
    assert.deepEqual(
      [results[0]?.status, results[1]?.status, results[3]?.status],
      ['fulfilled', 'rejected', 'fulfilled'],
    )
    assert.deepEqual(await ids(), ['k1', 'k2'])
    assert.deepEqual(await under.store.read((sql) => sql.all('SELECT * FROM notes')), [])
  })

  test('A read outside a transaction never sees what is not committed', async () => {
    await put('k1', enabled)
    const seen: Promise<unknown>[] = []
    const refused = under.store.transaction(async (tx) => {
      await tx.in(keys).put(scope, 'k1', { state: 'Disabled', uses: 1 })
      await tx.in(keys).put(scope, 'k2', { state: 'Disabled', uses: 1 })
      seen.push(get('k1'), get('k2'), ids(), under.store.in(keys).count(scope))
      seen.push(
        under.store
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
    const escaped = await under.store.transaction(async (tx) => ({ tx }))
    await assert.rejects(escaped.tx.in(keys).put(scope, 'k1', enabled), /after its function had returned/)
    await assert.rejects(escaped.tx.unschedule('test', 'k'), /after its function had returned/)
    assert.throws(() => escaped.tx.record(recordNamed('Late')), /after its function had returned/)
    assert.equal(await get('k1'), undefined)
  })

  test('A hundred concurrent increments lose nothing', async () => {
    await put('k1', enabled)
    const increment = () =>
      under.store.transaction(async (tx) => {
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
    await under.store.transaction(async (tx) => {
      await Promise.all(Array.from({ length: 20 }, (_, i) => tx.in(keys).put(scope, `k${i}`, { ...enabled, uses: i })))
    })
    assert.equal(await under.store.in(keys).count(scope), 20)
  })

  test('Records are appended in the order of their transactions and calls', async () => {
    const names = Array.from({ length: 30 }, (_, i) => `Event${i}`)
    await Promise.all(
      names.map((name, i) =>
        i % 3 === 0
          ? under.store.record([recordNamed(name)])
          : under.store.transaction(async (tx) => {
              await tx.in(keys).put(scope, name, enabled)
              tx.record(recordNamed(name))
            }),
      ),
    )
    assert.deepEqual(eventNames(), names)
  })

  test('Records that cannot be appended undo everything that was to be committed with them', async () => {
    await put('k1', enabled)
    under.appender.refusing = true
    const results = await Promise.allSettled([
      put('k1', { state: 'Disabled', uses: 1 }),
      put('k2', enabled),
      under.store.record([recordNamed('Lost')]),
    ])
    for (const result of results) {
      assert.ok(result.status === 'rejected' && result.reason instanceof StoreUnavailableError)
    }
    under.appender.refusing = false
    assert.deepEqual([await get('k1'), await get('k2'), eventNames()], [enabled, undefined, []])
    await under.store.record([recordNamed('Kept')])
    assert.deepEqual(eventNames(), ['Kept'])
  })
}
