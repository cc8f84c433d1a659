import assert from 'node:assert/strict'
import { getEventListeners } from 'node:events'
import { mock, test } from 'node:test'
import { setTimeout as after } from 'node:timers/promises'
import { QueueWaiters } from '../queue-waiters.ts'
import { sqsFixture } from '../testing.ts'

const bodies = (messages: readonly { Body?: string }[]) => messages.map(({ Body }) => Body)

test('a receiver that waits has a message as soon as it is sent, and reads the store once before', async () => {
  const { create, send, receive, store } = await sqsFixture()
  const queue = await create('q')
  const reads = mock.method(store, 'in')
  const waiting = receive(queue, { WaitTimeSeconds: 20 })
  await after(50)
  const ofMessages = reads.mock.calls.filter(({ arguments: [spec] }) => spec.name === 'sqs.messages')
  assert.equal(ofMessages.length, 1)
  const sentAt = performance.now()
  await send(queue, 'x')
  assert.deepEqual(bodies(await waiting), ['x'])
  assert.ok(performance.now() - sentAt < 1000)
})

test('one message wakes one of those who wait, and each has its own', async () => {
  const { create, send, receive } = await sqsFixture()
  const queue = await create('q')
  const waiting = Array.from({ length: 5 }, () => receive(queue, { WaitTimeSeconds: 20 }))
  for (let n = 0; n < 5; n++) await send(queue, String(n))
  const received = (await Promise.all(waiting)).flatMap(bodies)
  assert.deepEqual(received.toSorted(), ['0', '1', '2', '3', '4'])
})

test('a receiver that waits has a message when its visibility timeout is over or cut, and when one comes to the dead-letter queue', async () => {
  const { create, send, receive, sqs, clock } = await sqsFixture()
  const dead = await create('dead')
  const RedrivePolicy = JSON.stringify({
    deadLetterTargetArn: `arn:aws:sqs:us-east-1:111122223333:dead`,
    maxReceiveCount: 2,
  })
  const queue = await create('q', { RedrivePolicy })
  await send(queue, 'x')
  const [first] = await receive(queue, { VisibilityTimeout: 600 })
  const waiting = receive(queue, { WaitTimeSeconds: 20 })
  await after(20)
  await sqs('ChangeMessageVisibility', { QueueUrl: queue, ReceiptHandle: first?.ReceiptHandle, VisibilityTimeout: 0 })
  assert.deepEqual(bodies(await waiting), ['x'])
  const atDeadLetters = receive(dead, { WaitTimeSeconds: 20 })
  await after(20)
  clock.advance(30)
  assert.deepEqual(await receive(queue), [])
  assert.deepEqual(bodies(await atDeadLetters), ['x'])
})

test('a receiver that waits goes on waiting when all it found went to the dead-letter queue', async () => {
  const { create, send, receive, clock } = await sqsFixture()
  const dead = await create('dead')
  const RedrivePolicy = JSON.stringify({
    deadLetterTargetArn: `arn:aws:sqs:us-east-1:111122223333:dead`,
    maxReceiveCount: 1,
  })
  const queue = await create('q', { RedrivePolicy })
  for (let n = 0; n < 3; n++) await send(queue, `old ${n}`)
  assert.equal((await receive(queue, { MaxNumberOfMessages: 10 })).length, 3)
  clock.advance(30)
  const atDeadLetters = receive(dead, { WaitTimeSeconds: 20 })
  const waiting = receive(queue, { WaitTimeSeconds: 20 })
  assert.equal((await atDeadLetters).length, 1)
  await send(queue, 'new')
  assert.deepEqual(bodies(await waiting), ['new'])
  assert.equal((await receive(dead, { MaxNumberOfMessages: 10 })).length, 2)
})

test('a receiver that is woken many times leaves no listeners on the signal of its waiting', async () => {
  const waiter = new QueueWaiters().join('q')
  const { signal } = new AbortController()
  for (let n = 0; n < 20; n++) {
    const woken = waiter?.woken(signal)
    waiter?.wake()
    assert.equal(await woken, true)
  }
  assert.equal(getEventListeners(signal, 'abort').length, 0)
})

test('receivers that wait have what is visible once the clock was moved', async () => {
  const { create, send, receive, clock } = await sqsFixture()
  const queue = await create('q')
  await send(queue, 'a', { DelaySeconds: 600 })
  await send(queue, 'b', { DelaySeconds: 900 })
  const waiting = [1, 2].map(() => receive(queue, { WaitTimeSeconds: 20 }))
  await after(20)
  clock.advance(900)
  assert.deepEqual((await Promise.all(waiting)).flatMap(bodies).toSorted(), ['a', 'b'])
})

test('waiting ends with its time, and with the server', async () => {
  const { create, receive, interrupt } = await sqsFixture()
  const queue = await create('q', { ReceiveMessageWaitTimeSeconds: '1' })
  const began = performance.now()
  assert.deepEqual(await receive(queue), [])
  assert.ok(performance.now() - began > 900)
  const waiting = receive(queue, { WaitTimeSeconds: 20 })
  await after(20)
  interrupt()
  assert.deepEqual(await waiting, [])
  assert.ok(performance.now() - began < 5000)
})
