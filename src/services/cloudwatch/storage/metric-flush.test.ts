import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { GetMetricStatisticsOutput, Statistic } from '@aws-sdk/client-cloudwatch'
import { dayMs, hourMs, minuteMs } from '../../../core/durations.ts'
import { StoreUnavailableError } from '../../../core/store.ts'
import { accountId, region } from '../../../testing/callers.ts'
import { secretsManager } from '../../secrets-manager/secrets-manager.ts'
import { sqs } from '../../sqs/sqs.ts'
import { cloudWatchFixture } from '../testing.ts'

const scope = { accountId, region }
const metric = {
  ...{ scope, namespace: 'AWS/Lambda', name: 'Duration', unit: 'Milliseconds' },
  dimensions: { FunctionName: 'f' },
}

async function flushFixture(options: Parameters<typeof cloudWatchFixture>[0] = {}) {
  const fixture = await cloudWatchFixture({ modules: [sqs, secretsManager], ...options })
  const { cloudwatch, clock } = fixture
  return {
    ...fixture,
    /** The values of a statistic in the last three hours. */
    read: async (
      MetricName: string,
      Namespace: string,
      dimensions: Readonly<Record<string, string>>,
      statistic: Statistic = 'Sum',
    ) => {
      const { Datapoints = [] } = await cloudwatch<GetMetricStatisticsOutput>('GetMetricStatistics', {
        ...{ Namespace, MetricName, Period: 60, Statistics: [statistic] },
        Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })),
        StartTime: new Date(clock.timeMs - 3 * hourMs),
        EndTime: new Date(clock.timeMs + minuteMs),
      })
      return Datapoints.toSorted((a, b) => Number(a.Timestamp) - Number(b.Timestamp)).map((point) => point[statistic])
    },
  }
}

test('what services publish is in CloudWatch by the minute, and what is read waits for it', async () => {
  const { serviceMetrics, read, clock } = await flushFixture()
  serviceMetrics.add(metric, 3)
  serviceMetrics.add(metric, 4)
  clock.timeMs += minuteMs
  serviceMetrics.add(metric, 5)
  assert.deepEqual(await read('Duration', 'AWS/Lambda', metric.dimensions), [7, 5])
  serviceMetrics.add(metric, 1)
  assert.deepEqual(await read('Duration', 'AWS/Lambda', metric.dimensions), [7, 6])
})

test('it is written at the next minute, and when the server stops', async () => {
  const { serviceMetrics, advance, store, services } = await flushFixture()
  const count = async () => (await store.sql('monitoring').all('SELECT series FROM monitoring_data')).length
  serviceMetrics.add(metric, 3)
  assert.equal(await count(), 0)
  await advance(minuteMs)
  assert.equal(await count(), 1)
  serviceMetrics.add({ ...metric, name: 'Errors' }, 3)
  for (const { instance } of services) await instance.stop?.()
  assert.equal(await count(), 2)
})

test('what could not be written is written later', async () => {
  const broken = { yes: false }
  const { serviceMetrics, read, store } = await flushFixture()
  const { transaction } = store
  store.transaction = async (work) => {
    if (broken.yes) throw new StoreUnavailableError('the disk is full')
    return transaction.call(store, work) as never
  }
  serviceMetrics.add(metric, 3)
  broken.yes = true
  assert.deepEqual(await read('Duration', 'AWS/Lambda', metric.dimensions), [])
  broken.yes = false
  assert.deepEqual(await read('Duration', 'AWS/Lambda', metric.dimensions), [3])
})

test('an alarm on the metric of a service is evaluated with what was published in the minute before', async () => {
  const { cloudwatch, serviceMetrics, advance } = await flushFixture()
  await cloudwatch('PutMetricAlarm', {
    ...{ AlarmName: 'errors', Namespace: 'AWS/Lambda', MetricName: 'Errors', Statistic: 'Sum', Period: 60 },
    ...{ EvaluationPeriods: 1, Threshold: 1, ComparisonOperator: 'GreaterThanOrEqualToThreshold' },
  })
  await advance(10 * minuteMs)
  serviceMetrics.add({ ...metric, name: 'Errors', dimensions: {} }, 1)
  await advance(2 * minuteMs)
  const { MetricAlarms } = await cloudwatch<{ MetricAlarms: { StateValue: string }[] }>('DescribeAlarms', {})
  assert.equal(MetricAlarms[0]?.StateValue, 'ALARM')
})

test('SQS publishes what is sent, received and deleted, and for six hours how many messages there are', async () => {
  const { call, read, advance } = await flushFixture()
  const { QueueUrl } = (await call('sqs', 'CreateQueue', { QueueName: 'orders' })) as { QueueUrl: string }
  for (const MessageBody of ['a', 'b', 'c']) await call('sqs', 'SendMessage', { QueueUrl, MessageBody })
  const { Messages } = (await call('sqs', 'ReceiveMessage', { QueueUrl })) as { Messages: { ReceiptHandle: string }[] }
  await call('sqs', 'DeleteMessage', { QueueUrl, ReceiptHandle: Messages[0]?.ReceiptHandle })
  const of = (name: string, statistic?: Statistic) => read(name, 'AWS/SQS', { QueueName: 'orders' }, statistic)
  assert.deepEqual(await of('NumberOfMessagesSent'), [3])
  assert.deepEqual(await of('NumberOfMessagesReceived'), [1])
  assert.deepEqual(await of('NumberOfMessagesDeleted'), [1])
  await advance(2 * hourMs)
  assert.deepEqual(new Set((await of('ApproximateNumberOfMessagesVisible', 'Maximum')).slice(1)), new Set([2]))
  await advance(10 * dayMs)
  assert.deepEqual(await of('ApproximateNumberOfMessagesVisible', 'Maximum'), [])
})

test('Secrets Manager publishes every hour how many secrets there are', async () => {
  const { call, read, advance } = await flushFixture()
  const create = (Name: string) => call('secretsmanager', 'CreateSecret', { Name, ClientRequestToken: 'x'.repeat(32) })
  await create('a')
  await create('b')
  await advance(2 * hourMs)
  const dimensions = { Service: 'Secrets Manager', Type: 'Resource', Resource: 'SecretCount', Class: 'None' }
  assert.deepEqual(await read('ResourceCount', 'AWS/SecretsManager', dimensions), [2, 2])
})
