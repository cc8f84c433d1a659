import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sqsFixture } from '../testing.ts'

const fifo = { FifoQueue: 'true', ContentBasedDeduplication: 'true' }

async function fifoFixture(attributes: Record<string, string> = {}) {
  const fixture = await sqsFixture()
  const queue = await fixture.create('q.fifo', { ...fifo, ...attributes })
  return {
    ...fixture,
    queue,
    put: (group: string, body: string, id?: string) =>
      fixture.send(queue, body, { MessageGroupId: group, ...(id && { MessageDeduplicationId: id }) }),
    take: async (more = {}) => {
      const messages = await fixture.receive(queue, { MaxNumberOfMessages: 10, AttributeNames: ['All'], ...more })
      return messages.map(({ Body = '', ReceiptHandle, Attributes }) => ({ Body, ReceiptHandle, Attributes }))
    },
  }
}

const bodies = (messages: readonly { Body: string }[]) => messages.map(({ Body }) => Body)

test('scenario 38: a message sent again within five minutes has the same id, and is delivered once', async () => {
  const { put, take, clock, sqs, queue } = await fifoFixture()
  const first = await put('g', 'x')
  assert.match(first.SequenceNumber ?? '', /^\d{20}$/)
  clock.advance(299)
  assert.deepEqual(await put('g', 'x'), first)
  const [only, ...more] = await take()
  assert.deepEqual([only?.Body, more], ['x', []])
  await sqs('DeleteMessage', { QueueUrl: queue, ReceiptHandle: only?.ReceiptHandle })
  assert.deepEqual(await put('other', 'x'), first)
  assert.deepEqual(await take(), [])
  clock.advance(1)
  assert.notEqual((await put('g', 'x')).MessageId, first.MessageId)
})

test('duplicates are those of a group where the queue says so', async () => {
  const { put, take } = await fifoFixture({
    DeduplicationScope: 'messageGroup',
    FifoThroughputLimit: 'perMessageGroupId',
  })
  for (const group of ['a', 'b', 'a']) await put(group, 'x', 'id')
  assert.equal((await take()).length, 2)
})

test('a group comes in its order and is blocked while one of its messages is in flight; others are not', async () => {
  const { put, take, sqs, queue, clock } = await fifoFixture()
  for (const body of ['a1', 'b1', 'a2', 'a3', 'b2']) await put(body.charAt(0), body)
  const [a1, a2] = await take({ MaxNumberOfMessages: 2 })
  assert.deepEqual(bodies([a1, a2] as { Body: string }[]), ['a1', 'a2'])
  assert.deepEqual(bodies(await take()), ['b1', 'b2'])
  assert.deepEqual(await take(), [])
  const drop = (message: { ReceiptHandle?: string | undefined } | undefined) =>
    sqs('DeleteMessage', { QueueUrl: queue, ReceiptHandle: message?.ReceiptHandle })
  await drop(a2)
  assert.deepEqual(await take(), [])
  await drop(a1)
  assert.deepEqual(bodies(await take({ VisibilityTimeout: 10 })), ['a3'])
  clock.advance(30)
  const again = await take({ VisibilityTimeout: 1 })
  assert.deepEqual(bodies(again).toSorted(), ['a3', 'b1', 'b2'])
  clock.advance(1)
  await assert.rejects(drop(again[0]), /Reason: The receipt handle has expired\./)
})

test('a message whose visibility timeout is cut comes again before those behind it', async () => {
  const { put, take, sqs, queue } = await fifoFixture()
  for (const body of ['1', '2', '3']) await put('g', body)
  const [one] = await take({ MaxNumberOfMessages: 1 })
  assert.deepEqual(await take(), [])
  await sqs('ChangeMessageVisibility', { QueueUrl: queue, ReceiptHandle: one?.ReceiptHandle, VisibilityTimeout: 0 })
  const again = await take()
  assert.deepEqual(bodies(again), ['1', '2', '3'])
  const numbers = again.map(({ Attributes }) => Attributes?.SequenceNumber ?? '')
  assert.deepEqual(numbers, numbers.toSorted())
})

test('a FIFO queue wants a group and a deduplication id, and no delay of one message', async () => {
  const { create, send } = await sqsFixture()
  const queue = await create('q.fifo', { FifoQueue: 'true', DelaySeconds: '5' })
  await assert.rejects(send(queue, 'x'), { message: 'The request must contain the parameter MessageGroupId.' })
  await assert.rejects(send(queue, 'x', { MessageGroupId: 'g' }), {
    message:
      'The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly',
  })
  const ids = { MessageGroupId: 'g', MessageDeduplicationId: 'd' }
  await assert.rejects(send(queue, 'x', { ...ids, DelaySeconds: 1 }), { code: 'InvalidParameterValueException' })
  await assert.rejects(send(queue, 'x', { ...ids, MessageGroupId: 'a b' }), { code: 'InvalidParameterValueException' })
  const standard = await create('q')
  await assert.rejects(send(standard, 'x', { MessageDeduplicationId: 'd' }), {
    code: 'InvalidParameterValueException',
  })
})

test('a FIFO queue with a delay gives a message when its time has come', async () => {
  const { put, take, clock } = await fifoFixture({ DelaySeconds: '10' })
  await put('g', '1')
  clock.advance(5)
  await put('g', '2')
  assert.deepEqual(await take(), [])
  clock.advance(5)
  assert.deepEqual(bodies(await take()), ['1'])
})

test('what was received too often goes to the dead-letter queue in its order, with a new sequence number', async () => {
  const { create, receive, put, take, clock, sqs, queue } = await fifoFixture()
  const dead = await create('dead.fifo', fifo)
  const RedrivePolicy = JSON.stringify({
    deadLetterTargetArn: 'arn:aws:sqs:us-east-1:111122223333:dead.fifo',
    maxReceiveCount: 1,
  })
  await sqs('SetQueueAttributes', { QueueUrl: queue, Attributes: { RedrivePolicy } })
  for (const body of ['1', '2']) await put('g', body)
  await take()
  clock.advance(30)
  assert.deepEqual(await take(), [])
  const moved = await receive(dead, { MaxNumberOfMessages: 10 })
  assert.deepEqual(
    moved.map(({ Body }) => Body),
    ['1', '2'],
  )
})
