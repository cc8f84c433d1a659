import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { FixedClock } from '../../test/fixtures/call.ts'
import { startPostgres } from '../../test/fixtures/postgres.ts'
import type { Sealer } from '../core/sealer.ts'
import { openStore } from '../storage/open-store.ts'
import { randomSealer } from '../storage/testing.ts'
import { createLedger } from './ledger.ts'
import { auditRecord, keyOf } from './testing.ts'
import { verifyLedger } from './verify.ts'

const postgres = await startPostgres()
const skip = typeof postgres === 'string' ? postgres : false

after(async () => {
  if (typeof postgres !== 'string') await postgres.stop()
})

/** One of several servers on one database. */
async function openNode(url: string, sealer: Sealer, clock: FixedClock) {
  const ledger = createLedger({ clock, onFault: assert.fail, onAlarm: assert.fail })
  const database = { kind: 'postgres', url } as const
  const store = await openStore({ database, sealer, appender: ledger.appender, migrations: ledger.migrations })
  await ledger.start(store, sealer)
  return {
    ledger,
    store,
    find: async (query = {}) =>
      (await ledger.find({ accountId: '111122223333', region: 'us-east-1', fromMs: 0, limit: 50, ...query })).records,
    verify: async () => {
      const key = await store.read((sql) => keyOf(sql, sealer))
      return store.read((sql) => verifyLedger(sql, key))
    },
    async [Symbol.asyncDispose]() {
      await ledger.stop()
      await store.close()
    },
  }
}

test('nodes that append to one PostgreSQL database make one chain and one index', { skip }, async () => {
  if (typeof postgres === 'string') return
  const url = await postgres.newDatabase()
  const clock = new FixedClock()
  const sealer = randomSealer()
  {
    await using one = await openNode(url, sealer, clock)
    await using two = await openNode(url, sealer, clock)
    const record = (node: typeof one, eventName: string) =>
      Promise.all(Array.from({ length: 150 }, () => node.store.record([auditRecord({ eventName })])))
    await Promise.all([record(one, 'One'), record(two, 'Two')])
    const marker = auditRecord({ eventName: 'Ünïcode\0', eventTime: '2026-03-01T12:00:01Z' })
    await one.store.record([marker])
    assert.equal((await two.find())[0], JSON.stringify(marker))
    for (const { key, value } of [
      { key: 'EventName', value: 'Ünïcode\0' },
      { key: 'EventId', value: marker.eventID },
    ] as const) {
      assert.deepEqual(await two.find({ attribute: { key, value } }), [JSON.stringify(marker)])
    }
    assert.equal((await one.find({ attribute: { key: 'EventName', value: 'Two' }, limit: 500 })).length, 150)
    const report = await two.verify()
    assert.deepEqual([report.sound, report.records], [true, 301])
  }
  clock.advance(91 * 86_400)
  await using one = await openNode(url, sealer, clock)
  const recent = auditRecord({ eventTime: '2026-05-31T12:00:00Z' })
  await one.store.record([recent])
  const left = async () => {
    await one.find()
    const counts = 'SELECT (SELECT COUNT(*) FROM lookup_lists) AS lists, (SELECT COUNT(*) FROM lookup_terms) AS terms'
    return (await one.store.read((sql) => sql.all<{ lists: number; terms: number }>(counts)))[0]
  }
  let counts = await left()
  for (let asked = 0; asked < 100 && counts?.terms !== 0; asked++) {
    await new Promise((resolve) => setTimeout(resolve, 50))
    counts = await left()
  }
  assert.deepEqual(counts, { lists: 0, terms: 0 })
  assert.deepEqual(await one.find(), [JSON.stringify(recent)])
  const report = await one.verify()
  assert.deepEqual([report.sound, report.records], [true, 302])
})
