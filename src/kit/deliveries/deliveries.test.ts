import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import { dayMs, secondMs } from '../../core/durations.ts'
import { newEntityId } from '../../core/identifiers.ts'
import type { ServiceHost, ServiceModule } from '../../core/services/service-module.ts'
import { sqs } from '../../services/sqs/sqs.ts'
import { sqsFixture } from '../../services/sqs/testing.ts'
import { sts } from '../../services/sts/sts.ts'
import { accountId, policyOf, region } from '../../testing/callers.ts'
import { eventually } from '../../testing/eventually.ts'
import { deliveriesOf } from './deliveries.ts'
import type { Delivery } from './delivery.ts'
import type { DeliveryEnd, DeliverySource } from './delivery-source.ts'
import { DeliveryRefused } from './failure.ts'
import { fromJson, toJson } from './json-bytes.ts'
import { toQueue } from './targets.ts'

const scope = { accountId, region }
const sourceArn = `arn:aws:source:${region}:${accountId}:thing`
const queueArn = (name: string) => `arn:aws:sqs:${region}:${accountId}:${name}`

/** A source of deliveries beside SQS. Deliveries that fail are tried again after 10 seconds, 20, 30 … */
async function deliveryFixture(options: Partial<DeliverySource> = {}) {
  const ends: DeliveryEnd[] = []
  const deliveries = deliveriesOf({
    name: 'source',
    principal: 'source.amazonaws.com',
    pauseMs: (failures) => failures * 10 * secondMs,
    ended: async (_tx, _delivery, end) => {
      ends.push(end)
    },
    ...options,
  })
  const source: ServiceModule = {
    definition: { ...sqs.definition, name: 'source', principal: 'source.amazonaws.com', bindings: [], operations: {} },
    open: (host) => ({ context: (call) => ({ call }), work: deliveries.work(host) }),
  }
  const fixture = await sqsFixture({ modules: [source, sts] })
  const open = (name: string) =>
    JSON.stringify({
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Principal: { Service: 'source.amazonaws.com' },
          Action: 'sqs:SendMessage',
          Resource: queueArn(name),
          Condition: { ArnEquals: { 'aws:SourceArn': sourceArn }, StringEquals: { 'aws:SourceAccount': accountId } },
        },
      ],
    })
  return {
    ...fixture,
    ends,
    /** A queue that takes what the source sends. */
    createOpen: (name: string, attributes: Record<string, string> = {}) =>
      fixture.create(name, { ...attributes, Policy: open(name) }),
    deliver: (given: Partial<Delivery> & Pick<Delivery, 'target'>) =>
      fixture.store.transaction((tx) =>
        deliveries.enqueue(
          tx,
          { scope, sourceArn, retry: { retries: 3, maxAgeMs: dayMs }, ...given },
          fixture.clock.nowMs(),
        ),
      ),
    bodies: async (url: string) => (await fixture.receive(url, { MaxNumberOfMessages: 10 })).map(({ Body }) => Body),
  }
}

const sendTo = (name: string, MessageBody: string) => toQueue(queueArn(name), { MessageBody })

test('a target that does not answer is left alone until its next try, and does not keep others waiting', async () => {
  const asked: string[] = []
  const senders = {
    http: async (input: object) => {
      const { url, n } = input as { url: string; n: number }
      asked.push(`${url} ${n}`)
      if (url !== 'dead') return
      await new Promise((resolve) => setTimeout(resolve, 20))
      throw new DeliveryRefused({ code: 'Unreachable', message: 'no answer', status: 0, isPermanent: false })
    },
  }
  const { deliver, settle, advance, ends } = await deliveryFixture({ senders, atOnce: 2 })
  const to = (url: string, n: number) => deliver({ target: { arn: url, sender: 'http', input: { url, n } } })
  for (let n = 0; n < 100; n++) await to('dead', n)
  await to('alive', 0)
  await settle()
  assert.deepEqual(asked, ['dead 0', 'alive 0'])
  assert.equal(ends.length, 1)
  await to('alive', 1)
  await settle()
  assert.deepEqual(asked.slice(2), ['alive 1'])
  asked.length = 2
  await advance(10 * secondMs)
  assert.equal(asked.length, 3)
})

test('a target that takes long for its answers has some at a time, and does not hold up others; each is made once', async () => {
  const asked: string[] = []
  const answer = Promise.withResolvers<void>()
  const senders = {
    http: async (input: object) => {
      const { url, n } = input as { url: string; n: number }
      asked.push(`${url} ${n}`)
      if (url === 'slow') await answer.promise
    },
  }
  const { deliver, settle, advance, ends, faults } = await deliveryFixture({ senders, atOnce: 4 })
  const to = (url: string, n: number) => deliver({ target: { arn: url, sender: 'http', input: { url, n } } })
  for (let n = 0; n < 20; n++) await to('slow', n)
  await to('quick', 0)
  const begunMs = performance.now()
  await settle()
  assert.ok(performance.now() - begunMs < 4000)
  assert.deepEqual(asked, ['slow 0', 'slow 1', 'quick 0'])
  await to('quick', 1)
  await settle()
  assert.deepEqual(asked.slice(3), ['quick 1'])
  // However long they take, they are not made again meanwhile.
  await advance(60 * secondMs)
  assert.deepEqual(asked.slice(4), [])
  answer.resolve()
  await eventually(() => ends.length === 4)
  await advance(60 * secondMs)
  const slow = asked.filter((name) => name.startsWith('slow'))
  assert.deepEqual([slow.length, new Set(slow).size, ends.length, faults], [20, 20, 22, []])
})

test('what a killed server was waiting for is made by another one half a minute later', async () => {
  const never = new Promise<void>(() => {})
  const { deliver, settle, store, clock, faults } = await deliveryFixture({ senders: { http: () => never } })
  await deliver({ target: { arn: 'slow', sender: 'http', input: {} } })
  await settle()
  const made: string[] = []
  const source = { name: 'source', principal: 'source.amazonaws.com', pauseMs: () => secondMs }
  const senders = { http: async (_input: object, { target }: Delivery) => void made.push(target.arn) }
  const { signal } = new AbortController()
  const host = { store, clock, signal, onFault: (fault: unknown) => faults.push(fault) }
  const other = Object.values(deliveriesOf({ ...source, senders }).work(host as unknown as ServiceHost))[0]
  const run = async () => {
    assert.ok(other && typeof other !== 'function')
    const change = await other.run({ kind: '', key: '', dueAtMs: 0, scope, payload: null })
    await store.transaction(async (tx) => void (await change(tx)))
  }
  clock.advance(29)
  await run()
  assert.deepEqual(made, [])
  clock.advance(2)
  await run()
  assert.deepEqual([made, faults], [['slow'], []])
})

test('what was under way when the server stopped is neither tried nor given up', async () => {
  let asked = 0
  const senders = {
    http: async (_input: object, _delivery: Delivery, signal: AbortSignal) => {
      asked++
      await once(signal, 'abort')
      throw new DeliveryRefused({ code: 'Unreachable', message: 'aborted', status: 0, isPermanent: false })
    },
  }
  const { deliver, settle, interrupt, ends, store } = await deliveryFixture({ senders })
  for (const order of [undefined, 'in order']) {
    const target = { arn: 'x', sender: 'http', input: {} }
    await deliver({ target, order, retry: { retries: 0, maxAgeMs: dayMs } })
  }
  const settled = settle()
  await eventually(() => asked === 2)
  interrupt()
  await settled
  const waiting = await store.read((sql) => sql.all('SELECT id FROM documents WHERE id LIKE ?', ['0%']))
  assert.deepEqual([ends, waiting.length], [[], 2])
})

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

test('a clock that is set back does not leave deliveries waiting for the time that it had shown', async () => {
  let fails = true
  const made: string[] = []
  const senders = {
    web: async (input: object) => {
      if (fails) throw new DeliveryRefused({ code: 'Busy', message: '', status: 503, isPermanent: false })
      made.push((input as { name: string }).name)
    },
  }
  const { deliver, settle, clock } = await deliveryFixture({ senders })
  const to = (name: string, order?: string) => deliver({ target: { arn: 'x', sender: 'web', input: { name } }, order })
  const nowMs = clock.nowMs()
  clock.timeMs = nowMs + 365 * dayMs
  await to('alone')
  await to('first', 'order')
  await settle()
  await to('second', 'order')
  fails = false
  clock.timeMs = nowMs
  await eventually(async () => {
    await settle()
    return made.length === 3
  })
  assert.deepEqual(made.toSorted(), ['alone', 'first', 'second'])
  assert.ok(made.indexOf('first') < made.indexOf('second'))
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
