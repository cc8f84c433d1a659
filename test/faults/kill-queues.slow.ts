import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs'
import { type ServerProcess, startServerProcess } from '../fixtures/server-process.ts'

const clientOf = ({ port, credentials }: ServerProcess) =>
  new SQSClient({ endpoint: `http://127.0.0.1:${port}`, region: 'us-east-1', credentials, maxAttempts: 1 })

test('a killed server has every message that it acknowledged, and none that was deleted', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'strongroom-kill-queues-'))
  const kept = new Set<string>()
  const deleted = new Set<string>()
  try {
    for (let round = 0; round < 3; round++) {
      const server = await startServerProcess(dataDir)
      const sqs = clientOf(server)
      const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: 'q' }))
      let killed: Promise<void> | undefined
      const worker = async (worker: number) => {
        for (let n = 0; !killed; n++) {
          const MessageBody = `${round}.${worker}.${n}`
          await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody }))
          kept.add(MessageBody)
          if (kept.size >= (round + 1) * 100) killed ??= server.kill()
          if (n % 3 !== 0) continue
          const receive = new ReceiveMessageCommand({ QueueUrl, VisibilityTimeout: 1 })
          const { Messages: [message] = [] } = await sqs.send(receive)
          if (!message?.Body) continue
          // Whether a delete that was not acknowledged has happened is open.
          kept.delete(message.Body)
          await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: message.ReceiptHandle }))
          deleted.add(message.Body)
        }
      }
      await Promise.allSettled(Array.from({ length: 8 }, (_, index) => worker(index)))
      await killed
      sqs.destroy()
    }
    const server = await startServerProcess(dataDir)
    const sqs = clientOf(server)
    const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: 'q' }))
    const found = new Set<string>()
    for (;;) {
      const receive = { QueueUrl, MaxNumberOfMessages: 10, VisibilityTimeout: 600, WaitTimeSeconds: 2 }
      const { Messages = [] } = await sqs.send(new ReceiveMessageCommand(receive))
      if (Messages.length === 0) break
      for (const { Body = '' } of Messages) found.add(Body)
    }
    for (const body of kept) assert.ok(found.has(body), `${body} was acknowledged and is lost`)
    for (const body of deleted) assert.ok(!found.has(body), `${body} was deleted and is back`)
    sqs.destroy()
    await server.stop()
  } finally {
    rmSync(dataDir, { recursive: true, force: true })
  }
})
