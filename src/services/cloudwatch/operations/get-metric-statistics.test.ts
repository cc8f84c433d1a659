import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dayMs, hourMs, minuteMs, secondMs } from '../../../core/durations.ts'
import { cloudWatchFixture } from '../testing.ts'

test('GetMetricStatistics puts minutes together to periods from the minute in which the range begins', async () => {
  const { put, statistics, clock } = await cloudWatchFixture()
  const at = (minutes: number) => new Date(clock.timeMs - hourMs + minutes * minuteMs)
  await put(...[0, 1, 4, 5, 12].map((n) => ({ MetricName: 'Latency', Value: n, Timestamp: at(n) })))
  const found = await statistics({ Statistics: ['Sum'], Period: 300, StartTime: new Date(at(0).getTime() + 500) })
  assert.deepEqual(
    found.map(({ Timestamp, Sum }) => [Timestamp, Sum]),
    [
      [at(0), 5],
      [at(5), 5],
      [at(10), 12],
    ],
  )
})

test('metrics of high resolution are read by the second, others by the minute', async () => {
  const { put, statistics, clock } = await cloudWatchFixture()
  const start = clock.timeMs - 10 * minuteMs
  const at = (seconds: number) => new Date(start + seconds * secondMs)
  const StorageResolution = 1
  await put(...[0, 3, 12, 61].map((n) => ({ MetricName: 'Latency', Value: n, Timestamp: at(n), StorageResolution })), {
    MetricName: 'Latency',
    Value: 500,
    Timestamp: at(125),
  })
  const read = async (Period: number) => {
    const found = await statistics({ Statistics: ['Sum'], Period, StartTime: at(0) })
    return found.map(({ Timestamp, Sum }) => [(Number(Timestamp) - start) / secondMs, Sum])
  }
  assert.deepEqual(await read(10), [
    [0, 3],
    [10, 12],
    [60, 61],
    [120, 500],
  ])
  assert.deepEqual(await read(60), [
    [0, 15],
    [60, 61],
    [120, 500],
  ])
})

test('GetMetricStatistics has percentiles and the other extended statistics of values, and none of statistic sets', async () => {
  const { put, statistics, clock } = await cloudWatchFixture()
  const Values = Array.from({ length: 100 }, (_, n) => n + 1)
  const StatisticValues = { SampleCount: 2, Sum: 3, Minimum: 1, Maximum: 2 }
  await put(
    { MetricName: 'Latency', Values },
    { MetricName: 'Latency', StatisticValues, Timestamp: new Date(clock.timeMs - minuteMs) },
  )
  const ExtendedStatistics = ['p50', 'p99.9', 'tm90', 'IQM', 'PR(:25)', 'TC(10%:90%)', 'TS(98:)', 'wm90']
  const [found, ...more] = await statistics({ ExtendedStatistics })
  assert.deepEqual(more, [])
  assert.deepEqual(found?.ExtendedStatistics, {
    p50: 50,
    'p99.9': 100,
    tm90: 45.5,
    IQM: 50.5,
    'PR(:25)': 25,
    'TC(10%:90%)': 80,
    'TS(98:)': 199,
    wm90: (4095 + 900) / 100,
  })
  const [before] = await statistics({ ExtendedStatistics: ['p50'], Statistics: ['Sum'] })
  assert.deepEqual(before, {
    Timestamp: new Date(clock.timeMs - minuteMs),
    Sum: 3,
    Unit: 'None',
    ExtendedStatistics: {},
  })
})

test('GetMetricStatistics refuses too many data points, bad periods, ranges and statistics', async () => {
  const { statistics, clock } = await cloudWatchFixture()
  const EndTime = new Date(clock.timeMs)
  const of = (more: object) => statistics({ Statistics: ['Sum'], EndTime, ...more })
  await assert.rejects(of({ Period: 1, StartTime: new Date(clock.timeMs - dayMs) }), {
    code: 'InvalidParameterCombinationException',
    message:
      'You have requested up to 86400 datapoints, which exceeds the limit of 1440. You may reduce the datapoints requested by increasing Period, or decreasing the time range.',
  })
  await assert.rejects(of({ StartTime: EndTime }), {
    code: 'InvalidParameterValueException',
    message: 'The parameter StartTime must be less than the parameter EndTime.',
  })
  await assert.rejects(of({ Period: 90 }), { code: 'InvalidParameterValueException' })
  await assert.rejects(of({ Statistics: undefined }), {
    code: 'InvalidParameterCombinationException',
    message: 'Must specify either Statistics or ExtendedStatistics',
  })
  for (const name of ['p101', 'p', 'Sum', 'TM(90%:10%)', 'PR(1%:2%)', 'TM(:)', 'xx']) {
    await assert.rejects(of({ ExtendedStatistics: [name] }), {
      code: 'InvalidParameterValueException',
      message: `The value ${name} for parameter ExtendedStatistics.member.1 is not supported.`,
    })
  }
})
