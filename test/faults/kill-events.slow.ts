import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { EventBridgeClient, PutEventsCommand, PutRuleCommand, PutTargetsCommand } from '@aws-sdk/client-eventbridge'
import { CreateQueueCommand, DeleteMessageBatchCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import { type ServerProcess, startServerProcess } from '../fixtures/server-process.ts'

const configOf = ({ port, credentials }: ServerProcess) => ({
  ...{ endpoint: `http://127.0.0.1:${port}`, region: 'us-east-1', credentials, maxAttempts: 1 },
})

const statement = {
  Effect: 'Allow',
  Principal: { Service: 'events.amazonaws.com' },
  Action: 'sqs:SendMessage',
  Resource: '*',
}
const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [statement] })

const rounds = 3
const eventsOfRound = 300

test('a killed server delivers every event that it acknowledged at least once', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'strongroom-kill-events-'))
  const acknowledged = new Set<string>()
  const arrived = new Set<string>()
  try {
    for (let round = 0; round < rounds; round++) {
      const server = await startServerProcess(dataDir)
      const [events, sqs] = [new EventBridgeClient(configOf(server)), new SQSClient(configOf(server))]
      if (round === 0) await setUp(events, sqs)
      let killed: Promise<void> | undefined
      const worker = async (worker: number) => {
        for (let n = 0; !killed; n++) {
          const Entries = Array.from({ length: 3 }, (_, at) => ({
            ...{ Source: 'load', DetailType: 'n', Detail: JSON.stringify({ n: `${round}.${worker}.${n}.${at}` }) },
          }))
          await events.send(new PutEventsCommand({ Entries }))
          for (const { Detail } of Entries) acknowledged.add(JSON.parse(Detail).n)
          if (acknowledged.size >= (round + 1) * eventsOfRound) killed ??= server.kill()
        }
      }
      await Promise.allSettled(Array.from({ length: 8 }, (_, index) => worker(index)))
      await killed
      events.destroy()
      sqs.destroy()
    }
    const server = await startServerProcess(dataDir)
    const sqs = new SQSClient(configOf(server))
    await takeAll(sqs, arrived, acknowledged)
    for (const n of acknowledged) assert.ok(arrived.has(n), `${n} was acknowledged and is lost`)
    sqs.destroy()
    await server.stop()
  } finally {
    rmSync(dataDir, { recursive: true, force: true })
  }
})

async function setUp(events: EventBridgeClient, sqs: SQSClient): Promise<void> {
  await sqs.send(new CreateQueueCommand({ QueueName: 'q', Attributes: { Policy } }))
  await events.send(new PutRuleCommand({ Name: 'r', EventPattern: '{"source":["load"]}' }))
  const { QueueUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName: 'q' }))
  const [, account] = /\/(\d{12})\/q$/.exec(QueueUrl) ?? []
  const Targets = [{ Id: 'q', Arn: `arn:aws:sqs:us-east-1:${account}:q` }]
  await events.send(new PutTargetsCommand({ Rule: 'r', Targets }))
}

/** Receives until all that is expected has come, or nothing comes any more. */
async function takeAll(sqs: SQSClient, arrived: Set<string>, expected: ReadonlySet<string>): Promise<void> {
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: 'q' }))
  while ([...expected].some((n) => !arrived.has(n))) {
    const receive = { QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 10 }
    const { Messages = [] } = await sqs.send(new ReceiveMessageCommand(receive))
    if (Messages.length === 0) return
    for (const { Body = '' } of Messages) arrived.add(JSON.parse(Body).detail.n)
    const Entries = Messages.map(({ ReceiptHandle }, at) => ({ Id: String(at), ReceiptHandle }))
    await sqs.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }))
  }
}
