import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import {
  CloudWatchClient,
  DescribeAlarmsCommand,
  GetMetricStatisticsCommand,
  PutMetricAlarmCommand,
  PutMetricDataCommand,
} from '@aws-sdk/client-cloudwatch'
import { type ServerProcess, startServerProcess } from '../fixtures/server-process.ts'

const clientOf = ({ port, credentials }: ServerProcess) =>
  new CloudWatchClient({ endpoint: `http://127.0.0.1:${port}`, region: 'us-east-1', credentials, maxAttempts: 1 })

test('a killed server has all data and alarms that it acknowledged', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'strongroom-kill-metrics-'))
  const startedMs = Date.now()
  // By worker: what was acknowledged, and what was only sent.
  const acknowledged = new Map<string, number>()
  const sent = new Map<string, number>()
  const alarms = new Set<string>()
  const add = (counts: Map<string, number>, key: string) => counts.set(key, (counts.get(key) ?? 0) + 1)
  try {
    for (let round = 0; round < 3; round++) {
      const server = await startServerProcess(dataDir)
      const cloudwatch = clientOf(server)
      let killed: Promise<void> | undefined
      let answers = 0
      const worker = async (MetricName: string) => {
        for (let n = 0; !killed; n++) {
          add(sent, MetricName)
          const MetricData = [{ MetricName, Value: 1 }]
          await cloudwatch.send(new PutMetricDataCommand({ Namespace: 'App', MetricData }))
          add(acknowledged, MetricName)
          if (++answers >= 200) killed ??= server.kill()
          if (n % 10 !== 0) continue
          const AlarmName = `${round} ${MetricName} ${n}`
          await cloudwatch.send(
            new PutMetricAlarmCommand({
              ...{ AlarmName, Namespace: 'App', MetricName, Statistic: 'Sum', Period: 60, EvaluationPeriods: 1 },
              ...{ Threshold: 1, ComparisonOperator: 'GreaterThanThreshold' },
            }),
          )
          alarms.add(AlarmName)
        }
      }
      await Promise.allSettled(Array.from({ length: 8 }, (_, index) => worker(`m${index}`)))
      await killed
      cloudwatch.destroy()
    }
    const server = await startServerProcess(dataDir)
    const cloudwatch = clientOf(server)
    for (const [MetricName, least] of acknowledged) {
      const { Datapoints = [] } = await cloudwatch.send(
        new GetMetricStatisticsCommand({
          ...{ Namespace: 'App', MetricName, Period: 60, Statistics: ['Sum'] },
          ...{ StartTime: new Date(startedMs - 60_000), EndTime: new Date() },
        }),
      )
      const sum = Datapoints.reduce((total, { Sum = 0 }) => total + Sum, 0)
      const most = sent.get(MetricName) ?? 0
      assert.ok(sum >= least && sum <= most, `${MetricName}: ${sum}, of ${least} acknowledged and ${most} sent`)
    }
    const found = new Set<string>()
    for (let NextToken: string | undefined; ; ) {
      const page = await cloudwatch.send(new DescribeAlarmsCommand({ MaxRecords: 100, NextToken }))
      for (const { AlarmName = '' } of page.MetricAlarms ?? []) found.add(AlarmName)
      NextToken = page.NextToken
      if (!NextToken) break
    }
    for (const name of alarms) assert.ok(found.has(name), `the alarm ${name} was acknowledged and is lost`)
    cloudwatch.destroy()
    await server.stop()
  } finally {
    rmSync(dataDir, { recursive: true, force: true })
  }
})
