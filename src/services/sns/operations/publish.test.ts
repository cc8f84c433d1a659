import assert from 'node:assert/strict'
import { createVerify } from 'node:crypto'
import { test } from 'node:test'
import type { PublishBatchResponse } from '@aws-sdk/client-sns'
import { minuteMs } from '../../../core/durations.ts'
import { anonymousCaller } from '../../../gateway/sigv4/unsigned.ts'
import { accountId, newUser, policyOf, region } from '../../../testing/callers.ts'
import { kms } from '../../kms/kms.ts'
import { sqs } from '../../sqs/sqs.ts'
import { snsFixture } from '../testing.ts'

const invalid = (message: string) => ({ code: 'InvalidParameterException', status: 400, message })

async function publishFixture(attributes: Record<string, string> = {}) {
  const fixture = await snsFixture({ modules: [sqs, kms] })
  const topic = await fixture.createTopic('orders', attributes)
  return { ...fixture, topic, queue: await fixture.createQueue('q') }
}

const raw = { RawMessageDelivery: 'true' }

const keysSigned = ['Message', 'MessageId', 'Subject', 'Timestamp', 'TopicArn', 'Type']

test('scenario 34: the body of a queue verifies with the certificate that its message names', async () => {
  for (const version of ['1', '2']) {
    const fixture = await publishFixture({ SignatureVersion: version })
    const { topic, queue, subscribe, publish, receive, services } = fixture
    const subscription = await subscribe(topic, 'sqs', queue)
    const { MessageId } = await publish(topic, 'hällo', { Subject: 'greeting' })
    const [{ Body = '' } = {}] = await receive('q')
    const message = JSON.parse(Body)
    assert.deepEqual(Object.keys(message), [
      ...['Type', 'MessageId', 'TopicArn', 'Subject', 'Message', 'Timestamp'],
      ...['SignatureVersion', 'Signature', 'SigningCertURL', 'UnsubscribeURL'],
    ])
    assert.match(Body, /^\{\n {2}"Type" : "Notification",\n {2}"MessageId" : "/)
    assert.deepEqual([message.MessageId, message.Message, message.SignatureVersion], [MessageId, 'hällo', version])
    const unsubscribe = new URL(message.UnsubscribeURL).searchParams
    assert.deepEqual([unsubscribe.get('Action'), unsubscribe.get('SubscriptionArn')], ['Unsubscribe', subscription])
    const { pathname } = new URL(message.SigningCertURL)
    const document = await services[0]?.instance.publicDocument?.(pathname)
    const text = keysSigned.map((key) => `${key}\n${message[key]}\n`).join('')
    const verify = createVerify(version === '1' ? 'RSA-SHA1' : 'RSA-SHA256').update(text)
    assert.ok(verify.verify(document?.body ?? '', message.Signature, 'base64'))
  }
})

test('Raw delivery gives a queue the message itself, with its attributes', async () => {
  const { topic, queue, subscribe, publish, receive } = await publishFixture()
  await subscribe(topic, 'sqs', queue, { RawMessageDelivery: 'true' })
  const MessageAttributes = {
    kind: { DataType: 'String', StringValue: 'a' },
    raw: { DataType: 'Binary', BinaryValue: Buffer.from('b') },
  }
  await publish(topic, 'hello', { MessageAttributes })
  const [message] = await receive('q')
  assert.equal(message?.Body, 'hello')
  assert.deepEqual(message?.MessageAttributes, MessageAttributes)
})

test('scenario 35: a filter policy on a number keeps 5 back and lets 5.1 through', async () => {
  const { topic, queue, subscribe, publish, receive } = await publishFixture()
  await subscribe(topic, 'sqs', queue, { ...raw, FilterPolicy: '{"k":[{"numeric":[">",5]}]}' })
  for (const StringValue of ['5', '5.1']) {
    await publish(topic, StringValue, { MessageAttributes: { k: { DataType: 'Number', StringValue } } })
  }
  await publish(topic, 'without the attribute')
  assert.deepEqual(
    (await receive('q')).map(({ Body }) => Body),
    ['5.1'],
  )
})

test('A filter policy on bodies looks into the message', async () => {
  const { topic, queue, subscribe, publish, receive } = await publishFixture()
  const FilterPolicy = '{"detail":{"state":["ALARM"]}}'
  await subscribe(topic, 'sqs', queue, { ...raw, FilterPolicy, FilterPolicyScope: 'MessageBody' })
  for (const state of ['OK', 'ALARM']) await publish(topic, JSON.stringify({ detail: { state } }))
  await publish(topic, 'ALARM')
  assert.deepEqual(
    (await receive('q')).map(({ Body }) => Body),
    ['{"detail":{"state":"ALARM"}}'],
  )
})

test('Attributes stand in the envelope, and each protocol gets its own text', async () => {
  const { topic, queue, subscribe, publish, receive } = await publishFixture()
  await subscribe(topic, 'sqs', queue)
  const Message = JSON.stringify({ default: 'all', sqs: 'for queues', other: 5 })
  const MessageAttributes = { n: { DataType: 'Number', StringValue: '5' } }
  await publish(topic, Message, { MessageStructure: 'json', MessageAttributes })
  const [{ Body = '' } = {}] = await receive('q')
  const message = JSON.parse(Body)
  assert.deepEqual([message.Message, message.MessageAttributes], ['for queues', { n: { Type: 'Number', Value: '5' } }])
})

test('Messages are checked as AWS words it', async () => {
  const { topic, publish, sns } = await publishFixture()
  const limit = 262_144
  await publish(topic, 'x'.repeat(limit))
  const attribute = (value: object, name = 'a') => ({ MessageAttributes: { [name]: value } })
  const refused: [string, object, string][] = [
    ['', {}, 'Empty message'],
    ['x'.repeat(limit + 1), {}, 'Message too long'],
    ['x'.repeat(limit - 1), attribute({ DataType: 'String', StringValue: 'y' }), 'Message too long'],
    ['x', { Subject: '' }, 'Subject'],
    ['x', { Subject: 'a\nb' }, 'Subject'],
    ['x', { Subject: 'a'.repeat(101) }, 'Subject'],
    ['{"sqs":"x"}', { MessageStructure: 'json' }, 'Message Structure - No default entry in JSON message body'],
    ['x', { MessageStructure: 'json' }, 'Message Structure - JSON message body failed to parse'],
    [
      'x',
      { MessageDeduplicationId: 'x' },
      'MessageDeduplicationId Reason: The request includes MessageDeduplicationId parameter that is not valid for this topic type',
    ],
  ]
  for (const [message, more, reason] of refused) {
    await assert.rejects(publish(topic, message, more), invalid(`Invalid parameter: ${reason}`))
  }
  const badAttributes: [object, RegExp][] = [
    [
      attribute({ DataType: 'Colour', StringValue: 'x' }),
      /set of supported type prefixes is Binary, Number, and String/,
    ],
    [
      attribute({ DataType: 'String' }),
      /must contain non-empty message attribute value for message attribute type 'String'/,
    ],
    [attribute({ DataType: 'Number', StringValue: 'x' }), /Could not cast message attribute 'a' value to number/],
    [attribute({ DataType: 'String', StringValue: 'x' }, 'AWS.x'), /name 'AWS\.x' is invalid/],
    [attribute({ DataType: 'String.Array', StringValue: 'x' }), /JSON array/],
  ]
  for (const [more, message] of badAttributes) {
    await assert.rejects(publish(topic, 'x', more), { code: 'InvalidParameterValueException', message })
  }
  await assert.rejects(
    sns('Publish', { Message: 'x' }),
    invalid('Invalid parameter: TopicArn or TargetArn Reason: no value for required parameter'),
  )
  await assert.rejects(sns('Publish', { Message: 'x', PhoneNumber: '+15550100' }), /publishes to topics alone/)
  await sns('Publish', { Message: 'x', TargetArn: topic })
  const none = topic.replace('orders', 'none')
  await assert.rejects(publish(none, 'x'), { code: 'NotFoundException', message: 'Topic does not exist' })
})

test('A batch takes up to ten messages, each of which is refused by itself', async () => {
  const { topic, queue, subscribe, sns, receive } = await publishFixture()
  await subscribe(topic, 'sqs', queue, { RawMessageDelivery: 'true' })
  const batch = (entries: object[]) =>
    sns<PublishBatchResponse>('PublishBatch', { TopicArn: topic, PublishBatchRequestEntries: entries })
  const { Successful, Failed } = await batch([
    { Id: 'a', Message: 'one' },
    { Id: 'b', Message: '' },
    { Id: 'c', Message: 'x', MessageAttributes: { a: { DataType: 'X' } } },
  ])
  assert.deepEqual(
    Successful?.map(({ Id }) => Id),
    ['a'],
  )
  assert.deepEqual(
    Failed?.map(({ Id, Code, SenderFault }) => [Id, Code, SenderFault]),
    [
      ['b', 'InvalidParameter', true],
      ['c', 'ParameterValueInvalid', true],
    ],
  )
  assert.deepEqual(
    (await receive('q')).map(({ Body }) => Body),
    ['one'],
  )
  const entries = (count: number, Message = 'x') => Array.from({ length: count }, (_, n) => ({ Id: `m${n}`, Message }))
  await assert.rejects(batch([]), { code: 'EmptyBatchRequestException' })
  await assert.rejects(batch(entries(11)), { code: 'TooManyEntriesInBatchRequestException' })
  await assert.rejects(batch(entries(2, 'x'.repeat(131_073))), { code: 'BatchRequestTooLongException' })
  await assert.rejects(batch([...entries(1), ...entries(1)]), { code: 'BatchEntryIdsNotDistinctException' })
  await assert.rejects(batch([{ Id: 'a b', Message: 'x' }]), { code: 'InvalidBatchEntryIdException' })
})

test('A FIFO topic numbers its messages, keeps the order of a group and takes each once in five minutes', async () => {
  const { createTopic, createQueue, subscribe, publish, receive, advance } = await publishFixture()
  const topic = await createTopic('steps.fifo', { FifoTopic: 'true', ContentBasedDeduplication: 'true' })
  const queue = await createQueue('steps.fifo', { FifoQueue: 'true' })
  await subscribe(topic, 'sqs', queue)
  const send = (text: string, group = 'g') => publish(topic, text, { MessageGroupId: group })
  const first = await send('1')
  assert.deepEqual(await send('1'), first)
  const second = await send('2')
  assert.match(first.SequenceNumber ?? '', /^\d{20}$/)
  assert.ok((second.SequenceNumber ?? '') > (first.SequenceNumber ?? ''))
  for (let n = 3; n <= 9; n++) await send(String(n))
  const received = await receive('steps.fifo')
  const bodies = received.map(({ Body = '' }) => JSON.parse(Body))
  assert.deepEqual(
    bodies.map(({ Message }) => Message),
    ['1', '2', '3', '4', '5', '6', '7', '8', '9'],
  )
  assert.equal(bodies[0].SequenceNumber, first.SequenceNumber)
  assert.ok(!('Signature' in bodies[0]))
  assert.equal(received[0]?.Attributes?.MessageGroupId, 'g')
  await advance(5 * minuteMs)
  assert.notEqual((await send('1')).MessageId, first.MessageId)
  await assert.rejects(
    publish(topic, 'x'),
    invalid('Invalid parameter: The MessageGroupId parameter is required for FIFO topics'),
  )
  const byId = await createTopic('ids.fifo', { FifoTopic: 'true' })
  await assert.rejects(
    publish(byId, 'x', { MessageGroupId: 'g' }),
    invalid(
      'Invalid parameter: The topic should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly',
    ),
  )
})

test('Deduplication goes by group where the topic says so', async () => {
  const { createTopic, publish } = await publishFixture()
  const byGroup = { FifoTopic: 'true', ContentBasedDeduplication: 'true', FifoThroughputScope: 'MessageGroup' }
  const topic = await createTopic('groups.fifo', byGroup)
  const one = await publish(topic, 'x', { MessageGroupId: 'a' })
  assert.notEqual((await publish(topic, 'x', { MessageGroupId: 'b' })).MessageId, one.MessageId)
  assert.equal((await publish(topic, 'x', { MessageGroupId: 'a' })).MessageId, one.MessageId)
})

test('A large message goes to its subscribers a few at a time', async () => {
  const { topic, createQueue, subscribe, publish, receive } = await publishFixture()
  for (let n = 0; n < 12; n++) await subscribe(topic, 'sqs', await createQueue(`q${n}`), raw)
  const text = 'x'.repeat(262_144)
  await publish(topic, text)
  for (let n = 0; n < 12; n++) assert.equal((await receive(`q${n}`))[0]?.Body, text)
})

test('More than a hundred subscribers get a message behind the request', async () => {
  const { topic, createQueue, subscribe, publish, settle, call } = await publishFixture()
  for (let n = 0; n < 203; n++) {
    await subscribe(topic, 'sqs', await createQueue(`q${n}`), { RawMessageDelivery: 'true' })
  }
  await publish(topic, 'hello')
  await settle()
  for (let n = 0; n < 203; n++) {
    const received = await call('sqs', 'ReceiveMessage', { QueueUrl: `/${accountId}/q${n}`, MaxNumberOfMessages: 10 })
    assert.equal((received as { Messages?: unknown[] }).Messages?.length, 1, `q${n}`)
  }
})

test('What a queue refuses goes to the dead-letter queue at once, as the queue would have got it', async () => {
  const { topic, createQueue, subscribe, publish, receive } = await publishFixture()
  const deadLetterTargetArn = await createQueue('dead')
  const RedrivePolicy = JSON.stringify({ deadLetterTargetArn })
  await subscribe(topic, 'sqs', `arn:aws:sqs:${region}:${accountId}:none`, { RedrivePolicy })
  const closed = await createQueue('closed', {
    Policy: policyOf({ Effect: 'Deny', Principal: '*', Action: 'sqs:SendMessage', Resource: '*' }),
  })
  await subscribe(topic, 'sqs', closed, { RedrivePolicy, RawMessageDelivery: 'true' })
  await publish(topic, 'hello')
  const bodies = (await receive('dead')).map(({ Body = '' }) => Body)
  assert.equal(bodies.length, 2)
  assert.ok(bodies.includes('hello'))
  assert.ok(bodies.some((body) => body.includes('"Type" : "Notification"')))
})

test('An encrypted topic needs its key of the publisher, and of none of its subscribers', async () => {
  const { call, createTopic, queue, sns, subscribe, publish, receive, putUser, store, advance } = await publishFixture()
  const { KeyMetadata } = (await call('kms', 'CreateKey', {})) as { KeyMetadata: { KeyId: string; Arn: string } }
  const KmsMasterKeyId = KeyMetadata.KeyId
  const topic = await createTopic('secret', { KmsMasterKeyId })
  await subscribe(topic, 'sqs', queue)
  const bob = newUser('bob')
  const publishing = { Effect: 'Allow', Action: 'sns:Publish', Resource: '*' }
  await putUser(bob, [policyOf(publishing)])
  await assert.rejects(publish(topic, 'x', {}, { caller: bob }), { code: 'KMSAccessDeniedException', status: 400 })
  await putUser(bob, [policyOf(publishing, { Effect: 'Allow', Action: 'kms:GenerateDataKey', Resource: '*' })])
  await assert.rejects(publish(topic, 'x', {}, { caller: bob }), {
    code: 'KMSAccessDeniedException',
    message: /kms:Decrypt/,
  })
  const using = { Effect: 'Allow', Action: ['kms:GenerateDataKey', 'kms:Decrypt'], Resource: '*' }
  const Condition = {
    StringEquals: { 'kms:ViaService': `sns.${region}.amazonaws.com`, 'kms:EncryptionContext:aws:sns:topicArn': topic },
  }
  await putUser(bob, [policyOf(publishing, { ...using, Condition })])
  await publish(topic, 'hello', {}, { caller: bob })
  assert.match((await receive('q'))[0]?.Body ?? '', /"Message" : "hello"/)
  const used = store.records.filter(({ eventName }) => eventName === 'GenerateDataKey').at(-1)
  assert.deepEqual(used?.requestParameters?.encryptionContext, { 'aws:sns:topicArn': topic })
  await call('kms', 'DisableKey', { KeyId: KmsMasterKeyId })
  await publish(topic, 'the key counts for five minutes', {}, { caller: bob })
  await advance(5 * minuteMs)
  await assert.rejects(publish(topic, 'x', {}, { caller: bob }), { code: 'KMSDisabledException' })
  await sns('SetTopicAttributes', { TopicArn: topic, AttributeName: 'KmsMasterKeyId', AttributeValue: 'alias/none' })
  await assert.rejects(publish(topic, 'x'), { code: 'KMSNotFoundException' })
  await sns('SetTopicAttributes', { TopicArn: topic, AttributeName: 'KmsMasterKeyId', AttributeValue: 'alias/aws/sns' })
  await publish(topic, 'x')
})

test('Publish is a data event whose record hides what the message says', async () => {
  const { topic, publish, lastRecord, sns } = await publishFixture()
  const MessageAttributes = { a: { DataType: 'String', StringValue: 'secret' } }
  const { MessageId } = await publish(topic, 'secret', { Subject: 'secret', MessageAttributes })
  const record = lastRecord()
  assert.deepEqual([record.eventCategory, record.managementEvent, record.eventName], ['Data', false, 'Publish'])
  const hidden = 'HIDDEN_DUE_TO_SECURITY_REASONS'
  assert.deepEqual(record.requestParameters, {
    ...{ topicArn: topic, message: hidden, subject: hidden, messageAttributes: hidden },
  })
  assert.deepEqual(record.responseElements, { messageId: MessageId })
  assert.deepEqual(record.resources, [{ accountId, type: 'AWS::SNS::Topic', ARN: topic }])
  await sns('PublishBatch', { TopicArn: topic, PublishBatchRequestEntries: [{ Id: 'a', Message: 'secret' }] })
  assert.deepEqual(lastRecord().requestParameters, {
    ...{ topicArn: topic, publishBatchRequestEntries: [{ id: 'a', message: hidden }] },
  })
})

test('A topic that its policy opens takes messages of callers who do not sign', async () => {
  const { topic, publish, sns } = await publishFixture()
  const anonymous = { caller: anonymousCaller }
  await assert.rejects(publish(topic, 'x', {}, anonymous), { status: 403 })
  const Policy = policyOf({ Effect: 'Allow', Principal: '*', Action: 'sns:Publish', Resource: topic })
  await sns('SetTopicAttributes', { TopicArn: topic, AttributeName: 'Policy', AttributeValue: Policy })
  await publish(topic, 'x', {}, anonymous)
})

test('A subscription that comes while a message goes through many others gets it signed, or not at all', async () => {
  const { topic, subscribe, publish, settle, faults, createQueue, receive } = await publishFixture()
  for (let n = 0; n < 150; n++) await subscribe(topic, 'email', `a${n}@example.com`)
  await publish(topic, 'hello')
  for (let n = 0; n < 40; n++) await subscribe(topic, 'sqs', await createQueue(`late-${n}`))
  await settle()
  assert.deepEqual(faults, [])
  for (let n = 0; n < 40; n++) {
    for (const { Body = '' } of await receive(`late-${n}`)) assert.ok(JSON.parse(Body).Signature)
  }
})
