import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Message } from '@aws-sdk/client-sqs'
import { sqsFixture } from '../testing.ts'

const handles = (messages: readonly Message[]) => messages.map(({ ReceiptHandle }) => ReceiptHandle)
const bodies = (messages: readonly Message[]) => messages.map(({ Body }) => Body)

async function attemptFixture() {
  const fixture = await sqsFixture()
  const queue = await fixture.create('q.fifo', { FifoQueue: 'true', ContentBasedDeduplication: 'true' })
  for (const text of ['1', '2', '3']) await fixture.send(queue, text, { MessageGroupId: 'g' })
  const attempt = (ReceiveRequestAttemptId: string, more = {}) =>
    fixture.receive(queue, { ReceiveRequestAttemptId, MaxNumberOfMessages: 2, ...more })
  return { ...fixture, queue, attempt }
}

test('A receive with the same attempt id gets the same messages with the same handles, hidden anew', async () => {
  const { attempt, receive, queue, clock, sqs } = await attemptFixture()
  const first = await attempt('a', { VisibilityTimeout: 60 })
  assert.deepEqual(bodies(first), ['1', '2'])
  clock.advance(40)
  const again = await attempt('a', { VisibilityTimeout: 60, AttributeNames: ['All'] })
  assert.deepEqual(handles(again), handles(first))
  assert.equal(again[0]?.Attributes?.ApproximateReceiveCount, '1')
  clock.advance(40)
  assert.deepEqual(await receive(queue), [])
  for (const ReceiptHandle of handles(first)) await sqs('DeleteMessage', { QueueUrl: queue, ReceiptHandle })
  assert.deepEqual(bodies(await receive(queue)), ['3'])
})

test('Another attempt id gets other messages, and the group waits for the first attempt', async () => {
  const { attempt, send, queue } = await attemptFixture()
  await attempt('a')
  assert.deepEqual(await attempt('b'), [])
  await send(queue, 'x', { MessageGroupId: 'h' })
  assert.deepEqual(bodies(await attempt('b')), ['x'])
})

test('An attempt whose messages were changed is a new one', async () => {
  const { attempt, queue, sqs, clock } = await attemptFixture()
  const [first] = await attempt('a')
  await sqs('DeleteMessage', { QueueUrl: queue, ReceiptHandle: first?.ReceiptHandle })
  assert.deepEqual(await attempt('a'), [])
  clock.advance(30)
  const second = await attempt('a')
  assert.deepEqual(bodies(second), ['2', '3'])
  const change = { QueueUrl: queue, ReceiptHandle: second[0]?.ReceiptHandle }
  await sqs('ChangeMessageVisibility', { ...change, VisibilityTimeout: 100 })
  assert.deepEqual(await attempt('a'), [])
})

test('An attempt is remembered for five minutes', async () => {
  const { attempt, clock } = await attemptFixture()
  const first = await attempt('a', { VisibilityTimeout: 600 })
  clock.advance(299)
  assert.deepEqual(handles(await attempt('a', { VisibilityTimeout: 600 })), handles(first))
  clock.advance(1)
  assert.deepEqual(await attempt('a', { VisibilityTimeout: 600 }), [])
})

test('Standard queues have no attempts', async () => {
  const { create, receive } = await sqsFixture()
  const queue = await create('q')
  await assert.rejects(receive(queue, { ReceiveRequestAttemptId: 'a' }), {
    code: 'InvalidParameterValueException',
    message: /ReceiveRequestAttemptId is for FIFO queues/,
  })
})
