import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { CreateQueueResult, Message } from '@aws-sdk/client-sqs'
import type { AwsEvent } from '../../../../core/aws-event.ts'
import { accountId, policyOf, region } from '../../../../testing/callers.ts'
import { sns } from '../../../sns/sns.ts'
import { sqs } from '../../../sqs/sqs.ts'
import { s3Fixture } from '../../testing.ts'

const Bucket = 'photos'
const queueArn = `arn:aws:sqs:${region}:${accountId}:events`
const fromBucket = { ArnLike: { 'aws:SourceArn': 'arn:aws:s3:::photos' } }

async function withQueue(policy = true) {
  const fixture = await s3Fixture({ modules: [sqs, sns] })
  const { call, s3, settle } = fixture
  const allow = { Effect: 'Allow', Principal: { Service: 's3.amazonaws.com' }, Action: 'sqs:SendMessage' }
  const Policy = policyOf({ ...allow, Resource: queueArn, Condition: fromBucket })
  const Attributes = policy ? { Policy } : {}
  const { QueueUrl } = (await call('sqs', 'CreateQueue', { QueueName: 'events', Attributes })) as CreateQueueResult
  const configure = (configuration: object, more: object = {}) =>
    s3('PutBucketNotificationConfiguration', { Bucket, NotificationConfiguration: configuration, ...more })
  return {
    ...fixture,
    configure,
    toQueue: (Events: string[], filter: Record<string, string> = {}) =>
      configure({
        QueueConfigurations: [
          {
            ...{ Id: 'mine', QueueArn: queueArn, Events },
            Filter: { Key: { FilterRules: Object.entries(filter).map(([Name, Value]) => ({ Name, Value })) } },
          },
        ],
      }),
    received: async () => {
      await settle()
      const input = { QueueUrl, MaxNumberOfMessages: 10 }
      const { Messages = [] } = (await call('sqs', 'ReceiveMessage', input)) as { Messages?: Message[] }
      return Messages.map(({ Body = '' }) => JSON.parse(Body))
    },
  }
}

test('scenario 16: a queue whose policy does not name S3, or that is not there, is refused by name', async () => {
  const { configure, toQueue, s3 } = await withQueue(false)
  await assert.rejects(toQueue(['s3:ObjectCreated:*']), {
    code: 'InvalidArgument',
    status: 400,
    message: 'Unable to validate the following destination configurations',
    members: {
      ArgumentName1: queueArn,
      ArgumentValue1: 'Permissions on the destination queue do not allow S3 to publish notifications from this bucket',
    },
  })
  const missing = [{ QueueArn: `${queueArn}-missing`, Events: ['s3:ObjectCreated:*'] }]
  await assert.rejects(configure({ QueueConfigurations: missing }), (error: { members: Record<string, string> }) => {
    assert.equal(error.members.ArgumentValue1, 'The destination queue does not exist')
    return true
  })
  assert.deepEqual(await s3('GetBucketNotificationConfiguration', { Bucket }), {})
  await configure({ QueueConfigurations: missing }, { SkipDestinationValidation: true })
})

test('scenario 17: the key of a notification is encoded, and that of an event on the bus is not', async () => {
  const { configure, put, received, bus, settle } = await withQueue()
  const events: AwsEvent[] = []
  bus.subscribe(async (event) => {
    events.push(event)
  })
  await configure({
    QueueConfigurations: [{ QueueArn: queueArn, Events: ['s3:ObjectCreated:*'] }],
    EventBridgeConfiguration: {},
  })
  assert.deepEqual(
    (await received()).map(({ Event, Bucket: name }) => [Event, name]),
    [['s3:TestEvent', Bucket]],
  )
  const { ETag } = await put('a b/ü+.txt', 'hello')
  const [message] = await received()
  const [record] = message.Records
  assert.equal(record.s3.object.key, 'a+b/%C3%BC%2B.txt')
  assert.deepEqual(
    [record.eventName, record.s3.object.size, `"${record.s3.object.eTag}"`, record.s3.bucket.arn],
    ['ObjectCreated:Put', 5, ETag, 'arn:aws:s3:::photos'],
  )
  await settle()
  const [event] = events
  assert.ok(event)
  assert.deepEqual(
    [event.source, event['detail-type'], event.resources],
    ['aws.s3', 'Object Created', ['arn:aws:s3:::photos']],
  )
  const { object, reason, bucket } = event.detail as { object: { key: string }; reason: string; bucket: object }
  assert.deepEqual([object.key, reason, bucket], ['a b/ü+.txt', 'PutObject', { name: Bucket }])
})

test('rules choose by the kind of event, prefix and suffix; deletions, copies, tags and uploads are different kinds', async () => {
  const { toQueue, put, received, s3 } = await withQueue()
  await toQueue(['s3:ObjectCreated:Copy', 's3:ObjectRemoved:*', 's3:ObjectTagging:*'], {
    prefix: 'in/',
    suffix: '.txt',
  })
  await received()
  const inside = 'in/k.txt'
  await put(inside, 'x')
  await s3('CopyObject', { Bucket, Key: 'in/copy.txt', CopySource: `photos/${inside}` })
  await s3('CopyObject', { Bucket, Key: 'in/copy.bin', CopySource: `photos/${inside}` })
  await s3('PutObjectTagging', { Bucket, Key: inside, Tagging: { TagSet: [] } })
  await s3('DeleteObject', { Bucket, Key: inside })
  await s3('DeleteObject', { Bucket, Key: inside })
  await s3('PutBucketVersioning', { Bucket, VersioningConfiguration: { Status: 'Enabled' } })
  await s3('DeleteObjects', { Bucket, Delete: { Objects: [{ Key: 'in/copy.txt' }, { Key: 'out.txt' }] } })
  const messages = await received()
  assert.deepEqual(
    messages
      .map(({ Records: [record] }) => `${record.eventName} ${record.s3.object.key} ${record.s3.configurationId}`)
      .sort(),
    [
      'ObjectCreated:Copy in/copy.txt mine',
      'ObjectRemoved:Delete in/k.txt mine',
      'ObjectRemoved:DeleteMarkerCreated in/copy.txt mine',
      'ObjectTagging:Put in/k.txt mine',
    ],
  )
})

test('scenario 4: what is refused is reported to no one', async () => {
  const { toQueue, put, received } = await withQueue()
  await toQueue(['s3:ObjectCreated:*'])
  await received()
  await assert.rejects(put('k', 'x', { ChecksumCRC32: 'AAAAAA==' }), { code: 'BadDigest' })
  assert.deepEqual(await received(), [])
})

test('configurations are checked, shown as they were put, and replaced whole', async () => {
  const { configure, toQueue, s3 } = await withQueue()
  await toQueue(['s3:ObjectCreated:*'], { prefix: 'a/' })
  assert.deepEqual(await s3('GetBucketNotificationConfiguration', { Bucket }), {
    QueueConfigurations: [
      {
        ...{ QueueArn: queueArn, Id: 'mine', Events: ['s3:ObjectCreated:*'] },
        Filter: { Key: { FilterRules: [{ Name: 'Prefix', Value: 'a/' }] } },
      },
    ],
  })
  const queue = (more: object) => ({ QueueArn: queueArn, Events: ['s3:ObjectCreated:*'], ...more })
  const refused: [object, RegExp][] = [
    [queue({ QueueArn: 'queue' }), /^The ARN could not be parsed$/],
    [queue({ Events: ['s3:ObjectSold'] }), /^The event is not supported for notifications$/],
    [queue({ QueueArn: `${queueArn}.fifo` }), /^Unable to validate the following destination configurations$/],
    [queue({ Filter: { Key: { FilterRules: [{ Name: 'infix', Value: 'x' }] } } }), /must be either prefix or suffix$/],
  ]
  for (const [one, message] of refused) {
    await assert.rejects(configure({ QueueConfigurations: [one] }), { code: 'InvalidArgument', message })
  }
  const overlapping = [queue({}), queue({ Events: ['s3:ObjectCreated:Put'] })]
  await assert.rejects(configure({ QueueConfigurations: overlapping }), {
    message: 'Configurations overlap. Configurations on the same bucket cannot share a common event type.',
  })
  await configure({})
  assert.deepEqual(await s3('GetBucketNotificationConfiguration', { Bucket }), {})
})

test('a topic gets notifications under its policy', async () => {
  const { call, configure, put, store, settle } = await withQueue()
  const { TopicArn } = (await call('sns', 'CreateTopic', { Name: 'news' })) as { TopicArn: string }
  const TopicConfigurations = [{ TopicArn, Events: ['s3:ObjectCreated:*'] }]
  await assert.rejects(configure({ TopicConfigurations }), { code: 'InvalidArgument' })
  const AttributeValue = policyOf({
    ...{ Effect: 'Allow', Principal: { Service: 's3.amazonaws.com' }, Action: 'SNS:Publish', Resource: TopicArn },
    Condition: fromBucket,
  })
  await call('sns', 'SetTopicAttributes', { TopicArn, AttributeName: 'Policy', AttributeValue })
  await configure({ TopicConfigurations })
  await put('k', 'x')
  await settle()
  const published = store.records.filter(({ eventName, errorCode }) => eventName === 'Publish' && !errorCode)
  assert.deepEqual(
    published.map(({ userIdentity }) => userIdentity.invokedBy),
    ['s3.amazonaws.com', 's3.amazonaws.com'],
  )
})
