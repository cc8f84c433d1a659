import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { CreateTopicCommand, PublishCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns'
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs'
import { type Strongroom, startStrongroom } from '../../src/server/server.ts'
import { type PostgresFixture, startPostgres } from '../fixtures/postgres.ts'

// Two nodes on one database of PostgreSQL.

let postgres: PostgresFixture | string
let nodes: Strongroom[] = []
const folder = mkdtempSync(join(tmpdir(), 'strongroom-queues-on-postgres-'))
before(async () => {
  postgres = await startPostgres()
  if (typeof postgres === 'string') return
  const databaseUrl = await postgres.newDatabase()
  const rootKey = { kind: 'value', value: 'ab'.repeat(32), from: 'the test' } as const
  const start = (name: string) =>
    startStrongroom({ port: 0, databaseUrl, dataDir: join(folder, name), rootKey, logLevel: 'error' })
  nodes = [await start('one'), await start('two')]
})
after(async () => {
  for (const node of nodes) await node.stop()
  if (typeof postgres !== 'string') await postgres.stop()
  rmSync(folder, { recursive: true, force: true })
})

const clients = () => {
  const [one, two] = nodes.map(({ endpoint, region, credentials }) => {
    const config = { endpoint, region, credentials, maxAttempts: 1 }
    return { sqs: new SQSClient(config), sns: new SNSClient(config) }
  })
  if (!one || !two) throw new Error('there are no two nodes')
  return { one, two }
}

test('two nodes on PostgreSQL share queues: each message is received once, and groups keep their order', async (t) => {
  if (typeof postgres === 'string') return t.skip(postgres)
  const { one, two } = clients()
  const { QueueUrl } = await one.sqs.send(new CreateQueueCommand({ QueueName: 'shared' }))
  for (let batch = 0; batch < 5; batch++) {
    const Entries = Array.from({ length: 10 }, (_, n) => ({ Id: `m${n}`, MessageBody: String(batch * 10 + n) }))
    await two.sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries }))
  }
  const received: string[] = []
  const work = async ({ sqs }: typeof one) => {
    for (;;) {
      const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 3 }))
      if (Messages.length === 0) return
      for (const { Body = '', ReceiptHandle } of Messages) {
        received.push(Body)
        await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }))
      }
    }
  }
  await Promise.all([work(one), work(two), work(one), work(two)])
  assert.equal(received.length, 50)
  assert.equal(new Set(received).size, 50)
  const AttributeNames = ['ApproximateNumberOfMessages' as const]
  const { Attributes } = await two.sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames }))
  assert.equal(Attributes?.ApproximateNumberOfMessages, '0')

  const fifo = { FifoQueue: 'true', ContentBasedDeduplication: 'true' }
  const ordered = await one.sqs.send(new CreateQueueCommand({ QueueName: 'shared.fifo', Attributes: fifo }))
  for (let n = 0; n < 10; n++) {
    const message = { QueueUrl: ordered.QueueUrl, MessageBody: String(n), MessageGroupId: 'g' }
    // The same on both nodes: it is there once.
    await Promise.all([one, two].map(({ sqs }) => sqs.send(new SendMessageCommand(message))))
  }
  const ask = new ReceiveMessageCommand({ QueueUrl: ordered.QueueUrl, MaxNumberOfMessages: 10 })
  const answers = await Promise.all([one.sqs.send(ask), two.sqs.send(ask)])
  const bodies = answers.map(({ Messages = [] }) => Messages.map(({ Body }) => Body))
  assert.deepEqual(
    bodies.toSorted((a, b) => a.length - b.length),
    [[], ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9']],
  )
})

test('two nodes on PostgreSQL sign the messages of topics with one key, and both show its certificate', async (t) => {
  if (typeof postgres === 'string') return t.skip(postgres)
  const { one, two } = clients()
  const { TopicArn = '' } = await one.sns.send(new CreateTopicCommand({ Name: 'shared' }))
  const arn = TopicArn.replace(':sns:', ':sqs:').replace(/shared$/, 'signed')
  const allowed = { Effect: 'Allow', Principal: { Service: 'sns.amazonaws.com' }, Action: 'sqs:SendMessage' }
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [{ ...allowed, Resource: arn }] })
  const { QueueUrl } = await one.sqs.send(new CreateQueueCommand({ QueueName: 'signed', Attributes: { Policy } }))
  await two.sns.send(new SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint: arn }))
  await Promise.all([one, two].map(({ sns }) => sns.send(new PublishCommand({ TopicArn, Message: 'hello' }))))
  const paths: string[] = []
  while (paths.length < 2) {
    const ask = { QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 1 }
    const { Messages = [] } = await two.sqs.send(new ReceiveMessageCommand(ask))
    for (const { Body = '' } of Messages) paths.push(new URL(JSON.parse(Body).SigningCertURL).pathname)
  }
  assert.equal(paths[0], paths[1])
  const certificates = await Promise.all(nodes.map(async ({ endpoint }) => (await fetch(endpoint + paths[0])).text()))
  assert.match(certificates[0] ?? '', /BEGIN CERTIFICATE/)
  assert.equal(certificates[0], certificates[1])
})
