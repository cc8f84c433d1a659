import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { dayMs, hourMs } from '../../src/core/durations.ts'
import { athenaFixture } from '../../src/services/athena/testing.ts'
import {
  cloudTrailTable,
  type TrailEvent,
  tenQueries,
  trailEvent,
  trailFile,
  trailKey,
} from '../../src/testing/trail-samples.ts'

// The ten queries over files of a trail, compared with the same questions to the events themselves.

const events: TrailEvent[] = []
let fixture: Awaited<ReturnType<typeof athenaFixture>>
let nowMs: number

before(async () => {
  fixture = await athenaFixture()
  fixture.clock.timeMs = Date.UTC(2026, 9, 6, 12)
  nowMs = fixture.clock.nowMs()
  await fixture.s3('CreateBucket', { Bucket: 'trail' })
  for (let day = 1; day <= 5; day++) {
    for (const half of [0, 1]) {
      const some = Array.from({ length: 40 }, (_, n) =>
        trailEvent(day * 80 + half * 40 + n, Date.UTC(2026, 9, day, half * 12) + n * 60_000),
      )
      events.push(...some)
      await fixture.put('trail', trailKey(`2026/10/0${day}`, half), trailFile(some))
    }
  }
  await fixture.query(cloudTrailTable('trail'))
})
after(() => fixture.stop())

const identity = ({ userIdentity }: TrailEvent) => userIdentity as Record<string, string | undefined>
const json = (value: unknown) => (value === undefined ? undefined : JSON.stringify(value))
const counted = (rows: (string | undefined)[][]) => {
  const counts = Map.groupBy(rows, (row) => JSON.stringify(row))
  return [...counts].map(([row, all]) => [...JSON.parse(row), String(all.length)] as string[])
}
const isDenied = ({ errorCode }: TrailEvent) => errorCode === 'AccessDenied'
const of = (source: string) => (event: TrailEvent) => event.eventSource === `${source}.amazonaws.com`

/** What each query finds, in the order of the ten. */
const expected: (() => (string | undefined)[][])[] = [
  () =>
    events
      .filter((event) => identity(event).type === 'Root')
      .map((event) => [event.eventTime, event.eventName, identity(event).arn, String(event.sourceIPAddress)]),
  () => counted(events.filter(isDenied).map((event) => [identity(event).arn, event.eventName])),
  () =>
    events
      .filter((event) => (event.responseElements as { ConsoleLogin?: string } | undefined)?.ConsoleLogin === 'Failure')
      .map((event) => [event.eventTime, identity(event).userName, String(event.sourceIPAddress)]),
  () =>
    events
      .filter((event) => (event.additionalEventData as { MFAUsed?: string } | undefined)?.MFAUsed === 'No')
      .filter((event) => identity(event).type === 'IAMUser')
      .map(({ eventID }) => [String(eventID)]),
  () =>
    events
      .filter((event) => identity(event).accessKeyId === 'AKIAUSER3' && /^2026-10-0[23]/.test(event.eventTime))
      .map((event) => [event.eventName, event.eventTime, json(event.requestParameters)]),
  () =>
    events
      .filter((event) => (event.requestParameters as { bucketName?: string } | undefined)?.bucketName === 'b1')
      .map((event) => [identity(event).arn, event.eventTime]),
  () =>
    events
      .filter(({ eventName }) => eventName.includes('SecurityGroup'))
      .map((event) => [event.eventName, identity(event).arn, json(event.requestParameters)]),
  () =>
    counted(
      events
        .filter(({ eventName }) => eventName === 'Decrypt')
        .flatMap(({ resources }) => (resources as { ARN: string }[]).map(({ ARN }) => [ARN])),
    ),
  () =>
    counted(
      events
        .filter(({ eventTime }) => Date.parse(eventTime) > nowMs - 7 * dayMs)
        .map(({ eventSource, eventName }) => [eventSource, eventName]),
    ),
  () =>
    counted(
      events
        .filter(({ tlsDetails }) => (tlsDetails as { tlsVersion: string }).tlsVersion === 'TLSv1.1')
        .map(({ eventSource }) => ['TLSv1.1', eventSource]),
    ),
]

const sorted = (rows: (string | undefined)[][]) => rows.map((row) => JSON.stringify(row)).sort()

test('CT7: the ten queries of the guide give what the files of a trail hold', async () => {
  for (const [index, text] of tenQueries.entries()) {
    const [names = [], ...rows] = await fixture.query(text)
    const id = names.indexOf('eventid')
    const shown = index === 3 ? rows.map((row) => [row[id]]) : rows
    const wanted = expected[index]?.() ?? []
    assert.ok(wanted.length > 0, text)
    assert.deepEqual(sorted(shown), sorted(wanted), text)
  }
})

test('an order that a query asks for is kept, and rows print as Athena prints them', async () => {
  const [, ...rows] = await fixture.query(`${tenQueries[0]} LIMIT 5`)
  const times = rows.map(([time = '']) => time)
  assert.deepEqual(times, times.toSorted().toReversed())
  const [, [row = ''] = []] = await fixture.query("SELECT useridentity FROM cloudtrail_logs WHERE eventid = 'e81'")
  assert.match(
    row,
    /^\{type=IAMUser, principalid=AIDAuser4, arn=[^,]+, accountid=111122223333, invokedby=null, accesskeyid=AKIAUSER4,/,
  )
})

test('conditions on the partition column decide which objects are read', async () => {
  const scanned = async (condition: string) => {
    const { Statistics } = await fixture.run(`SELECT count(*) FROM cloudtrail_logs WHERE ${condition}`)
    return Statistics?.DataScannedInBytes ?? 0
  }
  const all = await scanned('true')
  const one = await scanned(`"timestamp" = '2026/10/03'`)
  assert.ok(one > 0 && one < all / 4, `${one} of ${all}`)
  const before = fixture.store.records.length
  assert.equal(await scanned(`timestamp > '2026/10/05'`), 0)
  const read = fixture.store.records.slice(before).filter(({ eventName }) => eventName === 'GetObject')
  assert.deepEqual(read, [])
  const three = await scanned(`"timestamp" IN ('2026/10/01', '2026/10/02') OR "timestamp" LIKE '2026/10/04%'`)
  assert.ok(three > 2 * one && three < all, `${three} of ${all}`)
  const joined = await scanned(
    `"timestamp" = format_datetime(date_add('day', -3, now()), 'yyyy/MM/dd') AND eventsource LIKE 'k%'`,
  )
  assert.equal(joined, one)
})

test('events of each source add up to all of them, however they are asked for', async () => {
  const [, ...rows] = await fixture.query('SELECT eventsource, count(*) FROM cloudtrail_logs GROUP BY eventsource')
  for (const [source, count] of rows) assert.equal(Number(count), events.filter(of(source?.split('.')[0] ?? '')).length)
  const recent = events.filter(({ eventTime }) => Date.parse(eventTime) > nowMs - 30 * hourMs).length
  const [, [counted] = []] = await fixture.query(
    "SELECT count(*) FROM cloudtrail_logs WHERE date_parse(eventtime, '%Y-%m-%dT%H:%i:%sZ') > localtimestamp - interval '30' hour",
  )
  assert.equal(counted, String(recent))
})
