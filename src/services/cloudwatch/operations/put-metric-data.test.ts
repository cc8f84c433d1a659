import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { MetricDatum } from '@aws-sdk/client-cloudwatch'
import { dayMs, hourMs, minuteMs } from '../../../core/durations.ts'
import { alice } from '../../../testing/callers.ts'
import { cloudWatchFixture } from '../testing.ts'

test('PutMetricData adds values, values with counts and statistic sets of a minute together', async () => {
  const { put, statistics, clock } = await cloudWatchFixture()
  const Timestamp = new Date(clock.timeMs)
  await put({ MetricName: 'Latency', Value: 5, Timestamp }, { MetricName: 'Latency', Values: [1, 2], Counts: [3, 1] })
  await put({
    MetricName: 'Latency',
    StatisticValues: { SampleCount: 2, Sum: 30, Minimum: 10, Maximum: 20 },
    Timestamp: new Date(clock.timeMs + 59_999),
  })
  const found = await statistics({ Statistics: ['SampleCount', 'Sum', 'Minimum', 'Maximum', 'Average'] })
  assert.deepEqual(found, [
    { Timestamp, SampleCount: 7, Sum: 40, Minimum: 1, Maximum: 20, Average: 40 / 7, Unit: 'None' },
  ])
})

test('series with other dimensions, other Regions and other units are apart', async () => {
  const { put, statistics, cloudwatch } = await cloudWatchFixture()
  const Dimensions = [
    { Name: 'b', Value: '2' },
    { Name: 'a', Value: '1' },
  ]
  await put(
    { MetricName: 'Latency', Value: 1 },
    { MetricName: 'Latency', Value: 2, Dimensions },
    { MetricName: 'Latency', Value: 4, Unit: 'Seconds' },
  )
  await cloudwatch(
    'PutMetricData',
    { Namespace: 'App', MetricData: [{ MetricName: 'Latency', Value: 8 }] },
    { region: 'eu-west-1' },
  )
  const sums = async (more: object) =>
    (await statistics({ Statistics: ['Sum'], ...more })).map(({ Sum, Unit }) => `${Sum} ${Unit}`).sort()
  assert.deepEqual(await sums({}), ['1 None', '4 Seconds'])
  assert.deepEqual(await sums({ Unit: 'Seconds' }), ['4 Seconds'])
  assert.deepEqual(await sums({ Dimensions: Dimensions.toReversed() }), ['2 None'])
  assert.deepEqual(await sums({ Dimensions: Dimensions.slice(1) }), [])
})

const refused: readonly [what: string, datum: Omit<MetricDatum, 'MetricName'>, code: string, message: string][] = [
  [
    'a value and values',
    { Value: 1, Values: [1] },
    'InvalidParameterCombinationException',
    'The parameters MetricData.member.1.Value and MetricData.member.1.Values are mutually exclusive and you have specified both.',
  ],
  [
    'counts of another number than values',
    { Values: [1, 2], Counts: [1] },
    'InvalidParameterCombinationException',
    'The parameters MetricData.member.1.Values and MetricData.member.1.Counts must be of the same size.',
  ],
  [
    'no value',
    {},
    'InvalidParameterCombinationException',
    'At least one of the parameters MetricData.member.1.Value, MetricData.member.1.Values or MetricData.member.1.StatisticValues must be specified.',
  ],
  [
    'NaN',
    { Value: Number.NaN },
    'InvalidParameterValueException',
    'The value NaN for parameter MetricData.member.1.Value is invalid.',
  ],
  [
    'infinity among values',
    { Values: [1, Number.NEGATIVE_INFINITY] },
    'InvalidParameterValueException',
    'The value -Infinity for parameter MetricData.member.1.Values.member.2 is invalid.',
  ],
  [
    'a value over 2^360',
    { Value: 2 ** 361 },
    'InvalidParameterValueException',
    `The value ${2 ** 361} for parameter MetricData.member.1.Value is invalid.`,
  ],
  [
    '151 values',
    { Values: Array.from({ length: 151 }, (_, n) => n) },
    'InvalidParameterValueException',
    'The collection MetricData.member.1.Values must not have a size greater than 150.',
  ],
  [
    'a resolution of 30 seconds',
    { Value: 1, StorageResolution: 30 },
    'InvalidParameterValueException',
    'The parameter MetricData.member.1.StorageResolution must be a value in the set [ 1, 60 ].',
  ],
  [
    'a dimension given twice',
    {
      Value: 1,
      Dimensions: [
        { Name: 'a', Value: '1' },
        { Name: 'a', Value: '2' },
      ],
    },
    'InvalidParameterValueException',
    'The parameter MetricData.member.1.Dimensions has the dimension a more than once.',
  ],
  [
    'a dimension with letters that are not ASCII',
    { Value: 1, Dimensions: [{ Name: 'a', Value: 'ä' }] },
    'InvalidParameterValueException',
    'The value ä for parameter MetricData.member.1.Dimensions.member.1.Value contains non-ASCII characters.',
  ],
]

test('PutMetricData refuses bad data whole, in the words of AWS', async () => {
  const { put, metrics } = await cloudWatchFixture()
  for (const [what, datum, code, message] of refused) {
    const data = [
      { MetricName: 'Latency', ...datum },
      { MetricName: 'Other', Value: 1 },
    ]
    await assert.rejects(put(...data), { code, message }, what)
  }
  assert.deepEqual((await metrics()).Metrics, [])
})

test('PutMetricData takes data of the last two weeks and the next two hours', async () => {
  const { put, clock } = await cloudWatchFixture()
  const at = (ms: number) => put({ MetricName: 'Latency', Value: 1, Timestamp: new Date(clock.timeMs + ms) })
  await at(-14 * dayMs)
  await at(2 * hourMs)
  await assert.rejects(at(-14 * dayMs - minuteMs), {
    code: 'InvalidParameterValueException',
    message: 'The parameter MetricData.member.1.Timestamp must specify a time no more than two weeks in the past.',
  })
  await assert.rejects(at(2 * hourMs + minuteMs), {
    message: 'The parameter MetricData.member.1.Timestamp must specify a time within two hours of the current time.',
  })
})

test('PutMetricData refuses the namespaces of AWS, no data, and more than a thousand', async () => {
  const { cloudwatch, put } = await cloudWatchFixture()
  const data = [{ MetricName: 'Latency', Value: 1 }]
  await assert.rejects(cloudwatch('PutMetricData', { Namespace: 'AWS/EC2', MetricData: data }), {
    code: 'InvalidParameterValueException',
    message: 'The value AWS/EC2 for parameter Namespace is invalid.',
  })
  await assert.rejects(cloudwatch('PutMetricData', { Namespace: 'App' }), {
    code: 'MissingRequiredParameterException',
    message: 'The parameter MetricData is required.',
  })
  await assert.rejects(put(...Array.from({ length: 1001 }, () => ({ MetricName: 'Latency', Value: 1 }))), {
    code: 'InvalidParameterValueException',
    message: 'The collection MetricData must not have a size greater than 1000.',
  })
})

test('PutMetricData asks for its permission with cloudwatch:namespace', async () => {
  const { permissions, cloudwatch, putUser } = await cloudWatchFixture()
  assert.deepEqual(await permissions('monitoring', 'PutMetricData', { Namespace: 'App', MetricData: [] }), [
    { action: 'cloudwatch:PutMetricData', resource: '*', context: { 'cloudwatch:namespace': 'App' } },
  ])
  const policy = {
    Version: '2012-10-17',
    Statement: {
      ...{ Effect: 'Allow', Action: 'cloudwatch:PutMetricData', Resource: '*' },
      Condition: { StringEquals: { 'cloudwatch:namespace': 'App' } },
    },
  }
  await putUser(alice, [JSON.stringify(policy)])
  const MetricData = [{ MetricName: 'Latency', Value: 1 }]
  await cloudwatch('PutMetricData', { Namespace: 'App', MetricData }, { caller: alice })
  await assert.rejects(cloudwatch('PutMetricData', { Namespace: 'Other', MetricData }, { caller: alice }), {
    code: 'AccessDeniedException',
  })
})

test('calls about data are data events, and alone recorded where they are wanted', async () => {
  const { put, lastRecord } = await cloudWatchFixture()
  await put({ MetricName: 'Latency', Value: 1 })
  const { eventSource, eventName, eventCategory, managementEvent, readOnly } = lastRecord()
  assert.deepEqual(
    { eventSource, eventName, eventCategory, managementEvent, readOnly },
    {
      eventSource: 'monitoring.amazonaws.com',
      eventName: 'PutMetricData',
      eventCategory: 'Data',
      managementEvent: false,
      readOnly: false,
    },
  )
  const quiet = await cloudWatchFixture({ allDataEvents: false })
  await quiet.put({ MetricName: 'Latency', Value: 1 })
  await quiet.metrics()
  assert.equal(quiet.store.records.length, 0)
})
