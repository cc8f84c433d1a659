import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sqsFixture } from '../testing.ts'

const throttled = { settings: { 'sqs.hold-names': true, 'sqs.throttle': true } }
const fifo = { FifoQueue: 'true', ContentBasedDeduplication: 'true' }
const rateExceeded = { code: 'ThrottlingException', message: 'Rate exceeded' }

test('A FIFO queue takes 300 calls of an action a second, in which a batch is one; another queue has its own', async () => {
  const { create, send, sqs, receive, clock } = await sqsFixture(throttled)
  const [queue, other] = [await create('q.fifo', fifo), await create('r.fifo', fifo)]
  const message = { MessageGroupId: 'g' }
  for (let n = 0; n < 299; n++) await send(queue, 'x', message)
  const batch = () => sqs('SendMessageBatch', { QueueUrl: queue, Entries: [{ Id: 'a', MessageBody: 'x', ...message }] })
  await batch()
  await assert.rejects(batch(), rateExceeded)
  await assert.rejects(send(queue, 'x', message), rateExceeded)
  await send(other, 'x', message)
  await receive(queue)
  clock.advance(1)
  await send(queue, 'x', message)
})

test('High throughput has the quota of the Region, standard queues have none, and without the setting there are none', async () => {
  const { create, receive } = await sqsFixture(throttled)
  const high = { ...fifo, DeduplicationScope: 'messageGroup', FifoThroughputLimit: 'perMessageGroupId' }
  for (const queue of [await create('high.fifo', high), await create('standard')]) {
    for (let n = 0; n < 301; n++) await receive(queue)
  }
  const open = await sqsFixture()
  const queue = await open.create('q.fifo', fifo)
  for (let n = 0; n < 301; n++) await open.receive(queue)
})
