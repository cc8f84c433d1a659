// EventBridge: what PutEvents costs a bus of one rule, and one of a thousand; and how long a call takes to a queue.
// Usage: node bench/events.ts [seconds] [rules]
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type SignedRequest, send, signJson } from '../test/fixtures/raw-client.ts'
import { type ServerProcess, startServerProcess } from '../test/fixtures/server-process.ts'
import { connections, measure } from './measure.ts'
import { assertAnswered } from './yardsticks.ts'

const seconds = Number(process.argv[2] ?? 4)
const rules = Number(process.argv[3] ?? 1000)
const calls = 100

type Service = Parameters<typeof signJson>[0]['service']

const signed = (server: ServerProcess, service: Service, operation: string, input: object): SignedRequest =>
  signJson({ port: server.port, service, operation, input }, server.credentials)

async function call(server: ServerProcess, service: Service, operation: string, input: object) {
  const answer = await send(server.port, signed(server, service, operation, input))
  if (answer.status !== 200) throw new Error(`${operation}: ${answer.body}`)
  return answer.body === '' ? {} : JSON.parse(answer.body)
}

const statement = {
  Effect: 'Allow',
  Principal: { Service: 'events.amazonaws.com' },
  Action: 'sqs:SendMessage',
  Resource: '*',
}
const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [statement] })

const columns = ['requests/s', 'p50 ms', 'p99 ms', 'cpu µs']
const dataDir = mkdtempSync(join(tmpdir(), 'strongroom-events-'))
const server = await startServerProcess(dataDir, {
  args: ['--set', 'events.rules-per-bus=2000', '--set', 'events.api-calls=all'],
})
try {
  const { QueueUrl } = await call(server, 'sqs', 'CreateQueue', { QueueName: 'q', Attributes: { Policy } })
  const account = /\/(\d{12})\/q$/.exec(QueueUrl)?.[1]
  const Arn = `arn:aws:sqs:us-east-1:${account}:q`
  console.log(`${connections} connections, ${seconds} s each; strongroom durable on SQLite; one event a request`)
  console.log(''.padEnd(34) + columns.map((column) => column.padStart(12)).join(''))
  let made = 0
  for (const count of [1, rules]) {
    for (; made < count; made++) {
      const pattern = { source: ['shop'], detail: { kind: [`kind${made}`] } }
      await call(server, 'events', 'PutRule', { Name: `r${made}`, EventPattern: JSON.stringify(pattern) })
    }
    const entry = (kind: string) => ({
      Source: 'shop',
      DetailType: 'Order',
      Detail: JSON.stringify({ kind, text: 'x'.repeat(200) }),
    })
    // A rule without targets shows the cost of the comparison; a delivery costs the same for one rule as for many.
    const cases: [name: string, input: object][] = [
      [`PutEvents, ${count} rules, none fits`, { Entries: [entry('none')] }],
      [`PutEvents, ${count} rules, one fits`, { Entries: [entry(`kind${made - 1}`)] }],
    ]
    for (const [name, input] of cases) {
      const result = await measure(
        server.port,
        [signed(server, 'events', 'PutEvents', input)],
        server.child.pid,
        seconds,
      )
      assertAnswered(name, result)
      const cells = [result.requestsPerSecond, result.p50Ms, result.p99Ms, result.cpuMicroseconds]
      console.log(name.padEnd(34) + cells.map((cell) => String(cell).padStart(12)).join(''))
    }
  }
  const pattern = { source: ['aws.kms'], detail: { eventName: ['CreateKey'] } }
  await call(server, 'events', 'PutRule', { Name: 'calls', EventPattern: JSON.stringify(pattern) })
  await call(server, 'events', 'PutTargets', { Rule: 'calls', Targets: [{ Id: 'q', Arn }] })
  const times: number[] = []
  for (let count = 0; count < calls; count++) {
    const waiting = call(server, 'sqs', 'ReceiveMessage', { QueueUrl, WaitTimeSeconds: 10, VisibilityTimeout: 600 })
    await call(server, 'kms', 'CreateKey', {})
    const started = performance.now()
    const { Messages = [] } = await waiting
    if (Messages.length === 0) throw new Error('no event came')
    times.push(performance.now() - started)
  }
  times.sort((a, b) => a - b)
  const at = (part: number) => Math.round(times[Math.floor((times.length - 1) * part)] ?? 0)
  console.log(
    `from the answer of CreateKey to its event in a queue: p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, ${calls} calls`,
  )
} finally {
  await server.stop()
  rmSync(dataDir, { recursive: true, force: true })
}
