import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { CreateTopicCommand, PublishCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns'
import { CreateQueueCommand, DeleteMessageBatchCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import { type ServerProcess, startServerProcess } from '../fixtures/server-process.ts'

const region = 'us-east-1'
const groups = ['a', 'b', 'c', 'd']

/** A FIFO topic with a FIFO queue, and a standard topic with a queue, as clients see them. */
async function openTopics({ port, credentials }: ServerProcess) {
  const config = { endpoint: `http://127.0.0.1:${port}`, region, credentials, maxAttempts: 1 }
  const sns = new SNSClient(config)
  const sqs = new SQSClient(config)
  const open = async (name: string, isFifo: boolean) => {
    const ofTopic: Record<string, string> = isFifo ? { FifoTopic: 'true' } : {}
    const { TopicArn = '' } = await sns.send(new CreateTopicCommand({ Name: name, Attributes: ofTopic }))
    const arn = TopicArn.replace(':sns:', ':sqs:')
    const statement = { Effect: 'Allow', Principal: { Service: 'sns.amazonaws.com' }, Action: 'sqs:SendMessage' }
    const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [{ ...statement, Resource: arn }] })
    const Attributes = { Policy, ...(isFifo && { FifoQueue: 'true' }) }
    const { QueueUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName: name, Attributes }))
    const raw = { RawMessageDelivery: 'true' }
    await sns.send(new SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint: arn, Attributes: raw }))
    return { TopicArn, QueueUrl }
  }
  return { sns, sqs, standard: await open('plain', false), fifo: await open('ordered.fifo', true) }
}

/** Everything that a queue holds, in the order in which it is received. */
async function drained(sqs: SQSClient, QueueUrl: string): Promise<string[]> {
  const bodies: string[] = []
  for (;;) {
    const ask = { QueueUrl, MaxNumberOfMessages: 10, VisibilityTimeout: 600, WaitTimeSeconds: 3 }
    const { Messages = [] } = await sqs.send(new ReceiveMessageCommand(ask))
    if (Messages.length === 0) return bodies
    bodies.push(...Messages.map(({ Body = '' }) => Body))
    const Entries = Messages.map(({ ReceiptHandle }, n) => ({ Id: `m${n}`, ReceiptHandle }))
    await sqs.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }))
  }
}

test('a killed server delivers every message that it acknowledged; through FIFO each once and in the order of its group', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'strongroom-kill-topics-'))
  const plain = new Set<string>()
  const ordered = new Map(groups.map((group) => [group, [] as string[]]))
  let running: ServerProcess | undefined
  try {
    for (let round = 0; round < 3; round++) {
      const server = await startServerProcess(dataDir)
      running = server
      const { sns, sqs, standard, fifo } = await openTopics(server)
      let acknowledged = 0
      let killed: Promise<void> | undefined
      const noteAcknowledged = () => {
        acknowledged++
        if (acknowledged >= 150) killed ??= server.kill()
      }
      const publishPlain = async (worker: number) => {
        for (let n = 0; !killed; n++) {
          const Message = `${round}.${worker}.${n}`
          await sns.send(new PublishCommand({ TopicArn: standard.TopicArn, Message }))
          plain.add(Message)
          noteAcknowledged()
        }
      }
      const publishOrdered = async (group: string) => {
        const sent = ordered.get(group) ?? []
        for (;;) {
          // What was not acknowledged may have been published: the next round publishes it again, with the same id.
          const Message = `${group}-${String(sent.length).padStart(5, '0')}`
          const ids = { MessageGroupId: group, MessageDeduplicationId: Message }
          await sns.send(new PublishCommand({ TopicArn: fifo.TopicArn, Message, ...ids }))
          sent.push(Message)
          noteAcknowledged()
          if (killed) return
        }
      }
      await Promise.allSettled([...[0, 1, 2, 3].map(publishPlain), ...groups.map(publishOrdered)])
      await killed
      sns.destroy()
      sqs.destroy()
    }
    const server = await startServerProcess(dataDir)
    running = server
    const { sns, sqs, standard, fifo } = await openTopics(server)
    const found = new Set(await drained(sqs, standard.QueueUrl))
    for (const body of plain) assert.ok(found.has(body), `${body} was acknowledged and is lost`)
    const received = await drained(sqs, fifo.QueueUrl)
    for (const group of groups) {
      const ofGroup = received.filter((body) => body.startsWith(group))
      const sent = ordered.get(group) ?? []
      assert.ok(sent.length > 10, `group ${group} had ${sent.length} messages`)
      // The last one may be there without having been acknowledged.
      assert.deepEqual(ofGroup.slice(0, sent.length), sent)
      assert.ok(ofGroup.length <= sent.length + 1)
    }
    sns.destroy()
    sqs.destroy()
  } finally {
    await running?.stop()
    rmSync(dataDir, { recursive: true, force: true })
  }
})
