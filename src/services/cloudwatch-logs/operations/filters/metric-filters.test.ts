import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { DescribeAlarmsOutput, GetMetricStatisticsOutput } from '@aws-sdk/client-cloudwatch'
import type { DescribeLogGroupsResponse, DescribeMetricFiltersResponse } from '@aws-sdk/client-cloudwatch-logs'
import type { CreateTopicResponse } from '@aws-sdk/client-sns'
import { minuteMs } from '../../../../core/durations.ts'
import { accountId } from '../../../../testing/callers.ts'
import { cloudwatch } from '../../../cloudwatch/cloudwatch.ts'
import { sns } from '../../../sns/sns.ts'
import { sqs } from '../../../sqs/sqs.ts'
import { metricFilters } from '../../storage/collections.ts'
import { logsFixture } from '../../testing.ts'

async function metricFixture() {
  const fixture = await logsFixture({ modules: [cloudwatch, sns, sqs] })
  const to = await fixture.group('g')
  const filter = (filterName: string, filterPattern: string, transformation: object = {}, logGroupName = 'g') =>
    fixture.logs('PutMetricFilter', {
      ...{ logGroupName, filterName, filterPattern },
      metricTransformations: [{ metricName: filterName, metricNamespace: 'App', metricValue: '1', ...transformation }],
    })
  return {
    ...fixture,
    to,
    filter,
    statistics: async (MetricName: string, Dimensions: object[] = []) => {
      const nowMs = fixture.clock.nowMs()
      const { Datapoints = [] } = (await fixture.call('monitoring', 'GetMetricStatistics', {
        ...{ Namespace: 'App', MetricName, Dimensions, Period: 60, Statistics: ['Sum', 'SampleCount'] },
        ...{ StartTime: new Date(nowMs - 10 * minuteMs), EndTime: new Date(nowMs + minuteMs) },
      })) as GetMetricStatisticsOutput
      return Datapoints.map(({ Sum, SampleCount }) => [Sum, SampleCount])
    },
  }
}

test('scenario 20: an event that a metric filter matches raises the alarm on its metric, and one message of SNS', async () => {
  const { to, filter, put, call, advance, settle, faults } = await metricFixture()
  await filter('DeleteTrail', '{ $.eventName = "DeleteTrail" }')
  const { TopicArn } = (await call('sns', 'CreateTopic', { Name: 'alarms' })) as CreateTopicResponse
  const queueArn = `arn:aws:sqs:us-east-1:${accountId}:alarms`
  const statement = { Effect: 'Allow', Principal: '*', Action: 'sqs:SendMessage', Resource: queueArn }
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [statement] })
  const { QueueUrl } = (await call('sqs', 'CreateQueue', { QueueName: 'alarms', Attributes: { Policy } })) as {
    QueueUrl: string
  }
  await call('sns', 'Subscribe', { TopicArn, Protocol: 'sqs', Endpoint: queueArn })
  await call('monitoring', 'PutMetricAlarm', {
    ...{ AlarmName: 'trails', Namespace: 'App', MetricName: 'DeleteTrail', Statistic: 'Sum', Period: 60 },
    ...{ EvaluationPeriods: 1, Threshold: 1, ComparisonOperator: 'GreaterThanOrEqualToThreshold' },
    AlarmActions: [TopicArn],
  })
  await put(to, ['{"eventName":"CreateTrail"}', '{"eventName":"DeleteTrail"}'])
  await settle()
  await advance(2 * minuteMs)
  const { MetricAlarms } = (await call('monitoring', 'DescribeAlarms', {})) as DescribeAlarmsOutput
  const received = (await call('sqs', 'ReceiveMessage', { QueueUrl, MaxNumberOfMessages: 10 })) as {
    Messages?: { Body: string }[]
  }
  const messages = (received.Messages ?? []).map(({ Body }) => JSON.parse(JSON.parse(Body).Message))
  assert.equal(MetricAlarms?.length, 1)
  assert.deepEqual(
    messages.filter(({ NewStateValue }) => NewStateValue === 'ALARM').map(({ AlarmName }) => AlarmName),
    ['trails'],
  )
  assert.deepEqual(faults, [])
})

test('metric filters publish numbers, fields, default values and dimensions, for what comes after them', async () => {
  const { to, filter, put, settle, statistics, faults } = await metricFixture()
  await put(to, ['{"ms":1000}'])
  await filter('latency', '{ $.ms > 0 }', { metricValue: '$.ms' })
  await filter('errors', 'ERROR', { defaultValue: 0 })
  await filter('by-host', '[host, ms]', { metricValue: '$ms', dimensions: { Host: '$host' } })
  await put(to, [
    ['{"ms":10}', 5 * minuteMs],
    ['{"ms":20}', 5 * minuteMs],
    ['{"ms":"x"}', 5 * minuteMs],
    ['a 5', 0],
    ['b 7', 0],
    ['a 5', 0],
    ['b none', 0],
  ])
  await settle()
  assert.deepEqual(await statistics('latency'), [[30, 2]])
  assert.deepEqual(await statistics('errors'), [
    [0, 1],
    [0, 1],
  ])
  assert.deepEqual(await statistics('by-host', [{ Name: 'Host', Value: 'a' }]), [[10, 2]])
  assert.deepEqual(await statistics('by-host', [{ Name: 'Host', Value: 'b' }]), [[7, 1]])
  await put(to, ['ERROR', 'ERROR'])
  await settle()
  assert.deepEqual((await statistics('errors')).at(-1), [2, 3])
  assert.deepEqual(faults, [])
})

test('metric filters are changed, listed and deleted, and counted by their group', async () => {
  const { logs, filter, group, settle, store } = await metricFixture()
  await group('h', [])
  for (const name of ['b', 'a1', 'a2']) await filter(name, 'x')
  await filter('c', 'y', { metricName: 'a1' }, 'h')
  await filter('b', 'z', { unit: 'Count' })
  const list = async (input: object) => {
    const { metricFilters: found = [] } = await logs<DescribeMetricFiltersResponse>('DescribeMetricFilters', input)
    return found
  }
  const names = async (input: object) => (await list(input)).map(({ filterName }) => filterName).join(' ')
  assert.equal(await names({ logGroupName: 'g' }), 'a1 a2 b')
  assert.equal(await names({ logGroupName: 'g', filterNamePrefix: 'a' }), 'a1 a2')
  assert.equal((await names({ filterNamePrefix: 'a' })).length, 5)
  assert.deepEqual((await names({ metricNamespace: 'App', metricName: 'a1' })).split(' ').sort(), ['a1', 'c'])
  assert.equal(await names({ logGroupName: 'g', metricNamespace: 'App', metricName: 'a2' }), 'a2')
  const [b] = await list({ logGroupName: 'g', filterNamePrefix: 'b' })
  assert.deepEqual(
    [b?.filterPattern, b?.metricTransformations],
    ['z', [{ metricName: 'b', metricNamespace: 'App', metricValue: '1', unit: 'Count' }]],
  )
  const count = async () => {
    const { logGroups } = await logs<DescribeLogGroupsResponse>('DescribeLogGroups', { logGroupNamePrefix: 'g' })
    return logGroups?.[0]?.metricFilterCount
  }
  assert.equal(await count(), 3)
  await logs('DeleteMetricFilter', { logGroupName: 'g', filterName: 'b' })
  assert.equal(await count(), 2)
  await assert.rejects(logs('DeleteMetricFilter', { logGroupName: 'g', filterName: 'b' }), {
    code: 'ResourceNotFoundException',
  })
  await assert.rejects(list({ metricName: 'a' }), { code: 'InvalidParameterException' })
  await logs('DeleteLogGroup', { logGroupName: 'g' })
  await settle()
  assert.equal((await store.in(metricFilters).list({ accountId, region: 'us-east-1' })).length, 1)
})

test('metric filters out of their limits are refused', async () => {
  const { filter, group } = await metricFixture()
  await group('ia', [], { logGroupClass: 'INFREQUENT_ACCESS' })
  const refused = { code: 'InvalidParameterException' }
  await assert.rejects(filter('f', 'x', {}, 'ia'), refused)
  for (const transformation of [
    { metricValue: 'x' },
    { metricNamespace: 'AWS/Lambda' },
    { metricName: '' },
    { dimensions: { a: '$.a', b: '$.b', c: '$.c', d: '$.d' } },
    { dimensions: { a: '$.a' }, defaultValue: 0 },
    { dimensions: { a: 'constant' } },
  ]) {
    await assert.rejects(filter('f', '{ $.a = 1 }', transformation), refused, JSON.stringify(transformation))
  }
  await assert.rejects(filter('f', 'x', { dimensions: { a: '$.a' } }), refused)
  await assert.rejects(filter('f', 'x:y'), refused)
  for (let n = 0; n < 5; n++) await filter(`e${n}`, `%x${n}%`)
  await assert.rejects(filter('e5', '%x5%'), { code: 'LimitExceededException' })
  for (let n = 5; n < 100; n++) await filter(`f${n}`, 'x')
  await assert.rejects(filter('more', 'x'), {
    code: 'LimitExceededException',
    message: 'Resource limit exceeded.',
  })
  await filter('f5', 'y')
})

test('what CloudWatch refuses of a batch keeps nothing else of it from being published', async () => {
  const { to, filter, put, settle, statistics, faults } = await metricFixture()
  await filter('users', '{ $.ms > 0 }', { metricValue: '$.ms', dimensions: { User: '$.user' } })
  await put(to, ['{"user":"anna","ms":1}', '{"user":"günther","ms":2}', '{"user":"berta","ms":1e300}'])
  await settle()
  assert.deepEqual(await statistics('users', [{ Name: 'User', Value: 'anna' }]), [[1, 1]])
  assert.deepEqual(faults, [])
})
