import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import {
  CloudWatchClient,
  DescribeAlarmHistoryCommand,
  DescribeAlarmsCommand,
  GetMetricStatisticsCommand,
  ListMetricsCommand,
  PutMetricAlarmCommand,
  PutMetricDataCommand,
} from '@aws-sdk/client-cloudwatch'
import { startStrongroom } from '../../src/server/server.ts'
import { type PostgresFixture, startPostgres } from '../fixtures/postgres.ts'

let postgres: PostgresFixture | string
let dataDir: string
before(async () => {
  postgres = await startPostgres()
  dataDir = mkdtempSync(join(tmpdir(), 'strongroom-metrics-postgres-'))
})
after(async () => {
  if (typeof postgres !== 'string') await postgres.stop()
  rmSync(dataDir, { recursive: true, force: true })
})

test('metrics, alarms and their history are the same on PostgreSQL, while the clock is moved over their retention', async (t) => {
  if (typeof postgres === 'string') return t.skip(postgres)
  const databaseUrl = await postgres.newDatabase()
  const server = await startStrongroom({ dev: true, port: 0, databaseUrl, dataDir, logLevel: 'error' })
  const { endpoint, region, credentials } = server
  const cloudwatch = new CloudWatchClient({ endpoint, region, credentials, maxAttempts: 1 })
  await cloudwatch.send(
    new PutMetricAlarmCommand({
      ...{ AlarmName: 'slow', Namespace: 'App', MetricName: 'Latency', Statistic: 'Sum', Period: 60, Threshold: 10 },
      ...{ EvaluationPeriods: 1, ComparisonOperator: 'GreaterThanThreshold' },
    }),
  )
  const Timestamp = server.now()
  const names = Array.from({ length: 600 }, (_, n) => ({ MetricName: `m${n}`, Value: n, Timestamp }))
  await cloudwatch.send(
    new PutMetricDataCommand({
      Namespace: 'App',
      MetricData: [{ MetricName: 'Latency', Values: [1, 2, 30], Counts: [2, 2, 1], Timestamp }, ...names],
    }),
  )
  const first = await cloudwatch.send(new ListMetricsCommand({ Namespace: 'App' }))
  const second = await cloudwatch.send(new ListMetricsCommand({ Namespace: 'App', NextToken: first.NextToken }))
  assert.deepEqual([first.Metrics?.length, second.Metrics?.length], [500, 101])
  await server.advance(60)
  const { MetricAlarms } = await cloudwatch.send(new DescribeAlarmsCommand({}))
  assert.equal(MetricAlarms?.[0]?.StateValue, 'ALARM')
  const { AlarmHistoryItems } = await cloudwatch.send(new DescribeAlarmHistoryCommand({ MaxRecords: 1 }))
  assert.equal(AlarmHistoryItems?.[0]?.HistorySummary, 'Alarm updated from INSUFFICIENT_DATA to ALARM')
  const read = async (Period: number) => {
    const StartTime = new Date(Math.floor(Timestamp.getTime() / 3_600_000) * 3_600_000)
    const { Datapoints } = await cloudwatch.send(
      new GetMetricStatisticsCommand({
        ...{ Namespace: 'App', MetricName: 'Latency', Period, Statistics: ['Sum'], ExtendedStatistics: ['p50', 'p90'] },
        ...{ StartTime, EndTime: new Date(StartTime.getTime() + 3_600_000) },
      }),
    )
    return Datapoints?.map(({ Sum, ExtendedStatistics }) => ({ Sum, ...ExtendedStatistics }))
  }
  const whole = [{ Sum: 36, p50: 2, p90: 30 }]
  assert.deepEqual(await read(60), whole)
  await server.advance(17 * 86_400)
  assert.deepEqual([await read(60), await read(300)], [[], whole])
  await server.advance(60 * 86_400)
  assert.deepEqual([await read(300), await read(3600)], [[], whole])
  cloudwatch.destroy()
  await server.stop()
})
