// CloudWatch Logs: what puts of a thousand events cost, and what it costs to look through a group of a million, as a ratio to a small
// one.
// Usage: node bench/logs.ts [seconds] [most events]
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type SignedRequest, send, signJson } from '../test/fixtures/raw-client.ts'
import { type ServerProcess, startServerProcess } from '../test/fixtures/server-process.ts'
import { measure } from './measure.ts'
import { assertAnswered } from './yardsticks.ts'

const seconds = Number(process.argv[2] ?? 4)
const most = Number(process.argv[3] ?? 1_000_000)
const sizes = [10_000, 1_000_000].filter((size) => size <= most)
const perPut = 1000

const signed = ({ port, credentials }: ServerProcess, operation: string, input: object): SignedRequest =>
  signJson({ port, service: 'logs', operation, input }, credentials)

async function call(server: ServerProcess, operation: string, input: object) {
  const answer = await send(server.port, signed(server, operation, input))
  if (answer.status !== 200) throw new Error(`${operation}: ${answer.body}`)
  return answer.body === '' ? {} : JSON.parse(answer.body)
}

/** Half a kilobyte, as records of calls are. Every hundredth is a denial. */
const eventOf = (n: number) => ({
  timestamp: Date.now() - 3_600_000 + Math.floor(n / 1000),
  message: JSON.stringify({
    eventVersion: '1.11',
    eventName: ['GetSecretValue', 'Decrypt', 'AssumeRole', 'PutParameter'][n % 4],
    errorCode: n % 100 === 0 ? 'AccessDenied' : undefined,
    requestID: ((n * 2_654_435_761) % 2 ** 32).toString(16).repeat(4),
    userIdentity: { type: 'IAMUser', arn: `arn:aws:iam::111122223333:user/user-${n % 50}`, accountId: '111122223333' },
    sourceIPAddress: `10.0.${n % 256}.${(n * 7) % 256}`,
    userAgent: 'aws-sdk-js/3.1169.0 ua/2.1 os/linux lang/js md/nodejs#24.1.0 api/secrets-manager#3.1169.0',
    requestParameters: { secretId: `prod/service-${n % 300}/database` },
  }),
})

const batchOf = (first: number) => Array.from({ length: perPut }, (_, k) => eventOf(first + k))

const processorMs = (pid: number | undefined): number => {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
  return (Number(fields[11]) + Number(fields[12])) * 10
}

/** Processor time of the server for some work, in milliseconds. */
async function processorOf(server: ServerProcess, work: () => Promise<unknown>): Promise<number> {
  const before = processorMs(server.child.pid)
  await work()
  return processorMs(server.child.pid) - before
}

const streams = ['a', 'b', 'c', 'd']

async function filled(server: ServerProcess, size: number): Promise<string> {
  const logGroupName = `g${size}`
  await call(server, 'CreateLogGroup', { logGroupName })
  for (const logStreamName of streams) await call(server, 'CreateLogStream', { logGroupName, logStreamName })
  let next = 0
  const fill = async (logStreamName: string) => {
    while (next < size) {
      const first = next
      next += perPut
      await call(server, 'PutLogEvents', { logGroupName, logStreamName, logEvents: batchOf(first) })
    }
  }
  const cpu = await processorOf(server, () => Promise.all(streams.map(fill)))
  console.log(`  ${size.toLocaleString('en')} events put: ${((cpu * 1000) / size).toFixed(1)} µs of processor each`)
  return logGroupName
}

async function searched(server: ServerProcess, logGroupName: string, filterPattern: string, size: number) {
  let [found, pages] = [0, 0]
  const cpu = await processorOf(server, async () => {
    let nextToken: string | undefined
    do {
      const page = await call(server, 'FilterLogEvents', { logGroupName, filterPattern, nextToken })
      found += page.events.length
      nextToken = page.nextToken
      pages++
    } while (nextToken)
  })
  const each = (cpu * 1000) / size
  console.log(`    ${filterPattern.padEnd(48)} ${each.toFixed(2)} µs an event, ${found} found in ${pages} pages`)
  return each
}

const sizeOf = (folder: string): number =>
  readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0)

const dataDir = mkdtempSync(join(tmpdir(), 'strongroom-logs-'))
const server = await startServerProcess(dataDir)
try {
  const messageBytes = batchOf(0).reduce((sum, { message }) => sum + message.length, 0) / perPut
  console.log(
    `strongroom durable on SQLite; messages of ${messageBytes.toFixed(0)} bytes; processor time of all threads`,
  )
  const costs = new Map<string, number[]>()
  const patterns = [
    'AccessDenied',
    '{ $.errorCode = "AccessDenied" }',
    '{ $.sourceIPAddress = 10.0.1.* }',
    '%user-4[0-3]%',
  ]
  for (const size of sizes) {
    const before = sizeOf(dataDir)
    const logGroupName = await filled(server, size)
    console.log(`    ${((sizeOf(dataDir) - before) / size).toFixed(0)} bytes on disk for each`)
    for (const pattern of patterns) {
      costs.set(pattern, [...(costs.get(pattern) ?? []), await searched(server, logGroupName, pattern, size)])
    }
    const read = { logGroupName, logStreamName: 'a', limit: 100 }
    const page = await measure(server.port, [signed(server, 'GetLogEvents', read)], server.child.pid, seconds)
    assertAnswered('GetLogEvents', page)
    console.log(
      `    GetLogEvents of 100: ${page.requestsPerSecond}/s, p99 ${page.p99Ms} ms, cpu ${page.cpuMicroseconds} µs`,
    )
  }
  for (const [pattern, [small, large]] of costs) {
    if (small && large)
      console.log(`${pattern.padEnd(52)} ${(large / small).toFixed(2)} × the cost of an event in the small group`)
  }
  const put = { logGroupName: `g${sizes[0]}`, logStreamName: 'a', logEvents: batchOf(0) }
  const puts = await measure(server.port, [signed(server, 'PutLogEvents', put)], server.child.pid, seconds)
  assertAnswered('PutLogEvents', puts)
  console.log(
    `PutLogEvents of 1,000: ${puts.requestsPerSecond}/s, p99 ${puts.p99Ms} ms, cpu ${puts.cpuMicroseconds} µs`,
  )
} finally {
  await server.stop()
  rmSync(dataDir, { recursive: true, force: true })
}
