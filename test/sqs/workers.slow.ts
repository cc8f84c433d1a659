import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { CreateQueueCommand, GetQueueAttributesCommand, SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs'
import { Consumer } from 'sqs-consumer'
import type { Strongroom } from '../../src/server/server.ts'
import { eventually } from '../../src/testing/eventually.ts'
import { startTestServer } from '../fixtures/clients.ts'
import { clientEnvironment, missing, run } from '../fixtures/foreign.ts'
import { openHttpEndpoint } from '../fixtures/http-endpoint.ts'

let server: Strongroom
let sqs: SQSClient
before(async () => {
  server = await startTestServer({ logLevel: 'error' })
  const { endpoint, region, credentials } = server
  sqs = new SQSClient({ endpoint, region, credentials, maxAttempts: 1 })
})
after(async () => {
  sqs.destroy()
  await server.stop()
})

test('sqs-consumer works a queue off: what fails comes again, and what fails too often goes to the dead-letter queue', async () => {
  const { QueueUrl: dead = '' } = await sqs.send(new CreateQueueCommand({ QueueName: 'consumer-dead' }))
  const deadLetterTargetArn = `arn:aws:sqs:${server.region}:${server.accountId}:consumer-dead`
  const Attributes = { RedrivePolicy: JSON.stringify({ deadLetterTargetArn, maxReceiveCount: 3 }) }
  const { QueueUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName: 'consumer', Attributes }))
  for (let batch = 0; batch < 20; batch++) {
    const Entries = Array.from({ length: 10 }, (_, n) => ({ Id: `m${n}`, MessageBody: String(batch * 10 + n) }))
    await sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries }))
  }
  const tries = new Map<string, number>()
  const done: string[] = []
  const consumer = Consumer.create({
    ...{ queueUrl: QueueUrl, sqs, batchSize: 10, waitTimeSeconds: 1, visibilityTimeout: 30 },
    terminateVisibilityTimeout: true,
    handleMessage: async (message) => {
      const body = message.Body ?? ''
      const count = (tries.get(body) ?? 0) + 1
      tries.set(body, count)
      // Every tenth fails once, and one always.
      if (body === '77' || (body.endsWith('0') && count === 1)) throw new Error('not yet')
      done.push(body)
      return message
    },
  })
  consumer.on('processing_error', () => {})
  consumer.on('error', () => {})
  consumer.start()
  const countOf = async (queue: string) => {
    const AttributeNames = ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'] as const
    const asked = { QueueUrl: queue, AttributeNames: [...AttributeNames] }
    const { Attributes: counts = {} } = await sqs.send(new GetQueueAttributesCommand(asked))
    return AttributeNames.map((name) => counts[name])
  }
  await eventually(
    () => countOf(dead),
    ([visible]) => visible === '1',
    60_000,
  )
  await eventually(
    () => countOf(QueueUrl),
    (counts) => counts.every((count) => count === '0'),
    60_000,
  )
  consumer.stop({ abort: true })
  assert.equal(done.length, 199)
  assert.equal(new Set(done).size, 199)
  assert.equal(tries.get('77'), 3)
  assert.equal(tries.get('10'), 2)
})

const tasks = (results: string) => `
import os, urllib.request
from celery import Celery

app = Celery('tasks', broker='sqs://', broker_connection_retry_on_startup=True, worker_enable_remote_control=False,
  task_acks_late=True, broker_transport_options={'region': os.environ['AWS_REGION'], 'wait_time_seconds': 1,
  'polling_interval': 0.1, 'is_secure': False})
app.conf.broker_url = 'sqs://%s:%s@%s//' % (os.environ['AWS_ACCESS_KEY_ID'], os.environ['AWS_SECRET_ACCESS_KEY'],
  os.environ['AWS_ENDPOINT_URL'].split('//')[1])

@app.task(bind=True, max_retries=3)
def add(self, x, y):
    if x % 10 == 0 and self.request.retries == 0:
        raise self.retry(countdown=1)
    urllib.request.urlopen(urllib.request.Request('${results}', data=('%d %d' % (x, x + y)).encode(), method='POST'))
`

test('Celery sends tasks by a queue, works them off and tries again what asks for it', {
  skip: missing('python3', '-c', 'import celery, kombu, pycurl, boto3'),
}, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'strongroom-celery-'))
  const results = await openHttpEndpoint()
  writeFileSync(join(folder, 'tasks.py'), tasks(results.url))
  const environment = { ...clientEnvironment(server, server.credentials), PYTHONPATH: folder }
  const command = ['-m', 'celery', '-A', 'tasks', 'worker', '--pool', 'solo', '--loglevel', 'WARNING']
  const worker = spawn('python3', command, { cwd: folder, env: environment, stdio: ['ignore', 'pipe', 'pipe'] })
  let printed = ''
  for (const stream of [worker.stdout, worker.stderr]) stream.on('data', (chunk) => (printed += chunk))
  t.after(async () => {
    const ended = once(worker, 'exit')
    if (worker.exitCode === null) {
      worker.kill('SIGKILL')
      await ended
    }
    results.close()
    rmSync(folder, { recursive: true, force: true })
  })
  const send = 'from tasks import add\nfor n in range(50): add.delay(n, 1)'
  const { status, stderr } = await run('python3', ['-c', send], environment)
  assert.equal(status, 0, stderr)
  await eventually(
    () => [results.received.length, printed],
    ([count]) => Number(count) >= 50,
    90_000,
  )
  const sums = results.received.map(({ body }) => body).toSorted()
  assert.deepEqual(sums, Array.from({ length: 50 }, (_, n) => `${n} ${n + 1}`).toSorted())
})
