import assert from 'node:assert/strict'
import { test } from 'node:test'
import { publishEvent } from '../../../core/aws-event.ts'
import { hourMs, secondMs } from '../../../core/durations.ts'
import type { ServiceMetrics } from '../../../core/services/service-metrics.ts'
import { accountId, alice, otherAccountId, region, stranger } from '../../../testing/callers.ts'
import { eventsFixture, order, queueArn } from '../testing.ts'

const body = ({ Body = '' }: { Body?: string | undefined } = {}) => JSON.parse(Body)

test('an event reaches the targets of the rules that it fits, in the form of AWS', async () => {
  const { queue, rule, put, settle, messages, clock } = await eventsFixture()
  await rule('placed', { source: ['shop'], detail: { total: [{ numeric: ['>', 10] }] } }, [await queue('orders')])
  await rule('other', { source: ['other'] }, [await queue('others')])
  const { Entries = [], FailedEntryCount } = await put([
    order({ total: 11, big: 1 }, { Resources: ['arn:a'], Time: new Date(clock.nowMs() - hourMs) }),
    order({ total: 10 }),
  ])
  await settle()
  assert.equal(FailedEntryCount, 0)
  const [message, ...more] = await messages('orders')
  assert.equal(more.length, 0)
  assert.deepEqual(body(message), {
    version: '0',
    id: Entries[0]?.EventId,
    'detail-type': 'Order Placed',
    source: 'shop',
    account: accountId,
    time: `${new Date(clock.nowMs() - hourMs).toISOString().slice(0, 19)}Z`,
    region,
    resources: ['arn:a'],
    detail: { total: 11, big: 1 },
  })
  assert.deepEqual(await messages('others'), [])
})

test('scenario 27: an event from an AWS source is refused, entry by entry', async () => {
  const { put } = await eventsFixture()
  const { FailedEntryCount, Entries = [] } = await put(
    [
      order({}, { Source: 'aws.kms' }),
      order({}, { Source: undefined }),
      order({}, { DetailType: '' }),
      order({}, { Detail: '{' }),
      order({}, { Detail: '[1]' }),
      order(),
    ],
    { caller: alice },
  )
  assert.equal(FailedEntryCount, 5)
  assert.match(Entries.pop()?.EventId ?? '', /^[0-9a-f-]{36}$/)
  const required = (name: string) => `Parameter ${name} is not valid. Reason: ${name} is a required argument.`
  assert.deepEqual(Entries, [
    { ErrorCode: 'NotAuthorizedForSourceException', ErrorMessage: 'Not authorized for the source.' },
    { ErrorCode: 'InvalidArgument', ErrorMessage: required('Source') },
    { ErrorCode: 'InvalidArgument', ErrorMessage: required('DetailType') },
    { ErrorCode: 'MalformedDetail', ErrorMessage: 'Detail is malformed.' },
    { ErrorCode: 'MalformedDetail', ErrorMessage: 'Detail is malformed.' },
  ])
})

test('a request is limited in its entries and its size', async () => {
  const { put } = await eventsFixture()
  await assert.rejects(put(Array(11).fill(order())), { code: 'ValidationException' })
  const detail = (bytes: number) => ({ a: 'x'.repeat(bytes) })
  // 4 bytes of the source, 12 of the detail type and 8 of the detail around its text.
  assert.equal((await put([order(detail(256 * 1024 - 24))])).FailedEntryCount, 0)
  await assert.rejects(put([order(detail(256 * 1024 - 23))]), {
    code: 'ValidationException',
    message: 'Total size of the entries in the request is over the limit.',
  })
})

test('an event for a bus that does not exist is accepted, and gets nowhere', async () => {
  const { put } = await eventsFixture()
  assert.equal((await put([order({}, { EventBusName: 'absent' })])).FailedEntryCount, 0)
})

test('scenario 29: without permission the event is in the dead-letter queue at once', async () => {
  const counted: unknown[] = []
  const metrics: ServiceMetrics = {
    add: ({ namespace, name, dimensions }, value) => {
      if (namespace === 'AWS/Events') counted.push([name, dimensions, value])
    },
    watch: () => {},
  }
  const { queue, rule, put, settle, messages } = await eventsFixture({ host: { metrics } })
  const dead = await queue('dead')
  const closed = await queue('closed', false)
  const arn = await rule('r', { source: ['shop'] }, [{ Id: 'a', Arn: closed, DeadLetterConfig: { Arn: dead } }])
  await put([order({ n: 1 })])
  await settle()
  const [message] = await messages('dead')
  assert.deepEqual(body(message).detail, { n: 1 })
  const attributes = Object.fromEntries(
    Object.entries(message?.MessageAttributes ?? {}).map(([name, { StringValue }]) => [name, StringValue]),
  )
  const { ERROR_MESSAGE, ...rest } = attributes
  assert.match(ERROR_MESSAGE ?? '', /not authorized to perform: sqs:sendmessage/)
  assert.deepEqual(rest, { RULE_ARN: arn, TARGET_ARN: closed, ERROR_CODE: 'NO_PERMISSIONS', RETRY_ATTEMPTS: '0' })
  assert.deepEqual(counted, [
    ['FailedInvocations', { RuleName: 'r' }, 1],
    ['InvocationsSentToDlq', { RuleName: 'r' }, 1],
  ])
})

test('a missing queue is NO_RESOURCE; without a dead-letter queue the event is dropped', async () => {
  const { queue, rule, put, settle, messages, faults } = await eventsFixture()
  const dead = await queue('dead')
  await rule('r', { source: ['shop'] }, [
    { Id: 'a', Arn: queueArn('gone'), DeadLetterConfig: { Arn: dead } },
    { Id: 'b', Arn: queueArn('gone') },
  ])
  await put([order()])
  await settle()
  const letters = await messages('dead')
  assert.deepEqual(
    letters.map(({ MessageAttributes }) => MessageAttributes?.ERROR_CODE?.StringValue),
    ['NO_RESOURCE'],
  )
  assert.deepEqual(faults, [])
})

test('the policy of a queue may name the rule', async () => {
  const { queue, rule, put, settle, messages, call } = await eventsFixture()
  const allowed = await queue('allowed', false)
  const arn = await rule('r', { source: ['shop'] }, [allowed])
  await rule('s', { source: ['shop'] }, [allowed])
  const statement = {
    ...{
      Effect: 'Allow',
      Principal: { Service: 'events.amazonaws.com' },
      Action: 'sqs:SendMessage',
      Resource: allowed,
    },
    Condition: { ArnEquals: { 'aws:SourceArn': arn } },
  }
  await call('sqs', 'SetQueueAttributes', {
    QueueUrl: `https://sqs/${accountId}/allowed`,
    Attributes: { Policy: JSON.stringify({ Version: '2012-10-17', Statement: [statement] }) },
  })
  await put([order()])
  await settle()
  assert.equal((await messages('allowed')).length, 1)
})

test('a FIFO queue gets the message group of the target', async () => {
  const { queue, rule, put, settle, messages, events } = await eventsFixture()
  const fifo = await queue('q.fifo', true, { FifoQueue: 'true', ContentBasedDeduplication: 'true' })
  await rule('r', { source: ['shop'] }, [{ Id: 'a', Arn: fifo, SqsParameters: { MessageGroupId: 'g' } }])
  await put([order()])
  await settle()
  assert.deepEqual(
    (await messages('q.fifo')).map(({ Attributes }) => Attributes?.MessageGroupId),
    ['g'],
  )
  await assert.rejects(events('PutTargets', { Rule: 'r', Targets: [{ Id: 'b', Arn: fifo }] }), {
    message: 'Parameter(s) SqsParameters must be specified for target: b.',
  })
})

test('events of services are on the default bus of their account and Region', async () => {
  const { queue, rule, settle, messages, store, clock } = await eventsFixture()
  await rule('r', { source: ['aws.ssm'] }, [await queue('q')])
  const publish = (inRegion: string) =>
    store.transaction((tx) =>
      publishEvent(tx, {
        ...{ source: 'aws.ssm', detailType: 'Parameter Store Change', timeMs: clock.nowMs() },
        ...{ scope: { accountId, region: inRegion }, resources: ['arn:p'], detail: { name: inRegion } },
      }),
    )
  await publish('eu-west-1')
  await publish(region)
  await settle()
  assert.deepEqual(
    (await messages('q')).map(body).map(({ detail }) => detail),
    [{ name: region }],
  )
})

test('a disabled rule gets nothing, and neither does one that was changed to another pattern', async () => {
  const { queue, rule, put, settle, messages, events } = await eventsFixture()
  await rule('r', { source: ['shop'] }, [await queue('q')])
  await events('DisableRule', { Name: 'r' })
  await put([order()])
  await events('EnableRule', { Name: 'r' })
  await put([order({ second: true })])
  await rule('r', { source: ['another'] }, [])
  await put([order()])
  await settle()
  assert.deepEqual(
    (await messages('q')).map(body).map(({ detail }) => detail),
    [{ second: true }],
  )
})

test('an event goes from bus to bus, also to that of another account, whose policy must allow it', async () => {
  const { queue, rule, put, settle, messages, events } = await eventsFixture()
  await events('CreateEventBus', { Name: 'second' })
  const second = `arn:aws:events:${region}:${accountId}:event-bus/second`
  const theirs = `arn:aws:events:${region}:${otherAccountId}:event-bus/default`
  const dead = await queue('dead')
  await rule('on', { source: ['shop'] }, [second, { Id: 'theirs', Arn: theirs, DeadLetterConfig: { Arn: dead } }])
  await rule('there', { account: [accountId] }, [await queue('q')], { EventBusName: 'second' })
  const { Entries = [] } = await put([order({ n: 1 })])
  await settle()
  const [message] = await messages('q')
  assert.deepEqual([body(message).id, body(message).detail], [Entries[0]?.EventId, { n: 1 }])
  const letters = await messages('dead')
  assert.deepEqual(
    letters.map(({ MessageAttributes }) => MessageAttributes?.ERROR_CODE?.StringValue),
    ['NO_PERMISSIONS'],
  )

  const permission = { Action: 'events:PutEvents', Principal: accountId, StatementId: 'them' }
  await events('PutPermission', permission, { caller: stranger })
  await events('PutRule', { Name: 'back', EventPattern: '{"source":["shop"]}' }, { caller: stranger })
  const back = { Id: 'back', Arn: queueArn('q'), DeadLetterConfig: { Arn: dead } }
  await events('PutTargets', { Rule: 'back', Targets: [back] }, { caller: stranger })
  await put([order({ n: 2 })])
  await settle()
  assert.equal((await messages('q')).length, 2)
})

test('a delivery that fails for a while is tried again, and given up after its limits', async () => {
  const { queue, rule, put, settle, advance, messages } = await eventsFixture()
  const dead = await queue('dead')
  const function_ = `arn:aws:lambda:${region}:${accountId}:function:f`
  await rule('r', { source: ['shop'] }, [
    { Id: 'a', Arn: function_, DeadLetterConfig: { Arn: dead }, RetryPolicy: { MaximumRetryAttempts: 3 } },
  ])
  await put([order()])
  await settle()
  await advance(10 * secondMs)
  // No function service is here, which is a fault of the server: it is tried again.
  const [letter] = await messages('dead')
  assert.equal(letter?.MessageAttributes?.RETRY_ATTEMPTS?.StringValue, '3')
  assert.equal(letter?.MessageAttributes?.EXHAUSTED_RETRY_CONDITION?.StringValue, 'MaximumRetryAttempts')
})

test('an event that many rules want reaches all of their targets, some in the transaction of its put and the others behind it', async () => {
  const { queue, rule, put, settle, messages, events, store, faults } = await eventsFixture()
  const q = await queue('q')
  for (let n = 0; n < 45; n++) await rule(`r${n}`, { source: ['shop'] }, [q])
  const waiting = async () =>
    (await store.read((sql) => sql.all("SELECT id FROM documents WHERE collection = 'events.targets.deliveries'")))
      .length
  await put([order({ n: 1 })])
  assert.equal(await waiting(), 20)
  await events('DisableRule', { Name: 'r9' })
  await settle()
  assert.equal((await messages('q')).length, 44)
  await put([order({ text: 'x'.repeat(200_000) })])
  assert.equal(await waiting(), 1)
  await settle()
  assert.equal((await messages('q')).length, 44)
  assert.deepEqual(faults, [])
})

test('a template that names the event over and over makes no more than a target could take, and what none takes is a dead letter', async () => {
  const { queue, rule, put, settle, messages, faults } = await eventsFixture()
  const DeadLetterConfig = { Arn: await queue('dead') }
  const InputTransformer = { InputPathsMap: {}, InputTemplate: `[${'<aws.events.event.json>,'.repeat(300)}1]` }
  await rule('r', { source: ['shop'] }, [{ Id: 'a', Arn: await queue('q'), InputTransformer, DeadLetterConfig }])
  await put([order({ text: 'x'.repeat(200_000) })])
  await settle()
  assert.equal((await messages('q')).length, 0)
  assert.equal((await messages('dead')).length, 1)
  assert.deepEqual(faults, [])
})
