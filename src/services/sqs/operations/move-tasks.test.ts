import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ListMessageMoveTasksResult, StartMessageMoveTaskResult } from '@aws-sdk/client-sqs'
import { sqsFixture } from '../testing.ts'

const arn = (name: string) => `arn:aws:sqs:us-east-1:111122223333:${name}`

async function deadLetters(count: number) {
  const fixture = await sqsFixture()
  const { create, send, receive } = fixture
  const dead = await create('dead')
  const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: arn('dead'), maxReceiveCount: 1 })
  const queue = await create('q', { RedrivePolicy, VisibilityTimeout: '0' })
  for (let n = 0; n < count; n++) await send(queue, String(n))
  for (let n = 0; n < count; n++) await receive(queue, { MaxNumberOfMessages: 10 })
  const start = (more: object = {}) =>
    fixture.sqs<StartMessageMoveTaskResult>('StartMessageMoveTask', { SourceArn: arn('dead'), ...more })
  const list = () => fixture.sqs<ListMessageMoveTasksResult>('ListMessageMoveTasks', { SourceArn: arn('dead') })
  const held = async (url: string) => (await fixture.attributes(url, 'All')).ApproximateNumberOfMessages
  return { ...fixture, dead, queue, start, list, held }
}

test('a move task takes the messages of a dead-letter queue back to where they came from', async () => {
  const { start, list, settle, held, dead, queue, receive } = await deadLetters(12)
  assert.equal(await held(dead), '12')
  await start()
  await settle()
  const { Results: [task] = [] } = await list()
  assert.deepEqual(
    [task?.Status, task?.ApproximateNumberOfMessagesMoved, task?.ApproximateNumberOfMessagesToMove, task?.TaskHandle],
    ['COMPLETED', 12, 12, undefined],
  )
  assert.deepEqual([await held(dead), await held(queue)], ['0', '12'])
  const [message] = await receive(queue, { AttributeNames: ['All'] })
  assert.deepEqual([message?.Body, message?.Attributes?.ApproximateReceiveCount], ['0', '1'])
})

test('a move task keeps to its rate, runs alone, and can be cancelled', async () => {
  const { start, list, settle, advance, held, sqs, create } = await deadLetters(5)
  const other = await create('other')
  const { TaskHandle } = await start({ DestinationArn: arn('other'), MaxNumberOfMessagesPerSecond: 2 })
  await settle()
  assert.equal(await held(other), '2')
  await assert.rejects(start(), { code: 'UnsupportedOperation' })
  await advance(1000)
  assert.equal(await held(other), '4')
  assert.deepEqual(await sqs('CancelMessageMoveTask', { TaskHandle }), { ApproximateNumberOfMessagesMoved: 4 })
  await advance(5000)
  assert.equal(await held(other), '4')
  assert.equal((await list()).Results?.[0]?.Status, 'CANCELLED')
  await assert.rejects(sqs('CancelMessageMoveTask', { TaskHandle }), { code: 'UnsupportedOperation' })
  await assert.rejects(sqs('CancelMessageMoveTask', { TaskHandle: 'x' }), { code: 'ResourceNotFoundException' })
})

test('a move task needs a dead-letter queue, and fails for messages that came from nowhere', async () => {
  const { start, sqs, send, settle, list, dead } = await deadLetters(0)
  await assert.rejects(sqs('StartMessageMoveTask', { SourceArn: arn('q') }), {
    message: 'Source queue must be configured as a Dead Letter Queue.',
  })
  await assert.rejects(sqs('StartMessageMoveTask', { SourceArn: arn('none') }), { code: 'ResourceNotFoundException' })
  await send(dead, 'sent here')
  await start()
  await settle()
  const { Results: [task] = [] } = await list()
  assert.deepEqual([task?.Status, task?.FailureReason], ['FAILED', 'CouldNotDetermineMessageSource'])
})

test('a move task takes the messages of a FIFO dead-letter queue back in the order of their groups', async () => {
  const { create, send, receive, sqs, settle } = await sqsFixture()
  const fifo = { FifoQueue: 'true', ContentBasedDeduplication: 'true' }
  const dead = await create('dead.fifo', fifo)
  const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: arn('dead.fifo'), maxReceiveCount: 1 })
  const queue = await create('q.fifo', { ...fifo, RedrivePolicy, VisibilityTimeout: '0' })
  for (const text of ['a1', 'b1', 'a2', 'b2', 'a3']) await send(queue, text, { MessageGroupId: text.slice(0, 1) })
  for (let n = 0; n < 3; n++) await receive(queue, { MaxNumberOfMessages: 10 })
  assert.equal((await receive(dead, { MaxNumberOfMessages: 10, VisibilityTimeout: 0 })).length, 5)
  await create('standard')
  const start = (more: object = {}) => sqs('StartMessageMoveTask', { SourceArn: arn('dead.fifo'), ...more })
  await assert.rejects(start({ DestinationArn: arn('standard') }), { code: 'UnsupportedOperation' })
  await start()
  await settle()
  const { Results: [task] = [] } = await sqs<ListMessageMoveTasksResult>('ListMessageMoveTasks', {
    SourceArn: arn('dead.fifo'),
  })
  assert.deepEqual([task?.Status, task?.ApproximateNumberOfMessagesMoved], ['COMPLETED', 5])
  const back = await receive(queue, { MaxNumberOfMessages: 10, VisibilityTimeout: 60, AttributeNames: ['All'] })
  const ofGroup = (group: string) =>
    back.filter(({ Attributes }) => Attributes?.MessageGroupId === group).map(({ Body }) => Body)
  assert.deepEqual(
    [ofGroup('a'), ofGroup('b')],
    [
      ['a1', 'a2', 'a3'],
      ['b1', 'b2'],
    ],
  )
})

test('a move task keeps to a rate that does not divide a second', async () => {
  const { start, list, advance, held, queue, faults } = await deadLetters(120)
  await start({ MaxNumberOfMessagesPerSecond: 150 })
  await advance(5000)
  assert.deepEqual([(await list()).Results?.[0]?.Status, await held(queue), faults], ['COMPLETED', '120', []])
})
