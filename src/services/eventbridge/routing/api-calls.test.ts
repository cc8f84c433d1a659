import assert from 'node:assert/strict'
import { test } from 'node:test'
import { accountId, alice, region } from '../../../testing/callers.ts'
import { kms } from '../../kms/kms.ts'
import { eventsFixture } from '../testing.ts'
import { wantsApiCalls } from './api-calls.ts'

const read = ({ Body = '' }: { Body?: string | undefined }) => JSON.parse(Body)

test('scenario 28: DescribeKey reaches only rules that want all management events', async () => {
  const { queue, rule, events, call, settle, messages } = await eventsFixture({ modules: [kms] })
  await rule('r', { source: ['aws.kms'] }, [await queue('q')])
  const { KeyMetadata } = (await call('kms', 'CreateKey', {}, { caller: alice })) as { KeyMetadata: { KeyId: string } }
  const { KeyId } = KeyMetadata
  await call('kms', 'DescribeKey', { KeyId })
  await settle()
  const [created, ...more] = (await messages('q')).map(read)
  assert.equal(more.length, 0)
  const { id, time, detail, ...envelope } = created
  assert.ok(id && time === detail.eventTime)
  assert.deepEqual(envelope, {
    ...{ version: '0', 'detail-type': 'AWS API Call via CloudTrail', source: 'aws.kms', account: accountId, region },
    resources: [],
  })
  assert.deepEqual(
    [detail.eventSource, detail.eventName, detail.userIdentity.userName],
    ['kms.amazonaws.com', 'CreateKey', 'alice'],
  )
  const all = 'ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS'
  await events('PutRule', { Name: 'r', EventPattern: '{"source":["aws.kms"]}', State: all })
  await call('kms', 'DescribeKey', { KeyId })
  await settle()
  const names = (await messages('q')).map((message) => read(message).detail.eventName)
  assert.deepEqual(names, ['DescribeKey'])
})

test('calls before the first rule make no events, and the first call behind its answer does', async () => {
  const { queue, rule, events, settle, messages } = await eventsFixture()
  const arn = await queue('q')
  await events('CreateEventBus', { Name: 'before' })
  await rule('r', { detail: { eventName: ['CreateEventBus'] } }, [arn])
  await events('CreateEventBus', { Name: 'after' })
  await settle()
  const names = (await messages('q')).map((message) => read(message).detail.requestParameters.name)
  assert.deepEqual(names, ['after'])
  await events('DisableRule', { Name: 'r' })
  await settle()
  await events('CreateEventBus', { Name: 'unseen' })
  await settle()
  await events('EnableRule', { Name: 'r' })
  await events('CreateEventBus', { Name: 'seen' })
  await settle()
  assert.deepEqual(
    (await messages('q')).map((message) => read(message).detail.requestParameters.name),
    ['seen'],
  )
})

test('refused calls are events, too; the deliveries of EventBridge itself are none', async () => {
  const { queue, rule, call, settle, messages } = await eventsFixture()
  await rule('r', { 'detail-type': ['AWS API Call via CloudTrail'], source: ['aws.sqs'] }, [await queue('q')])
  const missing = { QueueUrl: `https://sqs/${accountId}/none`, AttributeNames: ['All'] }
  await assert.rejects(call('sqs', 'SetQueueAttributes', { ...missing, Attributes: { DelaySeconds: '1' } }))
  await settle()
  await settle()
  const events = (await messages('q')).map(read)
  assert.deepEqual(
    events.map(({ detail }) => [detail.eventName, detail.errorCode]),
    [['SetQueueAttributes', 'QueueDoesNotExist']],
  )
})

test('the ledger is followed for rules that events of calls can fit, and for no others', () => {
  const wants = (pattern: object | undefined, more: object = {}) =>
    wantsApiCalls({
      busName: 'default',
      state: 'ENABLED',
      ...(pattern && { pattern: JSON.stringify(pattern) }),
      ...more,
    })
  assert.ok(wants({ source: ['aws.kms'] }))
  assert.ok(wants({ source: [{ prefix: 'aws' }] }))
  assert.ok(wants({ account: [accountId] }))
  assert.ok(wants({ $or: [{ source: ['shop'] }, { 'detail-type': ['AWS API Call via CloudTrail'] }] }))
  assert.ok(!wants({ source: ['shop'] }))
  assert.ok(!wants({ 'detail-type': ['Order Placed'] }))
  assert.ok(!wants({ source: ['aws.kms'] }, { state: 'DISABLED' }))
  assert.ok(!wants({ source: ['aws.kms'] }, { busName: 'other' }))
  assert.ok(!wants(undefined))
  assert.ok(wantsApiCalls({ busName: 'default' }))
})
