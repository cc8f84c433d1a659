import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dayMs, secondMs } from '../../core/durations.ts'
import { newEntityId } from '../../core/identifiers.ts'
import { accountId, policyOf } from '../../testing/callers.ts'
import { deliveryFixture, queueArn, sourceArn } from '../../testing/delivery-fixture.ts'
import { DeliveryRefused } from './failure.ts'
import { fromJson, toJson } from './json-bytes.ts'
import { toQueue } from './targets.ts'

const sendTo = (name: string, MessageBody: string) => toQueue(queueArn(name), { MessageBody })

test('a delivery that is not to be made before a time waits for it, and others do not wait for it', async () => {
  const { createOpen, deliver, settle, advance, bodies, clock } = await deliveryFixture()
  const url = await createOpen('q')
  await deliver({ target: sendTo('q', 'later'), notBeforeMs: clock.nowMs() + 5 * secondMs })
  await deliver({ target: sendTo('q', 'now') })
  await settle()
  assert.deepEqual(await bodies(url), ['now'])
  await advance(5 * secondMs)
  assert.deepEqual(await bodies(url), ['later'])
})

test('a delivery reaches the target as a call of the service for its source, and is recorded there', async () => {
  const { createOpen, deliver, settle, bodies, lastRecord, ends, faults } = await deliveryFixture()
  const url = await createOpen('q')
  await deliver({ target: sendTo('q', 'hello') })
  await settle()
  const { eventName, userIdentity } = lastRecord()
  assert.deepEqual(
    [eventName, userIdentity],
    ['SendMessage', { type: 'AWSService', invokedBy: 'source.amazonaws.com' }],
  )
  assert.deepEqual(await bodies(url), ['hello'])
  await settle()
  assert.deepEqual(await bodies(url), [])
  assert.deepEqual([ends, faults], [[{ outcome: 'delivered' }], []])
})

test('a target whose policy does not name the source is not tried again: the message goes to the dead-letter queue', async () => {
  const { create, createOpen, deliver, settle, receive, ends } = await deliveryFixture({
    deadLetterAttributes: (_delivery, { code, retries }) => ({ ERROR_CODE: code, RETRY_ATTEMPTS: String(retries) }),
  })
  await create('closed')
  const dead = await createOpen('dead')
  await deliver({
    target: sendTo('closed', 'hello'),
    deadLetter: { queueArn: queueArn('dead'), attributes: { RULE_ARN: sourceArn } },
  })
  await settle()
  const [letter] = await receive(dead, { MessageAttributeNames: ['All'] })
  assert.equal(letter?.Body, 'hello')
  const attributes = Object.entries(letter?.MessageAttributes ?? {}).map(([name, { StringValue }]) => [
    name,
    StringValue,
  ])
  assert.deepEqual(Object.fromEntries(attributes), {
    RULE_ARN: sourceArn,
    ERROR_CODE: 'AccessDeniedException',
    RETRY_ATTEMPTS: '0',
  })
  const [end, ...more] = ends
  assert.ok(end?.outcome === 'given-up' && end.hasDeadLetter && end.failure.isPermanent)
  assert.deepEqual(more, [])
})

test('what a queue refuses for its characters is in the dead-letter queue, with others in their place', async () => {
  const { createOpen, deliver, settle, bodies } = await deliveryFixture()
  await createOpen('q')
  const dead = await createOpen('dead')
  await deliver({ target: sendTo('q', 'a\u0001b'), deadLetter: { queueArn: queueArn('dead') } })
  await settle()
  assert.deepEqual(await bodies(dead), ['a\ufffdb'])
})

test('a dead letter arrives whatever the words of the failure are', async () => {
  for (const message of ['a\u0000b\ud800', '', 'x'.repeat(5000)]) {
    const senders = {
      web: () => Promise.reject(new DeliveryRefused({ code: 'Bad', message, status: 400, isPermanent: true })),
    }
    const { createOpen, deliver, settle, receive } = await deliveryFixture({
      senders,
      deadLetterAttributes: (_delivery, failure) => ({ ERROR_MESSAGE: failure.message, ERROR_CODE: failure.code }),
    })
    const dead = await createOpen('dead', { MaximumMessageSize: '2048' })
    const target = { arn: 'https://127.0.0.1/', sender: 'web', input: {} }
    await deliver({ target, deadLetter: { queueArn: queueArn('dead'), body: 'hello' } })
    await settle()
    const [letter] = await receive(dead, { MessageAttributeNames: ['All'] })
    assert.equal(letter?.Body, 'hello', JSON.stringify(message.slice(0, 10)))
    assert.equal(letter?.MessageAttributes?.ERROR_CODE?.StringValue, 'Bad')
  }
})

test('what fails for a time is tried again after each pause, until its retries are used up', async () => {
  const tries: number[] = []
  const fixture = await deliveryFixture({
    senders: {
      web: async () => {
        tries.push(fixture.clock.nowMs())
        throw new DeliveryRefused({ code: 'Busy', message: 'come back later', status: 503, isPermanent: false })
      },
    },
  })
  const begunMs = fixture.clock.nowMs()
  await fixture.deliver({ target: { arn: 'https://127.0.0.1/', sender: 'web', input: {} } })
  await fixture.advance(dayMs)
  assert.deepEqual(
    tries.map((ms) => (ms - begunMs) / secondMs),
    [0, 10, 30, 60],
  )
  const [end] = fixture.ends
  assert.ok(end?.outcome === 'given-up' && !end.hasDeadLetter)
  assert.deepEqual([end.failure.retries, end.failure.exhausted, end.failure.code], [3, 'retries', 'Busy'])
})

test('what fails for longer than it may be kept is given up before its retries are used up', async () => {
  const fixture = await deliveryFixture({ senders: { web: () => Promise.reject(new Error('no answer')) } })
  const target = { arn: 'https://127.0.0.1/', sender: 'web', input: {} }
  await fixture.deliver({ target, retry: { retries: 100, maxAgeMs: 45 * secondMs } })
  await fixture.advance(dayMs)
  const [end] = fixture.ends
  assert.ok(end?.outcome === 'given-up')
  assert.deepEqual([end.failure.retries, end.failure.exhausted], [2, 'age'])
  // A fault is for the server's log; the source learns no more than that it failed.
  assert.deepEqual([end.failure.code, fixture.faults.length], ['InternalFailure', 3])
})

test('deliveries of one order wait for the one before them; others do not', async () => {
  const made: string[] = []
  let failures = 2
  const fixture = await deliveryFixture({
    senders: {
      web: async (input) => {
        const { name } = input as { name: string }
        if (name === 'a1' && failures-- > 0)
          throw new DeliveryRefused({ code: 'Busy', message: '', status: 503, isPermanent: false })
        made.push(name)
      },
    },
  })
  const send = (name: string, order?: string) =>
    fixture.deliver({ target: { arn: 'https://127.0.0.1/', sender: 'web', input: { name } }, order })
  for (const name of ['a1', 'a2', 'b1', 'a3']) await send(name, name.charAt(0))
  await send('alone')
  await fixture.settle()
  assert.deepEqual(made.toSorted(), ['alone', 'b1'])
  await send('a4', 'a')
  await fixture.advance(10 * secondMs)
  assert.deepEqual(made.length, 2)
  await fixture.advance(20 * secondMs)
  assert.deepEqual(made.slice(2), ['a1', 'a2', 'a3', 'a4'])
})

test('several hundred deliveries are all made, whatever waits for another try between them', async () => {
  const { createOpen, deliver, settle, advance, attributes, ends } = await deliveryFixture({
    senders: {
      web: () => Promise.reject(new DeliveryRefused({ code: 'Busy', message: '', status: 500, isPermanent: false })),
    },
  })
  const url = await createOpen('q')
  for (let n = 0; n < 100; n++) {
    await deliver({ target: { arn: 'https://127.0.0.1/', sender: 'web', input: {} } })
    await deliver({ target: sendTo('q', `message ${n}`) })
  }
  await settle()
  assert.equal((await attributes(url, 'All')).ApproximateNumberOfMessages, '100')
  await advance(dayMs)
  assert.equal(ends.filter(({ outcome }) => outcome === 'given-up').length, 100)
})

test('a delivery with a role is made by a session of the role, which its own policies bind', async () => {
  const { create, deliver, settle, bodies, lastRecord, putRole, ends } = await deliveryFixture()
  const trustPolicy = JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: { Service: 'source.amazonaws.com' }, Action: 'sts:AssumeRole' }],
  })
  const url = await create('q')
  const allowed = policyOf({ Effect: 'Allow', Action: 'sqs:SendMessage', Resource: queueArn('q') })
  const roleArn = (name: string) => `arn:aws:iam::${accountId}:role/${name}`
  await putRole({ arn: roleArn('sender'), roleId: newEntityId('AROA', accountId), trustPolicy, policies: [allowed] })
  await putRole({ arn: roleArn('other'), roleId: newEntityId('AROA', accountId), trustPolicy })
  await deliver({ target: sendTo('q', 'hello'), roleArn: roleArn('sender') })
  await settle()
  assert.equal(lastRecord().userIdentity.arn, `arn:aws:sts::${accountId}:assumed-role/sender/source`)
  assert.deepEqual(await bodies(url), ['hello'])
  await deliver({ target: sendTo('q', 'hello'), roleArn: roleArn('other') })
  await settle()
  assert.deepEqual(
    ends.map(({ outcome }) => outcome),
    ['delivered', 'given-up'],
  )
})

test('a message is not in the store in the clear', async () => {
  const { deliver, store } = await deliveryFixture()
  await deliver({ target: sendTo('q', 'the text of the message') })
  const rows = await store.read((sql) => sql.all('SELECT * FROM documents'))
  assert.ok(rows.length > 0)
  assert.ok(!JSON.stringify(rows).includes('the text of the message'))
})

test('bytes survive the way through the outbox, wherever they are', () => {
  const value = {
    a: [new Uint8Array([0, 255]), { b: Buffer.from('text') }],
    c: 'text',
    d: { type: 'Buffer', data: [1] },
  }
  assert.deepEqual(fromJson(toJson(value)), {
    a: [new Uint8Array([0, 255]), { b: new Uint8Array(Buffer.from('text')) }],
    c: 'text',
    d: { type: 'Buffer', data: [1] },
  })
})
