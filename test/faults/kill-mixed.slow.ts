import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import * as events from '@aws-sdk/client-eventbridge'
import * as s3 from '@aws-sdk/client-s3'
import * as sns from '@aws-sdk/client-sns'
import * as sqs from '@aws-sdk/client-sqs'
import { type ServerProcess, startServerProcess } from '../fixtures/server-process.ts'

const rounds = 3
const acknowledgedInRound = 400
const Bucket = 'mixed'
const groups = ['a', 'b', 'c']

function clientsOf({ port, credentials }: ServerProcess) {
  const config = { endpoint: `http://127.0.0.1:${port}`, region: 'us-east-1', credentials, maxAttempts: 1 }
  const clients = {
    s3: new s3.S3Client({ ...config, forcePathStyle: true }),
    sqs: new sqs.SQSClient(config),
    sns: new sns.SNSClient(config),
    events: new events.EventBridgeClient(config),
  }
  const destroy = () => {
    for (const one of Object.values(clients)) one.destroy()
  }
  return { ...clients, destroy }
}

type Clients = ReturnType<typeof clientsOf>

/** Everything that was acknowledged: objects with their MD5, and texts that queues must have. */
interface Acknowledged {
  objects: Map<string, string>
  notified: Set<string>
  published: Set<string>
  routed: Set<string>
  /** By message group, in order. */
  ordered: Map<string, number[]>
}

const statement = {
  ...{ Effect: 'Allow', Action: 'sqs:SendMessage', Resource: '*' },
  Principal: { Service: ['s3.amazonaws.com', 'sns.amazonaws.com', 'events.amazonaws.com'] },
}
const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [statement] })

const queueUrl = async (clients: Clients, QueueName: string) =>
  (await clients.sqs.send(new sqs.GetQueueUrlCommand({ QueueName }))).QueueUrl ?? ''

async function setUp(clients: Clients): Promise<void> {
  for (const QueueName of ['notified', 'published', 'routed']) {
    await clients.sqs.send(new sqs.CreateQueueCommand({ QueueName, Attributes: { Policy } }))
  }
  const Attributes = { FifoQueue: 'true', ContentBasedDeduplication: 'true' }
  await clients.sqs.send(new sqs.CreateQueueCommand({ QueueName: 'ordered.fifo', Attributes }))
  const [, account] = /\/(\d{12})\//.exec(await queueUrl(clients, 'routed')) ?? []
  const arn = (name: string) => `arn:aws:sqs:us-east-1:${account}:${name}`
  await clients.s3.send(new s3.CreateBucketCommand({ Bucket }))
  const QueueConfigurations: s3.QueueConfiguration[] = [{ QueueArn: arn('notified'), Events: ['s3:ObjectCreated:*'] }]
  await clients.s3.send(
    new s3.PutBucketNotificationConfigurationCommand({ Bucket, NotificationConfiguration: { QueueConfigurations } }),
  )
  const { TopicArn } = await clients.sns.send(new sns.CreateTopicCommand({ Name: 'topic' }))
  const RawMessageDelivery = { RawMessageDelivery: 'true' }
  await clients.sns.send(
    new sns.SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint: arn('published'), Attributes: RawMessageDelivery }),
  )
  await clients.events.send(new events.PutRuleCommand({ Name: 'rule', EventPattern: '{"source":["mixed"]}' }))
  await clients.events.send(
    new events.PutTargetsCommand({ Rule: 'rule', Targets: [{ Id: 'q', Arn: arn('routed'), InputPath: '$.detail.n' }] }),
  )
}

/** The loads, each of which notes what it does once that is acknowledged. They end when the server does. */
function loadsOf(clients: Clients, round: number, acknowledged: Acknowledged, noted: () => boolean) {
  const object = async (worker: number) => {
    for (let n = 0; ; n++) {
      const Key = `${round}-${worker}-${n}`
      const Body = randomBytes(n % 4 === 0 ? 200_000 : 500)
      await clients.s3.send(new s3.PutObjectCommand({ Bucket, Key, Body }))
      acknowledged.objects.set(Key, createHash('md5').update(Body).digest('hex'))
      acknowledged.notified.add(Key)
      if (noted()) return
    }
  }
  const topic = async () => {
    const { TopicArn } = await clients.sns.send(new sns.CreateTopicCommand({ Name: 'topic' }))
    for (let n = 0; ; n++) {
      const Message = `${round}-${n}`
      await clients.sns.send(new sns.PublishCommand({ TopicArn, Message }))
      acknowledged.published.add(Message)
      if (noted()) return
    }
  }
  const rule = async () => {
    for (let n = 0; ; n++) {
      const text = `${round}-${n}`
      const entry = { Source: 'mixed', DetailType: 'n', Detail: JSON.stringify({ n: text }) }
      await clients.events.send(new events.PutEventsCommand({ Entries: [entry] }))
      acknowledged.routed.add(text)
      if (noted()) return
    }
  }
  const fifo = async (group: string) => {
    const QueueUrl = await queueUrl(clients, 'ordered.fifo')
    for (let n = round * 1_000_000; ; n++) {
      const sent = { QueueUrl, MessageBody: `${group} ${n}`, MessageGroupId: group }
      await clients.sqs.send(new sqs.SendMessageCommand(sent))
      // Sent again within five minutes: one delivery all the same.
      await clients.sqs.send(new sqs.SendMessageCommand(sent))
      acknowledged.ordered.get(group)?.push(n)
      if (noted()) return
    }
  }
  return [object(0), object(1), object(2), topic(), rule(), ...groups.map(fifo)]
}

/** Receives until a queue has nothing more, and removes what came. */
async function drain(clients: Clients, name: string): Promise<string[]> {
  const QueueUrl = await queueUrl(clients, name)
  const bodies: string[] = []
  for (let empty = 0; empty < 2; ) {
    const { Messages = [] } = await clients.sqs.send(
      new sqs.ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 3 }),
    )
    empty = Messages.length === 0 ? empty + 1 : 0
    bodies.push(...Messages.map(({ Body = '' }) => Body))
    const Entries = Messages.map(({ ReceiptHandle }, at) => ({ Id: String(at), ReceiptHandle }))
    if (Entries.length > 0) await clients.sqs.send(new sqs.DeleteMessageBatchCommand({ QueueUrl, Entries }))
  }
  return bodies
}

test('a server that is killed under uploads, messages and events together has lost nothing that it acknowledged', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'strongroom-kill-mixed-'))
  const acknowledged: Acknowledged = {
    ...{ objects: new Map(), notified: new Set(), published: new Set(), routed: new Set() },
    ordered: new Map(groups.map((group) => [group, []])),
  }
  try {
    for (let round = 0; round < rounds; round++) {
      const server = await startServerProcess(dataDir)
      const clients = clientsOf(server)
      if (round === 0) await setUp(clients)
      let killed: Promise<void> | undefined
      let count = 0
      const noted = () => {
        if (++count >= acknowledgedInRound) killed ??= server.kill()
        return killed !== undefined
      }
      await Promise.allSettled(loadsOf(clients, round, acknowledged, noted))
      await killed
      clients.destroy()
    }
    const server = await startServerProcess(dataDir)
    const clients = clientsOf(server)
    for (const [Key, md5] of acknowledged.objects) {
      const { Body } = await clients.s3.send(new s3.GetObjectCommand({ Bucket, Key }))
      const content = (await Body?.transformToByteArray()) ?? ''
      assert.equal(createHash('md5').update(content).digest('hex'), md5, Key)
    }
    const records = (await drain(clients, 'notified')).flatMap((body) => JSON.parse(body).Records ?? [])
    const arrived = {
      notified: new Set<string>(records.map(({ s3: { object } }) => object.key)),
      published: new Set(await drain(clients, 'published')),
      routed: new Set((await drain(clients, 'routed')).map((body) => JSON.parse(body))),
    }
    for (const name of ['notified', 'published', 'routed'] as const) {
      const lost = [...acknowledged[name]].filter((text) => !arrived[name].has(text))
      assert.deepEqual(lost, [], `${name}: acknowledged and lost`)
    }
    const ordered = await drain(clients, 'ordered.fifo')
    for (const [group, sent] of acknowledged.ordered) {
      const received = ordered.filter((body) => body.startsWith(`${group} `)).map((body) => Number(body.split(' ')[1]))
      assert.deepEqual(
        received,
        [...new Set(received)].sort((a, b) => a - b),
        `group ${group}: in order, and once`,
      )
      assert.deepEqual(
        sent.filter((n) => !received.includes(n)),
        [],
      )
    }
    clients.destroy()
    await server.stop()
  } finally {
    rmSync(dataDir, { recursive: true, force: true })
  }
})
