// SQS: what sends and receives cost a queue of a hundred messages, and one of a hundred thousand.
// Usage: node bench/queues.ts [seconds] [most messages]
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type SignedRequest, send, signJson } from '../test/fixtures/raw-client.ts'
import { type ServerProcess, startServerProcess } from '../test/fixtures/server-process.ts'
import { connections, measure, processorMs } from './measure.ts'
import { assertAnswered } from './yardsticks.ts'

const seconds = Number(process.argv[2] ?? 4)
const most = Number(process.argv[3] ?? 100_000)
const sizes = [100, 100_000].filter((size) => size <= most)
const body = 'x'.repeat(256)

const signed = ({ port, credentials }: ServerProcess, operation: string, input: object): SignedRequest =>
  signJson({ port, service: 'sqs', operation, input }, credentials)

async function call(server: ServerProcess, operation: string, input: object) {
  const answer = await send(server.port, signed(server, operation, input))
  if (answer.status !== 200) throw new Error(`${operation}: ${answer.body}`)
  return answer.body === '' ? {} : JSON.parse(answer.body)
}

const groupsOf = (fifo: boolean, n: number) =>
  fifo ? { MessageGroupId: `g${n % 1000}`, MessageDeduplicationId: `d${n}` } : {}

/** Makes a queue with so many messages. Sixteen batches are under way at a time. */
async function filled(server: ServerProcess, size: number, fifo: boolean): Promise<string> {
  const Attributes = fifo ? { FifoQueue: 'true', ContentBasedDeduplication: 'true' } : {}
  const QueueName = `q${size}${fifo ? '.fifo' : ''}`
  const { QueueUrl } = await call(server, 'CreateQueue', { QueueName, Attributes })
  let next = 0
  const fill = async () => {
    while (next < size) {
      const first = next
      next += 10
      const Entries = Array.from({ length: 10 }, (_, n) => ({
        ...{ Id: `e${n}`, MessageBody: body, ...groupsOf(fifo, first + n) },
      }))
      await call(server, 'SendMessageBatch', { QueueUrl, Entries })
    }
  }
  await Promise.all(Array.from({ length: 16 }, fill))
  return QueueUrl
}

/** Messages that are sent, received and deleted, one by one, by sixteen clients. */
async function measureLives(server: ServerProcess, QueueUrl: string, fifo: boolean) {
  const endMs = performance.now() + seconds * 1000
  const before = processorMs(server.child.pid)
  let lives = 0
  const client = async (place: number) => {
    for (let n = 0; performance.now() < endMs; n++) {
      const ids = fifo ? { MessageGroupId: `g${place}`, MessageDeduplicationId: `${place}.${n}` } : {}
      await call(server, 'SendMessage', { QueueUrl, MessageBody: body, ...ids })
      const { Messages = [] } = await call(server, 'ReceiveMessage', { QueueUrl })
      for (const { ReceiptHandle } of Messages) {
        await call(server, 'DeleteMessage', { QueueUrl, ReceiptHandle })
        lives++
      }
    }
  }
  await Promise.all(Array.from({ length: 16 }, (_, place) => client(place)))
  return [Math.round(lives / seconds), Math.round(((processorMs(server.child.pid) - before) * 1000) / lives)]
}

const columns = ['requests/s', 'p50 ms', 'p99 ms', 'cpu µs']
const dataDir = mkdtempSync(join(tmpdir(), 'strongroom-queues-'))
const server = await startServerProcess(dataDir)
try {
  console.log(
    `${connections} connections, ${seconds} s each; strongroom durable on SQLite; bodies of ${body.length} bytes`,
  )
  console.log(''.padEnd(34) + columns.map((column) => column.padStart(12)).join(''))
  for (const fifo of [false, true]) {
    for (const size of sizes) {
      const QueueUrl = await filled(server, size, fifo)
      console.log(`${fifo ? 'FIFO' : 'standard'}, ${size.toLocaleString('en')} messages`)
      const receive = { QueueUrl, VisibilityTimeout: 0 }
      const cases: [name: string, operation: string, input: object][] = [
        ['ReceiveMessage, one', 'ReceiveMessage', receive],
        ['ReceiveMessage, ten', 'ReceiveMessage', { ...receive, MaxNumberOfMessages: 10 }],
        ['GetQueueAttributes', 'GetQueueAttributes', { QueueUrl, AttributeNames: ['All'] }],
        // A FIFO queue gets the same message again and again here, and keeps it once.
        ['SendMessage', 'SendMessage', { QueueUrl, MessageBody: body, ...(fifo && { MessageGroupId: 'g' }) }],
      ]
      for (const [name, operation, input] of cases) {
        const result = await measure(server.port, [signed(server, operation, input)], server.child.pid, seconds)
        assertAnswered(name, result)
        const cells = [result.requestsPerSecond, result.p50Ms, result.p99Ms, result.cpuMicroseconds]
        console.log(`  ${name.padEnd(32)}${cells.map((cell) => String(cell).padStart(12)).join('')}`)
      }
      const { QueueUrl: lived } = await call(server, 'CreateQueue', {
        QueueName: `lived${size}${fifo ? '.fifo' : ''}`,
        Attributes: fifo ? { FifoQueue: 'true' } : {},
      })
      const [perSecond, cpu] = await measureLives(server, lived, fifo)
      console.log(
        `  ${'sent, received and deleted'.padEnd(32)}${String(perSecond).padStart(12)}${String(cpu).padStart(36)}`,
      )
    }
  }
} finally {
  await server.stop()
  rmSync(dataDir, { recursive: true, force: true })
}
