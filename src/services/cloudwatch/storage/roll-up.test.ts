import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dayMs, hourMs, minuteMs } from '../../../core/durations.ts'
import { cloudWatchFixture } from '../testing.ts'
import { service } from './tables.ts'

const day = (fixture: Awaited<ReturnType<typeof cloudWatchFixture>>, startMs: number, Period: number) =>
  fixture.statistics({
    ...{ Statistics: ['Sum', 'Maximum'], ExtendedStatistics: ['p50'], Period },
    StartTime: new Date(startMs),
    EndTime: new Date(startMs + hourMs),
  })

const resolutionsOf = async ({ store }: Awaited<ReturnType<typeof cloudWatchFixture>>) => {
  const rows = await store
    .sql(service)
    .all<{ resolution: number; count: number }>(
      'SELECT resolution, COUNT(*) AS count FROM monitoring_data GROUP BY resolution ORDER BY resolution',
    )
  return rows.map(({ resolution, count }) => `${count} of ${resolution} s`)
}

test('data are put together to five minutes after 15 days and to hours after 63, and are gone after 455', async () => {
  const fixture = await cloudWatchFixture()
  const { put, clock, advance, faults } = fixture
  const startMs = clock.timeMs
  const data = Array.from({ length: 60 }, (_, n) => ({
    ...{ MetricName: 'Latency', Value: n, StorageResolution: n % 2 === 0 ? 1 : 60 },
    Timestamp: new Date(startMs + n * minuteMs),
  }))
  await put(...data)
  assert.deepEqual(await resolutionsOf(fixture), ['30 of 1 s', '60 of 60 s'])
  await advance(2 * dayMs)
  assert.deepEqual(await resolutionsOf(fixture), ['60 of 60 s'])
  assert.equal((await day(fixture, startMs, 60)).length, 60)
  await advance(13 * dayMs + hourMs)
  assert.equal((await day(fixture, startMs, 60)).length, 0)
  const waiting = await day(fixture, startMs, 300)
  await advance(2 * dayMs)
  assert.deepEqual(await resolutionsOf(fixture), ['12 of 300 s'])
  const fives = await day(fixture, startMs, 300)
  assert.deepEqual(fives, waiting)
  assert.equal(fives.length, 12)
  assert.equal(fives[1]?.Sum, 5 + 6 + 7 + 8 + 9)
  assert.deepEqual(fives[1]?.ExtendedStatistics, { p50: 7 })
  await advance(60 * dayMs)
  assert.deepEqual(await resolutionsOf(fixture), ['1 of 3600 s'])
  assert.equal((await day(fixture, startMs, 300)).length, 0)
  const [hour] = await day(fixture, startMs, 3600)
  assert.deepEqual([hour?.Sum, hour?.Maximum, hour?.ExtendedStatistics], [1770, 59, { p50: 29 }])
  await advance(378 * dayMs)
  assert.equal((await day(fixture, startMs, 3600)).length, 0)
  await advance(70 * dayMs)
  assert.deepEqual(await resolutionsOf(fixture), [])
  assert.deepEqual(faults, [])
})

test('much data are put together in slices', async () => {
  const fixture = await cloudWatchFixture()
  const { put, clock, advance, store, faults } = fixture
  for (let part = 0; part < 3; part++) {
    await put(
      ...Array.from({ length: 300 }, (_, n) => ({
        ...{ MetricName: `m${n}`, Value: 1 },
        Timestamp: new Date(clock.timeMs + part * minuteMs),
      })),
    )
  }
  await advance(17 * dayMs)
  assert.deepEqual(await resolutionsOf(fixture), ['300 of 300 s'])
  await advance(520 * dayMs)
  assert.deepEqual(await store.sql(service).all('SELECT series FROM monitoring_series'), [])
  assert.deepEqual(faults, [])
})
