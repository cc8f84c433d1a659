import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { FixedClock } from '../../../test/fixtures/call.ts'
import type { AuditRecord } from '../../core/audit.ts'
import { type EventPosition, type EventQuery, type LookupKey, lookupKeys } from '../../core/event-history.ts'
import { createScheduler } from '../../scheduler/scheduler.ts'
import { openStore } from '../../storage/open-store.ts'
import { randomSealer } from '../../storage/testing.ts'
import { eventually } from '../../testing/eventually.ts'
import { createLedger } from '../ledger.ts'
import { auditRecord } from '../testing.ts'
import { eventFacts, valuesOf } from './event-facts.ts'
import { LookupIndex } from './lookup-index.ts'

const accountId = '111122223333'
const region = 'us-east-1'
const dayS = 86_400

/** A ledger in memory, with its index in the same database. */
async function memoryLedger(clock = new FixedClock(), maxRecords?: number, maxAgeMs?: number) {
  const faults: unknown[] = []
  const retention = { maxRecords, maxAgeMs, reason: 'too many' }
  const ledger = createLedger({ clock, retention, onFault: (fault) => faults.push(fault), onAlarm: assert.fail })
  const database = { kind: 'sqlite', file: ':memory:' } as const
  const sealer = randomSealer()
  const store = await openStore({ database, sealer, appender: ledger.appender, migrations: ledger.migrations })
  await ledger.start(store, sealer)
  const find = (query: Partial<EventQuery> = {}) =>
    ledger.find({ accountId, region, fromMs: Number.NEGATIVE_INFINITY, limit: 50, ...query })
  return {
    clock,
    sealer,
    store,
    ledger,
    faults,
    find,
    findIds: async (query: Partial<EventQuery> = {}) =>
      (await find(query)).records.map((record) => (JSON.parse(record) as AuditRecord).eventID),
    count: async (table: string) => {
      const [row] = await store.read((sql) => sql.all<{ total: number }>(`SELECT COUNT(*) AS total FROM ${table}`))
      return row?.total
    },
    async [Symbol.asyncDispose]() {
      await ledger.stop()
      await store.close()
      assert.deepEqual(faults, [])
    },
  }
}

const at = (time: string | number) => `${new Date(time).toISOString().slice(0, 19)}Z`

test('an event is found at once after it was recorded, newest first, as the text that was recorded', async () => {
  await using ledger = await memoryLedger()
  const records = [auditRecord(), auditRecord({ errorMessage: 'ünïcode' })]
  for (const record of records) {
    await ledger.store.record([record])
    assert.equal((await ledger.find()).records[0], JSON.stringify(record))
  }
  assert.deepEqual(await ledger.findIds(), records.map(({ eventID }) => eventID).reverse())
})

test('data events, other accounts and other regions are not in the history', async () => {
  await using ledger = await memoryLedger()
  await ledger.store.record([
    auditRecord({ eventCategory: 'Data', managementEvent: false }),
    auditRecord({ recipientAccountId: '444455556666' }),
    auditRecord({ awsRegion: 'eu-west-1' }),
  ])
  assert.deepEqual(await ledger.findIds(), [])
  assert.equal((await ledger.findIds({ region: 'eu-west-1' })).length, 1)
  assert.equal((await ledger.findIds({ accountId: '444455556666' })).length, 1)
})

test('an event id is looked up in the account and region that ask, and within the times', async () => {
  await using ledger = await memoryLedger()
  const mine = auditRecord()
  const data = auditRecord({ eventCategory: 'Data' })
  await ledger.store.record([mine, data])
  const attribute = { key: 'EventId', value: mine.eventID } as const
  const timeMs = Date.parse(mine.eventTime)
  assert.deepEqual(await ledger.findIds({ attribute, fromMs: timeMs, toMs: timeMs }), [mine.eventID])
  for (const other of [
    { region: 'eu-west-1' },
    { accountId: '444455556666' },
    { fromMs: timeMs + 1 },
    { toMs: timeMs - 1 },
  ]) {
    assert.deepEqual(await ledger.findIds({ attribute, ...other }), [], JSON.stringify(other))
  }
  for (const value of [data.eventID, mine.eventID.toUpperCase(), mine.eventID.replaceAll('-', ''), 'no id', '']) {
    assert.deepEqual(await ledger.findIds({ attribute: { key: 'EventId', value } }), [], value)
  }
})

test('values that are long, or no plain text, are found by exactly themselves', async () => {
  await using ledger = await memoryLedger()
  const names = ['x'.repeat(2000), `${'x'.repeat(1999)}y`, '=x', '#x', 'a\0b', '\ud800', '\ufffd', 'É', 'e\u0301']
  for (const name of names) await ledger.store.record([auditRecord({ eventName: name })])
  for (const value of names) {
    const { records } = await ledger.find({ attribute: { key: 'EventName', value } })
    assert.deepEqual(
      records.map((record) => JSON.parse(record).eventName),
      [value],
    )
  }
  assert.deepEqual(await ledger.findIds({ attribute: { key: 'EventName', value: 'decrypt' } }), [])
})

test('two nodes that index the same ledger do it once', async () => {
  await using ledger = await memoryLedger()
  const other = createLedger({ clock: ledger.clock, onFault: assert.fail, onAlarm: assert.fail })
  await other.start(ledger.store, ledger.sealer)
  await ledger.store.record(Array.from({ length: 300 }, () => auditRecord()))
  const query = { accountId, region, fromMs: 0, limit: 50 }
  const pages = await Promise.all([ledger.find(), other.find(query)])
  assert.deepEqual(pages[0], pages[1])
  await other.stop()
  assert.deepEqual([await ledger.count('lookup_segments'), await ledger.count('lookup_event_ids')], [2, 300])
  assert.equal(await ledger.count('lookup_lists'), 2 * 6)
  assert.deepEqual(await ledger.find(), pages[0])
})

test('what has left the history is not found, leaves the index by segments, and stays in the ledger', async () => {
  const clock = new FixedClock()
  await using ledger = await memoryLedger(clock)
  const old = Array.from({ length: 600 }, (_, n) =>
    auditRecord({ eventName: `Old${n % 3}`, resources: [{ type: 'AWS::KMS::Key', ARN: `arn:${n}` }] }),
  )
  await ledger.store.record(old)
  await ledger.find()
  clock.advance(89 * dayS)
  const recent = auditRecord({ eventTime: at(clock.timeMs), eventName: 'Old1' })
  await ledger.store.record([recent])
  assert.equal((await ledger.findIds()).length, 50)
  clock.advance(2 * dayS)
  const last = auditRecord({ eventTime: at(clock.timeMs), eventName: 'New' })
  await ledger.store.record([last])
  const segmentsLeft = async () => {
    await ledger.findIds()
    return ledger.count('lookup_segments')
  }
  // What was filed after the first two segments is too young to go with them.
  assert.equal(await eventually(segmentsLeft, (left) => left === 0), 0)
  for (const table of ['lists', 'event_ids', 'terms']) assert.equal(await ledger.count(`lookup_${table}`), 0)
  assert.deepEqual(await ledger.findIds(), [last.eventID, recent.eventID])
  assert.deepEqual(await ledger.findIds({ attribute: { key: 'EventName', value: 'Old1' } }), [recent.eventID])
  for (const event of [old[0], old[599]]) {
    assert.deepEqual(await ledger.findIds({ attribute: { key: 'EventId', value: event?.eventID ?? '' } }), [])
  }
  assert.equal(await ledger.count('ledger_records'), 602)
})

const startMs = Date.parse('2026-03-01T12:00:00Z')

/** Few values each, so that events share them. */
const events = fc.record({
  second: fc.integer({ min: 0, max: 12 }),
  eventName: fc.constantFrom('Encrypt', 'Decrypt', 'encrypt'),
  eventSource: fc.constantFrom('kms.amazonaws.com', 'iam.amazonaws.com'),
  user: fc.constantFrom('alice', 'bob'),
  readOnly: fc.boolean(),
  resources: fc.array(fc.constantFrom('arn:aws:kms:x:1:key/1', 'arn:aws:kms:x:1:key/2'), { maxLength: 2 }),
  awsRegion: fc.constantFrom(region, region, region, 'eu-west-1'),
  recipientAccountId: fc.constantFrom(accountId, accountId, accountId, '444455556666'),
  eventCategory: fc.constantFrom<AuditRecord['eventCategory']>('Management', 'Management', 'Data'),
})

const queries = fc.record({
  key: fc.option(fc.constantFrom(...lookupKeys), { nil: undefined }),
  /** Which of the values that occur is asked for. */
  pick: fc.nat(),
  from: fc.integer({ min: -1000, max: 13_000 }),
  length: fc.option(fc.integer({ min: -500, max: 14_000 }), { nil: undefined }),
  limit: fc.integer({ min: 1, max: 9 }),
})

const toRecord = ({
  second,
  user,
  resources,
  ...members
}: (typeof events)['generate'] extends never ? never : EventSeed) =>
  auditRecord({
    ...members,
    eventTime: at(startMs + second * 1000),
    userIdentity: { type: 'IAMUser', userName: user, accessKeyId: `AKIA${user}` },
    resources: resources.map((ARN) => ({ type: 'AWS::KMS::Key', ARN })),
  })

type EventSeed = typeof events extends fc.Arbitrary<infer Seed> ? Seed : never

test('pages of any lookup hold what a look at every record finds, in segments or not, each once and in order', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(events, { maxLength: 40 }),
      fc.array(queries, { maxLength: 12 }),
      async (seeds, asked) => {
        await using ledger = await memoryLedger()
        await using small = smallSegments(ledger)
        const records = seeds.map(toRecord)
        for (let from = 0; from < records.length; from += 7) await ledger.store.record(records.slice(from, from + 7))
        for (const { key, pick, from, length, limit } of asked) {
          const attribute = key && { key, value: valueAmong(records, key, pick) }
          const fromMs = startMs + from
          const query = { attribute, fromMs, toMs: length === undefined ? undefined : fromMs + length, limit }
          const found = expected(records, query)
          assert.deepEqual(await allPages(ledger.find, query), found)
          assert.deepEqual(await allPages(small.find, query), found)
        }
      },
    ),
    { numRuns: 40 },
  )
})

/** Another index of the same ledger, which has filed most of the events while the ledger's own still holds them all. */
function smallSegments({ store, clock }: Awaited<ReturnType<typeof memoryLedger>>) {
  const options = { ledger: store, index: store, batchSize: 3, segmentSize: 5, nowMs: () => clock.nowMs() }
  const index = new LookupIndex({ ...options, onFault: assert.fail })
  return {
    find: (query: Partial<EventQuery>) => index.find({ accountId, region, fromMs: 0, limit: 50, ...query }),
    [Symbol.asyncDispose]: () => index.stop(),
  }
}

function valueAmong(records: readonly AuditRecord[], key: LookupKey, pick: number): string {
  const values = records.flatMap((record) => valuesOf(eventFacts(record), key))
  return values[pick % (values.length + 1)] ?? 'nothing has this value'
}

async function allPages(
  find: (query: Partial<EventQuery>) => Promise<{ records: string[]; next?: EventPosition }>,
  query: Partial<EventQuery> & { limit: number },
): Promise<string[]> {
  const found: string[] = []
  let after: EventPosition | undefined
  do {
    const { records, next } = await find({ ...query, after })
    assert.equal(records.length === query.limit || next === undefined, true)
    found.push(...records.map((record) => JSON.parse(record).eventID))
    after = next
  } while (after)
  return found
}

function expected(records: readonly AuditRecord[], { attribute, fromMs, toMs = Infinity }: Partial<EventQuery>) {
  return records
    .map((record, seq) => ({ record, seq, timeMs: Date.parse(record.eventTime) }))
    .filter(({ record, timeMs }) => timeMs >= (fromMs ?? 0) && timeMs <= toMs && inHistory(record))
    .filter(({ record }) => !attribute || valuesOf(eventFacts(record), attribute.key).includes(attribute.value))
    .sort((a, b) => b.timeMs - a.timeMs || b.seq - a.seq)
    .map(({ record }) => record.eventID)
}

const inHistory = (record: AuditRecord) =>
  record.recipientAccountId === accountId && record.awsRegion === region && record.eventCategory === 'Management'

test('a ledger that keeps its latest records forgets the oldest ones, their index and their checkpoints', async () => {
  await using ledger = await memoryLedger(new FixedClock(), 1000)
  const [first, last] = [auditRecord(), auditRecord()]
  await ledger.store.record([first])
  for (let round = 0; round < 30; round++) await ledger.store.record(Array.from({ length: 200 }, () => auditRecord()))
  await ledger.store.record([last])
  assert.deepEqual(await ledger.findIds({ limit: 1 }), [last.eventID])
  // Segments of 256, and the slice that is indexed together, come on top of what is kept.
  const kept = await eventually(
    () => ledger.count('ledger_records'),
    (count = 0) => count < 1000 + 256 + 64,
  )
  assert.ok(kept !== undefined && kept >= 1000, `${kept} records are kept`)
  const lookedUp = { attribute: { key: 'EventId', value: first.eventID } as const }
  assert.deepEqual(await ledger.findIds(lookedUp), [])
  assert.deepEqual(await ledger.findIds({ attribute: { key: 'EventId', value: last.eventID } }), [last.eventID])
  for (const [table, most] of [
    ['lookup_event_ids', 1320],
    ['lookup_segments', 6],
    ['ledger_checkpoints', 8],
  ] as const) {
    const count = await ledger.count(table)
    assert.ok(count !== undefined && count <= most, `${table} holds ${count} rows`)
  }
})

test('a ledger of data events alone, which are in no history, forgets its oldest records too', async () => {
  await using ledger = await memoryLedger(new FixedClock(), 1000)
  const data = () => auditRecord({ eventCategory: 'Data', managementEvent: false })
  for (let round = 0; round < 20; round++) await ledger.store.record(Array.from({ length: 200 }, data))
  assert.deepEqual(await ledger.findIds(), [])
  await eventually(
    () => ledger.count('ledger_records'),
    (count = 0) => count < 1000 + 256 + 64,
  )
  assert.ok(((await ledger.count('ledger_records')) ?? 0) < 1320)
})

test('when records leave a ledger by their age, lookups by any key find the rest', async () => {
  const clock = new FixedClock()
  await using ledger = await memoryLedger(clock, undefined, dayS * 1000)
  const kept: AuditRecord[] = []
  for (const count of [300, 200, 100]) {
    const records = Array.from({ length: count }, (_, n) =>
      auditRecord({ eventName: `Event${n % 7}`, eventTime: at(clock.timeMs), readOnly: n % 2 === 0 }),
    )
    await ledger.store.record(records)
    // What is found is filed in segments that do not end where the retention cuts.
    await ledger.find()
    if (count < 300) kept.push(...records)
    clock.advance(count === 300 ? dayS : dayS / 4)
  }
  clock.advance(dayS / 4)
  const runners = ledger.ledger.work(new AbortController().signal)
  const scheduler = createScheduler({ store: ledger.store, clock, runners, onError: assert.fail })
  await ledger.ledger.scheduleWork(ledger.store)
  await scheduler.runDue()
  assert.equal(await ledger.count('ledger_records'), 600 - 256)
  assert.equal(await ledger.count('lookup_event_ids WHERE seq <= 256'), 0)
  for (const key of lookupKeys) {
    for (const value of new Set(kept.flatMap((record) => valuesOf(eventFacts(record), key)))) {
      const expected = kept.filter((record) => valuesOf(eventFacts(record), key).includes(value))
      const found = await ledger.findIds({ attribute: { key, value }, limit: 500 })
      assert.deepEqual(found.toSorted(), expected.map(({ eventID }) => eventID).toSorted(), `${key} ${value}`)
    }
  }
})
