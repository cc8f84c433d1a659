import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import type { SendMessageBatchResult } from '@aws-sdk/client-sqs'
import { sqsFixture } from '../testing.ts'

test('a message is received with its digest, hidden for the visibility timeout, and gone once it is deleted', async () => {
  const { create, send, receive, sqs, attributes, clock } = await sqsFixture()
  const queue = await create('orders')
  const sent = await send(queue, 'hello')
  const md5 = createHash('md5').update('hello').digest('hex')
  assert.equal(sent.MD5OfMessageBody, md5)
  const [first] = await receive(queue, { MessageSystemAttributeNames: ['All'] })
  assert.ok(first)
  assert.deepEqual([first.MessageId, first.Body, first.MD5OfBody], [sent.MessageId, 'hello', md5])
  assert.deepEqual(first.Attributes, {
    SenderId: '111122223333',
    SentTimestamp: String(clock.nowMs()),
    ApproximateReceiveCount: '1',
    ApproximateFirstReceiveTimestamp: String(clock.nowMs()),
  })
  assert.deepEqual(await receive(queue), [])
  assert.deepEqual(await counted(queue, attributes), ['0', '1', '0'])
  clock.advance(30)
  assert.deepEqual(await counted(queue, attributes), ['1', '0', '0'])
  const [second] = await receive(queue, { AttributeNames: ['All'] })
  assert.equal(second?.Attributes?.ApproximateReceiveCount, '2')
  assert.notEqual(second?.ReceiptHandle, first.ReceiptHandle)
  await sqs('DeleteMessage', { QueueUrl: queue, ReceiptHandle: second?.ReceiptHandle })
  clock.advance(60)
  assert.deepEqual(await receive(queue), [])
  assert.deepEqual(await counted(queue, attributes), ['0', '0', '0'])
  await sqs('DeleteMessage', { QueueUrl: queue, ReceiptHandle: second?.ReceiptHandle })
})

const counted = async (queue: string, attributes: (queue: string, name: string) => Promise<Record<string, string>>) => {
  const all = await attributes(queue, 'All')
  return ['', 'NotVisible', 'Delayed'].map((kind) => all[`ApproximateNumberOfMessages${kind}`])
}

test('an old receipt handle deletes nothing, and one that was made up or is of another queue is refused', async () => {
  const { create, send, receive, sqs, clock } = await sqsFixture()
  const [queue, other] = [await create('one'), await create('two')]
  await send(queue, 'x')
  const [old] = await receive(queue)
  clock.advance(30)
  await receive(queue)
  await sqs('DeleteMessage', { QueueUrl: queue, ReceiptHandle: old?.ReceiptHandle })
  clock.advance(30)
  const [message] = await receive(queue)
  assert.equal(message?.Body, 'x')
  const refused = { code: 'ReceiptHandleIsInvalid', status: 400 }
  for (const ReceiptHandle of ['made up', Buffer.alloc(60).toString('base64')]) {
    await assert.rejects(sqs('DeleteMessage', { QueueUrl: queue, ReceiptHandle }), refused)
  }
  await assert.rejects(sqs('DeleteMessage', { QueueUrl: other, ReceiptHandle: message?.ReceiptHandle }), refused)
})

test('a delayed message is counted as such and comes when its time has come', async () => {
  const { create, send, receive, attributes, clock } = await sqsFixture()
  const queue = await create('later', { DelaySeconds: '10' })
  await send(queue, 'ten')
  await send(queue, 'five', { DelaySeconds: 5 })
  await send(queue, 'now', { DelaySeconds: 0 })
  assert.deepEqual(await counted(queue, attributes), ['1', '0', '2'])
  const bodies = async () => (await receive(queue, { MaxNumberOfMessages: 10 })).map(({ Body }) => Body)
  assert.deepEqual(await bodies(), ['now'])
  clock.advance(5)
  assert.deepEqual(await bodies(), ['five'])
  clock.advance(5)
  assert.deepEqual(await bodies(), ['ten'])
  await assert.rejects(send(queue, 'x', { DelaySeconds: 901 }), { code: 'InvalidParameterValueException' })
})

test('the visibility of a message in flight can be changed, to at most twelve hours after it was received', async () => {
  const { create, send, receive, sqs, clock } = await sqsFixture()
  const queue = await create('q')
  await send(queue, 'x')
  const [message] = await receive(queue)
  const change = (VisibilityTimeout: number) =>
    sqs('ChangeMessageVisibility', { QueueUrl: queue, ReceiptHandle: message?.ReceiptHandle, VisibilityTimeout })
  await change(100)
  clock.advance(99)
  assert.deepEqual(await receive(queue), [])
  await assert.rejects(change(43_200), {
    message:
      'Value 43200 for parameter VisibilityTimeout is invalid. Reason: Total VisibilityTimeout for the message is beyond the limit [43200 seconds].',
  })
  await change(0)
  assert.equal((await receive(queue)).length, 1)
  await assert.rejects(change(1), { code: 'MessageNotInflight' })
  await assert.rejects(change(43_201), { code: 'InvalidParameterValueException' })
})

test('each entry of a batch succeeds or fails by itself, and what is wrong with the whole is refused', async () => {
  const { create, receive, sqs } = await sqsFixture()
  const QueueUrl = await create('q')
  const batch = (Entries: object[]) => sqs<SendMessageBatchResult>('SendMessageBatch', { QueueUrl, Entries })
  const result = await batch([
    { Id: 'a', MessageBody: 'a' },
    { Id: 'b', MessageBody: '\u0000' },
    { Id: 'c', MessageBody: 'c', DelaySeconds: 1000 },
  ])
  assert.deepEqual(
    result.Successful?.map(({ Id }) => Id),
    ['a'],
  )
  assert.deepEqual(
    result.Failed?.map(({ Id, Code, SenderFault }) => [Id, Code, SenderFault]),
    [
      ['b', 'InvalidMessageContents', true],
      ['c', 'InvalidParameterValue', true],
    ],
  )
  const many = Array.from({ length: 20 }, (_, n) => ({ Id: String(n), MessageBody: 'x' }))
  await assert.rejects(batch(many), {
    code: 'TooManyEntriesInBatchRequest',
    message: 'Maximum number of entries per request are 10. You have sent 20.',
  })
  await assert.rejects(batch([]), { code: 'EmptyBatchRequest' })
  await assert.rejects(batch([{ Id: 'a b', MessageBody: 'x' }]), { code: 'InvalidBatchEntryId' })
  const same = { Id: 'a', MessageBody: 'x' }
  await assert.rejects(batch([same, same]), { code: 'BatchEntryIdsNotDistinct' })
  const long = 'x'.repeat(600_000)
  await assert.rejects(batch([1, 2].map((n) => ({ Id: `n${n}`, MessageBody: long }))), { code: 'BatchRequestTooLong' })

  const [message] = await receive(QueueUrl)
  const Entries = [
    { Id: 'good', ReceiptHandle: message?.ReceiptHandle, VisibilityTimeout: 5 },
    { Id: 'bad', ReceiptHandle: 'x', VisibilityTimeout: 5 },
  ]
  for (const operation of ['ChangeMessageVisibilityBatch', 'DeleteMessageBatch']) {
    const { Successful, Failed } = await sqs<{ Successful: { Id: string }[]; Failed: { Id: string; Code: string }[] }>(
      operation,
      { QueueUrl, Entries },
    )
    assert.deepEqual(
      [Successful, Failed.map(({ Id, Code }) => [Id, Code])],
      [[{ Id: 'good' }], [['bad', 'ReceiptHandleIsInvalid']]],
    )
  }
})

test('message attributes come back as asked for, with the digest that SDKs compare', async () => {
  const { create, send, receive } = await sqsFixture()
  const queue = await create('q')
  const MessageAttributes = {
    'app.name': { DataType: 'String', StringValue: 'shop' },
    'app.count': { DataType: 'Number.int', StringValue: '12' },
    raw: { DataType: 'Binary', BinaryValue: Buffer.from([1, 2]) },
  }
  const sent = await send(queue, 'x', { MessageAttributes })
  assert.match(sent.MD5OfMessageAttributes ?? '', /^[0-9a-f]{32}$/)
  const names = async (...MessageAttributeNames: string[]) => {
    const [message] = await receive(queue, { MessageAttributeNames, VisibilityTimeout: 0 })
    return { names: Object.keys(message?.MessageAttributes ?? {}).sort(), digest: message?.MD5OfMessageAttributes }
  }
  assert.deepEqual(await names('All'), { names: ['app.count', 'app.name', 'raw'], digest: sent.MD5OfMessageAttributes })
  assert.deepEqual((await names('app.*')).names, ['app.count', 'app.name'])
  assert.deepEqual((await names('raw')).names, ['raw'])
  assert.deepEqual((await names()).names, [])
  const refused = (attribute: object, name = 'a') =>
    assert.rejects(send(queue, 'x', { MessageAttributes: { [name]: attribute as { DataType: string } } }), {
      code: 'InvalidParameterValueException',
    })
  await refused({ DataType: 'Float', StringValue: '1' })
  await refused({ DataType: 'Number', StringValue: 'one' })
  await refused({ DataType: 'String', StringValue: '' })
  await refused({ DataType: 'String', StringValue: 'x' }, 'aws.name')
  await refused({ StringValue: 'x' })
  const eleven = Array.from({ length: 11 }, (_, n) => [`a${n}`, { DataType: 'String', StringValue: 'x' }])
  await assert.rejects(send(queue, 'x', { MessageAttributes: Object.fromEntries(eleven) }), {
    message: 'Number of message attributes [11] exceeds the allowed maximum [10].',
  })
})

test('what a request lacks or has too much of is refused in the words of AWS', async () => {
  const { create, sqs, send, receive } = await sqsFixture()
  const QueueUrl = await create('q', { MaximumMessageSize: '1024' })
  const message = (request: Promise<unknown>, text: string) => assert.rejects(request, { message: text })
  await message(sqs('SendMessage', { QueueUrl }), 'The request must contain the parameter MessageBody.')
  await message(sqs('SendMessage', { MessageBody: 'x' }), 'The request must contain the parameter QueueUrl.')
  await message(
    send(QueueUrl, 'x'.repeat(1025)),
    'One or more parameters are invalid. Reason: Message must be shorter than 1024 bytes.',
  )
  await message(
    receive(QueueUrl, { MaxNumberOfMessages: 11 }),
    'Value 11 for parameter MaxNumberOfMessages is invalid. Reason: Must be between 1 and 10, if provided.',
  )
  await message(
    receive(QueueUrl, { WaitTimeSeconds: 21 }),
    'Value 21 for parameter WaitTimeSeconds is invalid. Reason: Must be >= 0 and <= 20, if provided.',
  )
  await message(receive('http://127.0.0.1/111122223333/none'), 'The specified queue does not exist.')
  await assert.rejects(receive('http://127.0.0.1/none/of/these'), { code: 'InvalidAddress' })
})

test('messages expire at the end of the retention period, without a request', async () => {
  const { create, send, receive, attributes, sqs, advance, faults } = await sqsFixture()
  const queue = await create('q', { MessageRetentionPeriod: '60' })
  await send(queue, 'old')
  await advance(30_000)
  await send(queue, 'new')
  await advance(30_000)
  assert.deepEqual(await counted(queue, attributes), ['1', '0', '0'])
  assert.deepEqual(
    (await receive(queue, { VisibilityTimeout: 0 })).map(({ Body }) => Body),
    ['new'],
  )
  await advance(30_000)
  assert.deepEqual(await receive(queue), [])
  await sqs('SetQueueAttributes', { QueueUrl: queue, Attributes: { MessageRetentionPeriod: '1000' } })
  await send(queue, 'x')
  await advance(100_000)
  await sqs('SetQueueAttributes', { QueueUrl: queue, Attributes: { MessageRetentionPeriod: '90' } })
  await advance(1)
  assert.deepEqual(await counted(queue, attributes), ['0', '0', '0'])
  assert.deepEqual(faults, [])
})

test('records of data events show neither what messages hold nor what was answered', async () => {
  const { create, send, receive, store, sqs } = await sqsFixture()
  const queue = await create('q')
  await send(queue, 'a secret', { MessageAttributes: { a: { DataType: 'String', StringValue: 'a secret' } } })
  await sqs('SendMessageBatch', { QueueUrl: queue, Entries: [{ Id: 'a', MessageBody: 'a secret' }] })
  await receive(queue, { MaxNumberOfMessages: 10 })
  const records = store.records.filter(({ eventSource }) => eventSource === 'sqs.amazonaws.com')
  assert.ok(!JSON.stringify(records).includes('a secret'))
  const [created, sent] = records
  assert.deepEqual([created?.eventName, created?.eventCategory], ['CreateQueue', 'Management'])
  assert.deepEqual([sent?.eventName, sent?.eventCategory, sent?.readOnly], ['SendMessage', 'Data', false])
  assert.equal(sent?.requestParameters?.messageBody, 'HIDDEN_DUE_TO_SECURITY_REASONS')
  assert.deepEqual(sent?.resources, [
    { accountId: '111122223333', type: 'AWS::SQS::Queue', ARN: 'arn:aws:sqs:us-east-1:111122223333:q' },
  ])
  assert.equal(records.find(({ eventName }) => eventName === 'ReceiveMessage')?.responseElements, null)
})
