import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FixedClock } from '../../test/fixtures/call.ts'
import { minuteMs } from '../core/durations.ts'
import { MetricBuffer } from './metric-buffer.ts'

const metric = {
  ...{ scope: { accountId: '111122223333', region: 'us-east-1' }, namespace: 'AWS/Lambda', name: 'Duration' },
  ...{ dimensions: { FunctionName: 'f' }, unit: 'Milliseconds' },
}

function buffer(most?: number) {
  const clock = new FixedClock()
  clock.timeMs -= clock.timeMs % minuteMs
  const faults: unknown[] = []
  let notices = 0
  const metrics = new MetricBuffer(clock, (fault) => faults.push(fault), most)
  metrics.onPending(() => notices++)
  return { clock, metrics, faults, notices: () => notices }
}

test('values are put together by metric and minute, and taken once', async () => {
  const { clock, metrics, notices } = buffer()
  for (const value of [5, 7, 5]) metrics.add(metric, value)
  metrics.add({ ...metric, dimensions: { FunctionName: 'g' } }, 1)
  clock.timeMs += minuteMs
  metrics.add(metric, 9)
  assert.equal(notices(), 1)
  const taken = await metrics.take()
  assert.deepEqual(
    taken.map(({ dimensions, minuteMs: atMs, values }) => [dimensions?.FunctionName, clock.timeMs - atMs, [...values]]),
    [
      [
        'f',
        minuteMs,
        [
          [5, 2],
          [7, 1],
        ],
      ],
      ['g', minuteMs, [[1, 1]]],
      ['f', 0, [[9, 1]]],
    ],
  )
  assert.deepEqual(await metrics.take(), [])
  metrics.giveBack(taken)
  metrics.giveBack(taken)
  const [again] = await metrics.take()
  assert.deepEqual(
    [...(again?.values ?? [])],
    [
      [5, 4],
      [7, 2],
    ],
  )
})

test('what is watched is read whenever values are taken, until its time is over or there is nothing to read', async () => {
  const { clock, metrics, faults } = buffer()
  let value: number | undefined = 3
  metrics.watch(metric, 2 * minuteMs, () => value)
  metrics.watch({ ...metric, name: 'Broken' }, 2 * minuteMs, () => Promise.reject(new Error('broken')))
  const read = async () => (await metrics.take()).flatMap(({ values }) => [...values.keys()])
  assert.deepEqual(await read(), [3])
  assert.equal(faults.length, 1)
  clock.timeMs += minuteMs
  assert.deepEqual(await read(), [3])
  clock.timeMs += minuteMs
  assert.deepEqual(await read(), [3])
  assert.deepEqual(await read(), [])
  metrics.watch(metric, 2 * minuteMs, () => value)
  value = undefined
  assert.deepEqual(await read(), [])
  value = 4
  assert.deepEqual(await read(), [])
})

test('memory is bounded: further metrics are not counted, and very many values are rounded', async () => {
  const { metrics } = buffer(2)
  for (const name of ['a', 'b', 'c']) metrics.add({ ...metric, name }, 1)
  assert.equal((await metrics.take()).length, 2)
  for (let n = 0; n < 100_000; n++) metrics.add(metric, 1 + n / 7)
  const [taken] = await metrics.take()
  assert.ok(taken && taken.values.size < 6000, `${taken?.values.size} values`)
  assert.equal(
    [...taken.values.values()].reduce((sum, count) => sum + count),
    100_000,
  )
})

test('nothing is kept where nothing takes it', async () => {
  const metrics = new MetricBuffer(new FixedClock(), () => {})
  metrics.add(metric, 1)
  metrics.watch(metric, minuteMs, () => 1)
  metrics.onPending(() => {})
  assert.deepEqual(await metrics.take(), [])
})
