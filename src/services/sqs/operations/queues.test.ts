import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ListDeadLetterSourceQueuesResult, ListQueuesResult, ListQueueTagsResult } from '@aws-sdk/client-sqs'
import { callerOf, rootOf } from '../../../../test/fixtures/call.ts'
import { contents, messages } from '../storage/collections.ts'
import { sqsFixture } from '../testing.ts'

const accountId = '111122223333'
const arn = (name: string) => `arn:aws:sqs:us-east-1:${accountId}:${name}`

test('CreateQueue finds a queue with the same attributes, and refuses other ones', async () => {
  const { create, attributes } = await sqsFixture()
  const url = await create('q', { VisibilityTimeout: '10' }, { team: 'blue' })
  assert.equal(url, `http://127.0.0.1:4566/${accountId}/q`)
  assert.equal(await create('q'), url)
  assert.equal(await create('q', { VisibilityTimeout: '10', DelaySeconds: '0' }), url)
  await assert.rejects(create('q', { VisibilityTimeout: '11' }), {
    code: 'QueueNameExists',
    message: 'A queue already exists with the same name and a different value for attribute VisibilityTimeout',
  })
  const { CreatedTimestamp, LastModifiedTimestamp, ...all } = await attributes(url, 'All')
  assert.equal(CreatedTimestamp, LastModifiedTimestamp)
  assert.deepEqual(all, {
    QueueArn: arn('q'),
    ApproximateNumberOfMessages: '0',
    ApproximateNumberOfMessagesNotVisible: '0',
    ApproximateNumberOfMessagesDelayed: '0',
    SqsManagedSseEnabled: 'true',
    VisibilityTimeout: '10',
    DelaySeconds: '0',
    MaximumMessageSize: '1048576',
    MessageRetentionPeriod: '345600',
    ReceiveMessageWaitTimeSeconds: '0',
  })
})

test('names and attributes out of their limits are refused', async () => {
  const { create, sqs } = await sqsFixture()
  for (const name of ['a b', 'x'.repeat(81), 'q.fifo', 'ü']) {
    await assert.rejects(create(name), { code: 'InvalidParameterValueException' }, name)
  }
  await assert.rejects(create('q', { FifoQueue: 'true' }), /must end with \.fifo suffix/)
  const wrong: Record<string, string[]> = {
    VisibilityTimeout: ['-1', '43201', 'x', ''],
    DelaySeconds: ['901'],
    MaximumMessageSize: ['1023', '1048577'],
    MessageRetentionPeriod: ['59', '1209601'],
    ReceiveMessageWaitTimeSeconds: ['21'],
    KmsDataKeyReusePeriodSeconds: ['59', '86401'],
    SqsManagedSseEnabled: ['maybe'],
    RedrivePolicy: ['{', '{}', `{"deadLetterTargetArn":"${arn('d')}"}`, redrive('d', 0), redrive('d', 1001)],
    RedriveAllowPolicy: ['{"redrivePermission":"some"}', '{"redrivePermission":"byQueue"}'],
    Policy: ['{', '{"Statement":[]}'],
  }
  for (const [name, values] of Object.entries(wrong)) {
    for (const value of values) {
      await assert.rejects(create('q', { [name]: value }), { code: 'InvalidAttributeValue' }, `${name}=${value}`)
    }
  }
  for (const name of ['ContentBasedDeduplication', 'QueueArn', 'Other']) {
    await assert.rejects(create('q', { [name]: 'true' }), {
      code: 'InvalidAttributeName',
      message: `Unknown Attribute ${name}.`,
    })
  }
  await assert.rejects(create('q', { RedrivePolicy: redrive('none', 3) }), /Dead letter target does not exist/)
  await assert.rejects(create('q', { KmsMasterKeyId: 'alias/x', SqsManagedSseEnabled: 'true' }), {
    code: 'InvalidAttributeValue',
  })
  const QueueUrl = await create('q')
  const set = (Attributes: Record<string, string>) => sqs('SetQueueAttributes', { QueueUrl, Attributes })
  await assert.rejects(set({ FifoQueue: 'true' }), { code: 'InvalidAttributeName' })
  await assert.rejects(sqs('GetQueueAttributes', { QueueUrl, AttributeNames: ['Other'] }), {
    message: 'Unknown Attribute Other.',
  })
})

const redrive = (target: string, maxReceiveCount: number) =>
  JSON.stringify({ deadLetterTargetArn: arn(target), maxReceiveCount })

test('the name of a deleted queue can be used again after a minute, or at once where the setting says so', async () => {
  const { create, sqs, send, receive, clock } = await sqsFixture()
  const QueueUrl = await create('q')
  await send(QueueUrl, 'x')
  await sqs('DeleteQueue', { QueueUrl })
  await assert.rejects(receive(QueueUrl), { code: 'QueueDoesNotExist' })
  await assert.rejects(create('q'), {
    code: 'QueueDeletedRecently',
    message: 'You must wait 60 seconds after deleting a queue before you can create another with the same name.',
  })
  clock.advance(60)
  await create('q')
  assert.deepEqual(await receive(QueueUrl), [])

  const other = await sqsFixture({ settings: { 'sqs.hold-names': false } })
  await other.sqs('DeleteQueue', { QueueUrl: await other.create('q') })
  await other.create('q')
})

test('PurgeQueue empties a queue at once, once a minute, and what it held is removed behind it', async () => {
  const { create, sqs, send, receive, attributes, clock, settle, store } = await sqsFixture()
  const QueueUrl = await create('q')
  for (let n = 0; n < 12; n++) await send(QueueUrl, 'x')
  const [message] = await receive(QueueUrl)
  await sqs('PurgeQueue', { QueueUrl })
  assert.equal((await attributes(QueueUrl, 'All')).ApproximateNumberOfMessages, '0')
  assert.deepEqual(await receive(QueueUrl), [])
  await sqs('DeleteMessage', { QueueUrl, ReceiptHandle: message?.ReceiptHandle })
  await assert.rejects(sqs('PurgeQueue', { QueueUrl }), {
    code: 'PurgeQueueInProgress',
    status: 403,
    message: 'Only one PurgeQueue operation on q is allowed every 60 seconds.',
  })
  await send(QueueUrl, 'new')
  await settle()
  const scope = { accountId, region: 'us-east-1' }
  assert.equal(await store.in(messages).count(scope), 1)
  assert.equal(await store.in(contents).count(scope), 1)
  clock.advance(60)
  await sqs('PurgeQueue', { QueueUrl })
})

test('queues are listed by name and prefix, in pages', async () => {
  const { create, sqs } = await sqsFixture()
  for (const name of ['b', 'a1', 'a2', 'a3']) await create(name)
  const list = async (input: object) => {
    const { QueueUrls = [], NextToken } = await sqs<ListQueuesResult>('ListQueues', input)
    return { names: QueueUrls.map((url) => url.split('/').pop()), NextToken }
  }
  assert.deepEqual((await list({})).names, ['a1', 'a2', 'a3', 'b'])
  const first = await list({ QueueNamePrefix: 'a', MaxResults: 2 })
  assert.deepEqual(first.names, ['a1', 'a2'])
  const { NextToken } = first
  assert.deepEqual((await list({ QueueNamePrefix: 'a', MaxResults: 2, NextToken })).names, ['a3'])
  await assert.rejects(list({ MaxResults: 2, NextToken }), { code: 'InvalidParameterValueException' })
  await assert.rejects(list({ MaxResults: 0 }), { code: 'InvalidParameterValueException' })
})

test('tags are added, replaced and removed', async () => {
  const { create, sqs } = await sqsFixture()
  const QueueUrl = await create('q', {}, { a: '1' })
  await sqs('TagQueue', { QueueUrl, Tags: { b: '2', a: '3' } })
  await sqs('UntagQueue', { QueueUrl, TagKeys: ['b', 'c'] })
  assert.deepEqual(await sqs<ListQueueTagsResult>('ListQueueTags', { QueueUrl }), { Tags: { a: '3' } })
  await assert.rejects(sqs('TagQueue', { QueueUrl, Tags: { 'aws:x': '1' } }), {
    code: 'InvalidParameterValueException',
  })
})

test('a queue policy lets another account in, AddPermission writes one, and RemovePermission takes it away', async () => {
  const { create, sqs, send, attributes } = await sqsFixture()
  const QueueUrl = await create('q')
  const other = { caller: callerOf(rootOf('444455556666')) }
  await assert.rejects(send(QueueUrl, 'x', {}, other), (error: Error) => {
    assert.match(error.message, /is not authorized to perform: sqs:sendmessage on resource: arn:aws:sqs:us-east-1:/)
    return true
  })
  const allow = { QueueUrl, Label: 'share', AWSAccountIds: ['444455556666'], Actions: ['SendMessage'] }
  await sqs('AddPermission', allow)
  assert.deepEqual(JSON.parse((await attributes(QueueUrl, 'Policy')).Policy ?? ''), {
    Version: '2008-10-17',
    Id: `${arn('q')}/SQSDefaultPolicy`,
    Statement: [
      {
        Sid: 'share',
        Effect: 'Allow',
        Principal: { AWS: 'arn:aws:iam::444455556666:root' },
        Action: 'SQS:SendMessage',
        Resource: arn('q'),
      },
    ],
  })
  await assert.rejects(sqs('AddPermission', allow), {
    message: 'Value share for parameter Label is invalid. Reason: Already exists.',
  })
  await assert.rejects(sqs('AddPermission', { ...allow, Label: 'x', Actions: ['DeleteQueue'] }), /queue owner/)
  await sqs('RemovePermission', { QueueUrl, Label: 'share' })
  assert.deepEqual(await attributes(QueueUrl, 'Policy'), {})
  await assert.rejects(sqs('RemovePermission', { QueueUrl, Label: 'share' }), {
    code: 'InvalidParameterValueException',
  })
  const statement = { Effect: 'Allow', Principal: '*', Action: 'sqs:*', Resource: arn('q') }
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [statement] })
  await sqs('SetQueueAttributes', { QueueUrl, Attributes: { Policy } })
  await send(QueueUrl, 'x', {}, other)
  await sqs('SetQueueAttributes', { QueueUrl, Attributes: { Policy: '' } })
  await assert.rejects(send(QueueUrl, 'x', {}, other))
})

test('scenario 37: a message received twice without a delete is in the dead-letter queue at the third receive, with its id', async () => {
  const { create, send, receive, sqs, attributes, clock } = await sqsFixture()
  const dead = await create('dead')
  const queue = await create('q', { RedrivePolicy: redrive('dead', 2) })
  const sent = await send(queue, 'poison', { MessageAttributes: { a: { DataType: 'String', StringValue: 'b' } } })
  const sentAt = clock.nowMs()
  for (let n = 0; n < 2; n++) {
    assert.equal((await receive(queue)).length, 1)
    clock.advance(30)
  }
  assert.deepEqual(await receive(queue), [])
  const [moved] = await receive(dead, { AttributeNames: ['All'], MessageAttributeNames: ['All'] })
  assert.deepEqual([moved?.MessageId, moved?.Body], [sent.MessageId, 'poison'])
  assert.equal(moved?.MessageAttributes?.a?.StringValue, 'b')
  assert.equal(moved?.Attributes?.DeadLetterQueueSourceArn, arn('q'))
  assert.equal(moved?.Attributes?.SentTimestamp, String(sentAt))
  assert.equal((await attributes(queue, 'All')).ApproximateNumberOfMessages, '0')
  assert.deepEqual(await sqs<ListDeadLetterSourceQueuesResult>('ListDeadLetterSourceQueues', { QueueUrl: dead }), {
    queueUrls: [queue],
  })
})

test('a dead-letter queue takes what its RedriveAllowPolicy allows, of queues of its own type', async () => {
  const { create } = await sqsFixture()
  await create('none', { RedriveAllowPolicy: '{"redrivePermission":"denyAll"}' })
  const byQueue = JSON.stringify({ redrivePermission: 'byQueue', sourceQueueArns: [arn('good')] })
  await create('some', { RedriveAllowPolicy: byQueue })
  await create('fifo.fifo', { FifoQueue: 'true' })
  for (const target of ['none', 'some', 'fifo.fifo']) {
    await assert.rejects(create('bad', { RedrivePolicy: redrive(target, 1) }), {
      code: 'InvalidParameterValueException',
    })
  }
  await create('good', { RedrivePolicy: redrive('some', 1) })
})
