// CloudWatch: what PutMetricData and reads cost, and what a minute of a thousand alarms does.
// Usage: node bench/metrics.ts [seconds] [alarms]
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CloudWatchClient, PutMetricAlarmCommand, PutMetricDataCommand } from '@aws-sdk/client-cloudwatch'
import { startStrongroom } from '../src/server/server.ts'
import { type SignedRequest, signJson } from '../test/fixtures/raw-client.ts'
import { type ServerProcess, startServerProcess } from '../test/fixtures/server-process.ts'
import { connections, measure } from './measure.ts'
import { assertAnswered } from './yardsticks.ts'

const seconds = Number(process.argv[2] ?? 4)
const alarmCount = Number(process.argv[3] ?? 1000)

const signed = ({ port, credentials }: ServerProcess, operation: string, input: object): SignedRequest =>
  signJson({ port, service: 'monitoring', operation, input }, credentials)

const data = (count: number) =>
  Array.from({ length: count }, (_, n) => ({
    ...{ MetricName: `metric ${n}`, Value: n * 1.5, Unit: 'Milliseconds' as const },
    Dimensions: [{ Name: 'host', Value: 'a' }],
  }))

async function measureRequests(): Promise<void> {
  const dataDir = mkdtempSync(join(tmpdir(), 'strongroom-metrics-'))
  const server = await startServerProcess(dataDir)
  try {
    console.log(`${connections} connections, ${seconds} s each; strongroom durable on SQLite`)
    const columns = ['requests/s', 'p50 ms', 'p99 ms', 'cpu µs']
    console.log(''.padEnd(36) + columns.map((column) => column.padStart(12)).join(''))
    const now = Date.now() / 1000
    const range = { StartTime: now - 3600, EndTime: now + 600 }
    const metric = { Namespace: 'App', MetricName: 'metric 0', Dimensions: [{ Name: 'host', Value: 'a' }] }
    const MetricDataQueries = [
      { Id: 'm', MetricStat: { Metric: metric, Period: 60, Stat: 'p99' } },
      { Id: 'e', Expression: 'm * 100' },
    ]
    const cases: [name: string, operation: string, input: object][] = [
      ['PutMetricData, one', 'PutMetricData', { Namespace: 'App', MetricData: data(1) }],
      ['PutMetricData, twenty', 'PutMetricData', { Namespace: 'App', MetricData: data(20) }],
      ['PutMetricData, a thousand', 'PutMetricData', { Namespace: 'App', MetricData: data(1000) }],
      ['GetMetricStatistics, an hour', 'GetMetricStatistics', { ...metric, ...range, Period: 60, Statistics: ['Sum'] }],
      ['GetMetricData, with an expression', 'GetMetricData', { ...range, MetricDataQueries }],
      ['ListMetrics', 'ListMetrics', { Namespace: 'App' }],
    ]
    for (const [name, operation, input] of cases) {
      const result = await measure(server.port, [signed(server, operation, input)], server.child.pid, seconds)
      assertAnswered(name, result)
      const cells = [result.requestsPerSecond, result.p50Ms, result.p99Ms, result.cpuMicroseconds]
      console.log(name.padEnd(36) + cells.map((cell) => String(cell).padStart(12)).join(''))
    }
  } finally {
    await server.stop()
    rmSync(dataDir, { recursive: true, force: true })
  }
}

/** In this process, whose processor time it measures while the clock is moved. */
async function measureAlarms(): Promise<void> {
  const server = await startStrongroom({ dev: true, ephemeral: true, port: 0, logLevel: 'silent' })
  const { endpoint, region, credentials } = server
  const cloudwatch = new CloudWatchClient({ endpoint, region, credentials, disableRequestCompression: true })
  const Dimensions = [{ Name: 'host', Value: 'a' }]
  for (let n = 0; n < alarmCount; n++) {
    await cloudwatch.send(
      new PutMetricAlarmCommand({
        ...{ AlarmName: `alarm ${n}`, Namespace: 'App', MetricName: `metric ${n}`, Statistic: 'Sum', Dimensions },
        ...{ Period: 60, EvaluationPeriods: 3, Threshold: 1e9, ComparisonOperator: 'GreaterThanThreshold' },
      }),
    )
  }
  const put = async () => {
    for (let n = 0; n < alarmCount; n += 1000) {
      const MetricData = data(alarmCount).slice(n, n + 1000)
      const Timestamp = server.now()
      await cloudwatch.send(
        new PutMetricDataCommand({
          Namespace: 'App',
          MetricData: MetricData.map((datum) => ({ ...datum, Timestamp })),
        }),
      )
    }
  }
  const timed = async (work: () => Promise<void>) => {
    const before = process.cpuUsage()
    await work()
    const { user, system } = process.cpuUsage(before)
    return ((user + system) / 1000).toFixed(0)
  }
  await put()
  await server.advance(60)
  const minutes: string[] = []
  for (let minute = 0; minute < 5; minute++) {
    await put()
    minutes.push(await timed(() => server.advance(60)))
  }
  console.log(`${alarmCount} alarms with data, a minute each: ${minutes.join(', ')} ms of processor time`)
  await server.advance(600)
  console.log(`the same without data, a day: ${await timed(() => server.advance(24 * 3600))} ms`)
  cloudwatch.destroy()
  await server.stop()
}

await measureRequests()
await measureAlarms()
