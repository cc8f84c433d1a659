import assert from 'node:assert/strict'
import { test } from 'node:test'
import { accountId, region } from '../../../testing/callers.ts'
import { eventbridge } from '../../eventbridge/eventbridge.ts'
import { iam } from '../../iam/iam.ts'
import { sqs } from '../../sqs/sqs.ts'
import { cloudtrailFixture } from '../testing.ts'

/** CloudTrail with a rule on calls, whose events go to a queue. */
async function ruleFixture(pattern: object, State = 'ENABLED', settings: Record<string, unknown> = {}) {
  const fixture = await cloudtrailFixture({ modules: [eventbridge, sqs, iam], settings })
  const statement = {
    Effect: 'Allow',
    Principal: { Service: 'events.amazonaws.com' },
    Action: 'sqs:SendMessage',
    Resource: '*',
  }
  const Attributes = { Policy: JSON.stringify({ Version: '2012-10-17', Statement: [statement] }) }
  await fixture.call('sqs', 'CreateQueue', { QueueName: 'q', Attributes })
  await fixture.call('events', 'PutRule', { Name: 'r', EventPattern: JSON.stringify(pattern), State })
  const Arn = `arn:aws:sqs:${region}:${accountId}:q`
  await fixture.call('events', 'PutTargets', { Rule: 'r', Targets: [{ Id: 't', Arn }] })
  const QueueUrl = `https://sqs.${region}.amazonaws.com/${accountId}/q`
  return {
    ...fixture,
    /** Takes the events out of the queue. */
    received: async () => {
      await fixture.settle()
      const found: { 'detail-type': string; detail: { eventName: string } }[] = []
      for (;;) {
        const request = { QueueUrl, MaxNumberOfMessages: 10 }
        const { Messages = [] } = (await fixture.call('sqs', 'ReceiveMessage', request)) as {
          Messages?: { Body: string; ReceiptHandle: string }[]
        }
        if (Messages.length === 0) return found
        for (const { Body, ReceiptHandle } of Messages) {
          found.push(JSON.parse(Body))
          await fixture.call('sqs', 'DeleteMessage', { QueueUrl, ReceiptHandle })
        }
      }
    },
  }
}

const created = { detail: { eventName: ['CreateUser', 'StopLogging'] } }
const names = (events: readonly { detail: { eventName: string } }[]) => events.map(({ detail }) => detail.eventName)

test('scenario 56: a call is an event with a trail that logs, up to the call that stops it, and without one it is none', async () => {
  const { start, trail, call, received } = await ruleFixture(created)
  const createUser = (UserName: string) => call('iam', 'CreateUser', { UserName })
  await createUser('before')
  assert.deepEqual(await received(), [])
  await start('audit')
  await createUser('a')
  const [event, ...more] = await received()
  assert.deepEqual(
    [event?.['detail-type'], event?.detail.eventName, more.length],
    ['AWS API Call via CloudTrail', 'CreateUser', 0],
  )
  await createUser('b')
  await trail('StopLogging', { Name: 'audit' })
  await createUser('unseen')
  assert.deepEqual(names(await received()), ['CreateUser', 'StopLogging'])
})

test('only events that the selectors of a trail fit come to event buses', async () => {
  const { start, trail, call, received } = await ruleFixture(created)
  await start('audit')
  const EventSelectors = [{ ReadWriteType: 'ReadOnly' }]
  await trail('PutEventSelectors', { TrailName: 'audit', EventSelectors })
  await call('iam', 'CreateUser', { UserName: 'a' })
  assert.deepEqual(await received(), [])
})

test('data events come to event buses when a selector asks for them', async () => {
  const { start, trail, call, received } = await ruleFixture({
    source: ['aws.s3'],
    'detail-type': ['AWS API Call via CloudTrail'],
  })
  await start('audit')
  await call('s3', 'CreateBucket', { Bucket: 'photos' })
  const DataResources = [{ Type: 'AWS::S3::Object', Values: ['arn:aws:s3:::photos/'] }]
  await trail('PutEventSelectors', { TrailName: 'audit', EventSelectors: [{ DataResources }] })
  await call('s3', 'PutObject', { Bucket: 'photos', Key: 'k', Body: 'x' })
  await call('s3', 'GetObject', { Bucket: 'photos', Key: 'k' })
  assert.deepEqual(names(await received()), ['CreateBucket', 'PutObject', 'GetObject'])
})

test('scenario 57: calls that only read come to rules that ask for all management events', async () => {
  const pattern = { detail: { eventName: ['ListBuckets'] } }
  const writes = await ruleFixture(pattern)
  await writes.start('audit')
  await writes.call('s3', 'ListBuckets', {})
  assert.deepEqual(await writes.received(), [])
  const all = await ruleFixture(pattern, 'ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS')
  await all.start('audit')
  await all.call('s3', 'ListBuckets', {})
  assert.deepEqual(names(await all.received()), ['ListBuckets'])
})

test('with events.api-calls=all, calls are events without a trail', async () => {
  const { call, received } = await ruleFixture(created, 'ENABLED', { 'events.api-calls': 'all' })
  await call('iam', 'CreateUser', { UserName: 'a' })
  assert.deepEqual(names(await received()), ['CreateUser'])
})
