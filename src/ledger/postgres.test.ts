import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { FixedClock } from '../../test/fixtures/call.ts'
import { startPostgres } from '../../test/fixtures/postgres.ts'
import type { Sealer } from '../core/sealer.ts'
import { createScheduler } from '../scheduler/scheduler.ts'
import { openStore } from '../storage/open-store.ts'
import { randomSealer } from '../storage/testing.ts'
import { eventually } from '../testing/eventually.ts'
import { createLedger } from './ledger.ts'
import type { RetentionRule } from './retention.ts'
import { auditRecord, keyOf } from './testing.ts'
import { verifyLedger } from './verify.ts'

const postgres = await startPostgres()
const skip = typeof postgres === 'string' ? postgres : false

after(async () => {
  if (typeof postgres !== 'string') await postgres.stop()
})

/** One of several servers on one database. */
async function openNode(url: string, sealer: Sealer, clock: FixedClock, retention?: RetentionRule) {
  const ledger = createLedger({ clock, retention, onFault: assert.fail, onAlarm: assert.fail })
  const database = { kind: 'postgres', url } as const
  const store = await openStore({ database, sealer, appender: ledger.appender, migrations: ledger.migrations })
  await ledger.start(store, sealer)
  return {
    ledger,
    store,
    scheduler: createScheduler({
      store,
      clock,
      runners: ledger.work(new AbortController().signal),
      onError: assert.fail,
    }),
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
  assert.deepEqual(await eventually(left, (counts) => counts?.terms === 0), { lists: 0, terms: 0 })
  assert.deepEqual(await one.find(), [JSON.stringify(recent)])
  const report = await one.verify()
  assert.deepEqual([report.sound, report.records], [true, 302])
})

test('of nodes that share a database either removes what is older than the retention, and both find the rest', {
  skip,
}, async () => {
  if (typeof postgres === 'string') return
  const url = await postgres.newDatabase()
  const clock = new FixedClock()
  const sealer = randomSealer()
  const retention = { maxAgeMs: 86_400_000, reason: 'older than 1d' }
  await using one = await openNode(url, sealer, clock, retention)
  await using two = await openNode(url, sealer, clock, retention)
  const record = async (eventName: string, count: number) => {
    const eventTime = clock.now().toISOString().replace('.000', '')
    await two.store.record(Array.from({ length: count }, () => auditRecord({ eventName, eventTime })))
  }
  await record('Old', 300)
  await one.find()
  clock.advance(2 * 86_400)
  await record('New', 200)
  for (const node of [one, two]) await node.ledger.scheduleWork(node.store)
  await Promise.all([one.scheduler.runDue(), two.scheduler.runDue()])
  for (const node of [one, two]) {
    const { sound, records, removed } = await node.verify()
    assert.deepEqual([sound, records, removed?.through], [true, 500, 256])
    assert.equal((await node.find({ limit: 500 })).length, 200)
    assert.equal((await node.find({ attribute: { key: 'EventName', value: 'Old' } })).length, 0)
  }
  const left = 'SELECT COUNT(*) AS events FROM lookup_event_ids WHERE seq <= 256'
  assert.deepEqual(await one.store.read((sql) => sql.all<{ events: number }>(left)), [{ events: 0 }])
  // The next record that can grow old does so a day from now.
  const nextMs = await one.store.nextDueAtMs(['ledger.retention'])
  assert.equal(nextMs, clock.timeMs + 86_400_000)
})
