import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ListSubscriptionsResponse, SubscribeResponse } from '@aws-sdk/client-sns'
import { dayMs } from '../../../core/durations.ts'
import { anonymousCaller } from '../../../gateway/sigv4/unsigned.ts'
import { accountId, otherAccountId, policyOf, region, stranger } from '../../../testing/callers.ts'
import { sqs } from '../../sqs/sqs.ts'
import { snsFixture } from '../testing.ts'

const queueArn = (name: string, account = accountId) => `arn:aws:sqs:${region}:${account}:${name}`
const invalid = (message: string) => ({ code: 'InvalidParameterException', status: 400, message })
const anonymous = { caller: anonymousCaller }

async function subscriptionsFixture() {
  const fixture = await snsFixture({ modules: [sqs] })
  const { sns } = fixture
  const get = async (SubscriptionArn: string, as?: Parameters<typeof sns>[2]) => {
    const answer = await sns<{ Attributes: Record<string, string> }>(
      'GetSubscriptionAttributes',
      { SubscriptionArn },
      as,
    )
    return answer.Attributes
  }
  const set = (SubscriptionArn: string, AttributeName: string, AttributeValue?: string) =>
    sns('SetSubscriptionAttributes', { SubscriptionArn, AttributeName, AttributeValue })
  return { ...fixture, get, set }
}

test('A queue of the account is confirmed at once, and found again', async () => {
  const { createTopic, subscribe, get, topicAttributes } = await subscriptionsFixture()
  const topic = await createTopic('orders')
  const arn = await subscribe(topic, 'sqs', queueArn('q'))
  assert.match(arn, new RegExp(`^${topic}:[0-9a-f-]{36}$`))
  assert.equal(await subscribe(topic, 'sqs', queueArn('q')), arn)
  assert.deepEqual(await get(arn), {
    ...{ SubscriptionArn: arn, TopicArn: topic, Protocol: 'sqs', Endpoint: queueArn('q'), Owner: accountId },
    ...{ SubscriptionPrincipal: `arn:aws:iam::${accountId}:root`, ConfirmationWasAuthenticated: 'true' },
    ...{ PendingConfirmation: 'false', RawMessageDelivery: 'false' },
  })
  assert.equal((await topicAttributes(topic)).SubscriptionsConfirmed, '1')
  const message = 'Invalid parameter: Attributes Reason: Subscription already exists with different attributes'
  await assert.rejects(subscribe(topic, 'sqs', queueArn('q'), { RawMessageDelivery: 'true' }), invalid(message))
})

test('Protocols and endpoints are checked', async () => {
  const { createTopic, subscribe } = await subscriptionsFixture()
  const topic = await createTopic('orders')
  const fifo = await createTopic('orders.fifo', { FifoTopic: 'true' })
  const refused: [string, string, string, string][] = [
    [topic, 'pigeon', 'x', 'Amazon SNS does not support this protocol string: pigeon'],
    [topic, 'sqs', 'x', 'SQS endpoint ARN'],
    [topic, 'lambda', queueArn('q'), 'Lambda endpoint ARN'],
    [topic, 'email', 'x', 'Email address'],
    [topic, 'http', 'https://localhost:1/', 'Endpoint must match the specified protocol'],
    [topic, 'http', 'x', 'Endpoint must match the specified protocol'],
    [topic, 'sqs', '', 'Endpoint'],
    [topic, 'sqs', queueArn('q.fifo'), 'Endpoint Reason: FIFO SQS Queues can not be subscribed to standard SNS topics'],
    [topic, 'http', 'http://localhost:4566/_strongroom/reset', 'Endpoint Reason: It is the address of this server.'],
  ]
  for (const [arn, protocol, endpoint, message] of refused) {
    await assert.rejects(subscribe(arn, protocol, endpoint), invalid(`Invalid parameter: ${message}`))
  }
  await assert.rejects(subscribe(topic, 'sms', '+15550100'), /Strongroom does not deliver messages by sms/)
  await assert.rejects(subscribe(topic, 'https', 'https://example.com/x'), /of its own machine only/)
  await assert.rejects(subscribe(topic, 'http', 'http://me:secret@localhost:1/'), /does not send credentials/)
  await assert.rejects(subscribe(fifo, 'http', 'http://localhost:1/'), /FIFO topics deliver to SQS queues alone/)
  await subscribe(fifo, 'sqs', queueArn('q.fifo'))
  await subscribe(fifo, 'sqs', queueArn('q'))
})

test('An endpoint over HTTP and an address wait for their confirmation, and are dropped after three days', async () => {
  const { sns, createTopic, topicAttributes, advance } = await subscriptionsFixture()
  const TopicArn = await createTopic('orders')
  const ask = (Protocol: string, Endpoint: string, more = {}) =>
    sns<SubscribeResponse>('Subscribe', { TopicArn, Protocol, Endpoint, ...more })
  const http = await ask('http', 'http://localhost:9/')
  assert.deepEqual(http, { SubscriptionArn: 'pending confirmation' })
  const { SubscriptionArn = '' } = await ask('email', 'a@example.com', { ReturnSubscriptionArn: true })
  assert.match(SubscriptionArn, /:orders:[0-9a-f-]{36}$/)
  const { Subscriptions } = await sns<ListSubscriptionsResponse>('ListSubscriptionsByTopic', { TopicArn })
  assert.deepEqual(
    Subscriptions?.map((one) => one.SubscriptionArn),
    ['PendingConfirmation', 'PendingConfirmation'],
  )
  assert.equal((await topicAttributes(TopicArn)).SubscriptionsPending, '2')
  await advance(3 * dayMs)
  const { SubscriptionsPending, SubscriptionsDeleted } = await topicAttributes(TopicArn)
  assert.deepEqual([SubscriptionsPending, SubscriptionsDeleted], ['0', '2'])
})

test("A queue of another account confirms with the token of its message, and is that account's", async () => {
  const { sns, createTopic, subscribe, call, settle, get, putUser } = await subscriptionsFixture()
  await putUser(stranger)
  const topic = await createTopic('orders')
  const arn = queueArn('theirs', otherAccountId)
  const theirs = { caller: stranger }
  const Policy = policyOf({
    ...{ Effect: 'Allow', Principal: { Service: 'sns.amazonaws.com' }, Action: 'sqs:SendMessage', Resource: arn },
    Condition: { ArnEquals: { 'aws:SourceArn': topic } },
  })
  await call('sqs', 'CreateQueue', { QueueName: 'theirs', Attributes: { Policy } }, theirs)
  const subscription = await subscribe(topic, 'sqs', arn)
  await settle()
  const QueueUrl = `/${otherAccountId}/theirs`
  const { Messages } = (await call('sqs', 'ReceiveMessage', { QueueUrl }, theirs)) as { Messages: { Body: string }[] }
  const message = JSON.parse(Messages[0]?.Body ?? '')
  assert.equal(message.Type, 'SubscriptionConfirmation')
  assert.equal(
    message.Message,
    `You have chosen to subscribe to the topic ${topic}.\nTo confirm the subscription, visit the SubscribeURL included in this message.`,
  )
  const url = new URL(message.SubscribeURL)
  assert.equal(url.searchParams.get('Token'), message.Token)
  const confirm = (Token: string) => sns('ConfirmSubscription', { TopicArn: topic, Token }, anonymous)
  await assert.rejects(confirm('00'), invalid('Invalid parameter: Token'))
  await assert.rejects(confirm(`${message.Token}00`), invalid('Invalid parameter: Token'))
  const others = await createTopic('others')
  await assert.rejects(
    sns('ConfirmSubscription', { TopicArn: others, Token: message.Token }),
    /Invalid parameter: Token/,
  )
  assert.deepEqual(await confirm(message.Token), { SubscriptionArn: subscription })
  assert.deepEqual(await confirm(message.Token), { SubscriptionArn: subscription })
  const { PendingConfirmation, ConfirmationWasAuthenticated } = await get(subscription)
  assert.deepEqual([PendingConfirmation, ConfirmationWasAuthenticated], ['false', 'false'])
})

test('A token is good for three days', async () => {
  const { sns, createTopic, createQueue, advance, call, settle, putUser } = await subscriptionsFixture()
  await putUser(stranger)
  const topic = await createTopic('orders')
  const Policy = policyOf({
    Effect: 'Allow',
    Principal: { AWS: otherAccountId },
    Action: 'sns:Subscribe',
    Resource: topic,
  })
  await sns('SetTopicAttributes', { TopicArn: topic, AttributeName: 'Policy', AttributeValue: Policy })
  const arn = await createQueue('q')
  await sns('Subscribe', { TopicArn: topic, Protocol: 'sqs', Endpoint: arn }, { caller: stranger })
  await settle()
  const received = await call('sqs', 'ReceiveMessage', { QueueUrl: `/${accountId}/q` })
  const { Token } = JSON.parse((received as { Messages: { Body: string }[] }).Messages[0]?.Body ?? '')
  await advance(3 * dayMs)
  await assert.rejects(sns('ConfirmSubscription', { TopicArn: topic, Token }), invalid('Invalid parameter: Token'))
})

test("A subscription is shown to its owner, ended by its owner and the topic's, and gone at once", async () => {
  const { sns, createTopic, subscribe, get, set, putUser } = await subscriptionsFixture()
  await putUser(stranger)
  const topic = await createTopic('orders')
  const arn = await subscribe(topic, 'sqs', queueArn('q'))
  const message = 'Not authorized to access this subscription'
  await assert.rejects(get(arn, { caller: stranger }), { code: 'AuthorizationErrorException', status: 403, message })
  await assert.rejects(sns('Unsubscribe', { SubscriptionArn: arn }, { caller: stranger }), { message })
  await assert.rejects(sns('Unsubscribe', { SubscriptionArn: arn }, anonymous), { message })
  await sns('Unsubscribe', { SubscriptionArn: arn })
  await sns('Unsubscribe', { SubscriptionArn: arn })
  await assert.rejects(get(arn), { code: 'NotFoundException', message: 'Subscription does not exist' })
  await assert.rejects(set(arn, 'RawMessageDelivery', 'true'), { code: 'NotFoundException' })
  await assert.rejects(
    sns('Unsubscribe', { SubscriptionArn: 'PendingConfirmation' }),
    invalid('Invalid parameter: SubscriptionArn Reason: An ARN must have at least 6 elements, not 1'),
  )
  assert.deepEqual(await sns('ListSubscriptions', {}), { Subscriptions: [] })
})

test('Attributes of a subscription are set one by one, and checked', async () => {
  const { createTopic, subscribe, get, set } = await subscriptionsFixture()
  const topic = await createTopic('orders')
  const queue = await subscribe(topic, 'sqs', queueArn('q'))
  const http = await subscribe(topic, 'http', 'http://localhost:9/')
  const email = await subscribe(topic, 'email', 'a@example.com')
  await set(queue, 'RawMessageDelivery', 'true')
  await set(queue, 'RedrivePolicy', JSON.stringify({ deadLetterTargetArn: queueArn('dead') }))
  const { RawMessageDelivery, RedrivePolicy } = await get(queue)
  assert.deepEqual([RawMessageDelivery, RedrivePolicy], ['true', `{"deadLetterTargetArn":"${queueArn('dead')}"}`])
  await set(queue, 'RedrivePolicy', '')
  assert.ok(!('RedrivePolicy' in (await get(queue))))
  await set(http, 'DeliveryPolicy', '{"healthyRetryPolicy":{"numRetries":1,"minDelayTarget":2,"maxDelayTarget":3}}')
  assert.equal(
    (await get(http)).EffectiveDeliveryPolicy,
    '{"healthyRetryPolicy":{"minDelayTarget":2,"maxDelayTarget":3,"numRetries":1,"numMaxDelayRetries":0,' +
      '"numNoDelayRetries":0,"numMinDelayRetries":0,"backoffFunction":"linear"},"sicklyRetryPolicy":null,' +
      '"throttlePolicy":null,"requestPolicy":{"headerContentType":"text/plain; charset=UTF-8"},"guaranteed":false}',
  )
  await assert.rejects(set(queue, 'Colour', 'red'), invalid('Invalid parameter: AttributeName'))
  const refused: [string, string, string, RegExp][] = [
    [queue, 'RawMessageDelivery', 'yes', /RawMessageDelivery: Invalid value \[yes\]\. Must be true or false\./],
    [email, 'RawMessageDelivery', 'true', /Delivery protocol \[email\] does not support raw message delivery\./],
    [queue, 'DeliveryPolicy', '{}', /HTTP endpoints only/],
    [queue, 'RedrivePolicy', '{', /RedrivePolicy: failed to parse JSON\./],
    [queue, 'RedrivePolicy', '{"deadLetterTargetArn":"x"}', /deadLetterTargetArn is an invalid arn/],
    [queue, 'RedrivePolicy', JSON.stringify({ deadLetterTargetArn: queueArn('d.fifo') }), /of the same type/],
    [queue, 'FilterPolicyScope', 'Body', /FilterPolicyScope: Invalid value \[Body\]/],
    [queue, 'SubscriptionRoleArn', 'x', /Strongroom does not have this yet/],
    [http, 'DeliveryPolicy', '{"healthyRetryPolicy":{"minDelayTarget":9,"maxDelayTarget":3}}', /must not exceed/],
  ]
  for (const [arn, name, value, message] of refused) await assert.rejects(set(arn, name, value), message)
  await assert.rejects(subscribe(topic, 'sqs', queueArn('r'), { Colour: 'red' }), /Unknown attribute: Colour/)
})

test('Filter policies are checked, shown with their scope, and counted', async () => {
  const { createTopic, subscribe, get, set } = await subscriptionsFixture()
  const topic = await createTopic('orders')
  const arn = await subscribe(topic, 'sqs', queueArn('q'))
  await set(arn, 'FilterPolicy', '{"a":["x"]}')
  const shown = async () => {
    const { FilterPolicy, FilterPolicyScope } = await get(arn)
    return [FilterPolicy, FilterPolicyScope]
  }
  assert.deepEqual(await shown(), ['{"a":["x"]}', 'MessageAttributes'])
  await set(arn, 'FilterPolicyScope', 'MessageBody')
  await set(arn, 'FilterPolicy', '{"a":{"b":["x"]}}')
  assert.deepEqual(await shown(), ['{"a":{"b":["x"]}}', 'MessageBody'])
  const nested = 'Filter policy scope MessageAttributes does not support nested filter policy'
  await assert.rejects(
    set(arn, 'FilterPolicyScope', 'MessageAttributes'),
    invalid(`Invalid parameter: FilterPolicy: ${nested}`),
  )
  await set(arn, 'FilterPolicy', '{}')
  assert.deepEqual(await shown(), [undefined, 'MessageBody'])
  await set(arn, 'FilterPolicyScope', '')
  const six = JSON.stringify(Object.fromEntries(['a', 'b', 'c', 'd', 'e', 'f'].map((key) => [key, ['x']])))
  const tooMany = 'FilterPolicy: Filter policy can not have more than 5 keys'
  await assert.rejects(set(arn, 'FilterPolicy', six), invalid(`Invalid parameter: ${tooMany}`))
  await assert.rejects(
    subscribe(topic, 'sqs', queueArn('r'), { FilterPolicy: six }),
    invalid(`Invalid parameter: Attributes Reason: ${tooMany}`),
  )
  for (let n = 0; n < 200; n++) await subscribe(topic, 'sqs', queueArn(`q${n}`), { FilterPolicy: '{"a":["x"]}' })
  await assert.rejects(subscribe(topic, 'sqs', queueArn('more'), { FilterPolicy: '{"a":["x"]}' }), {
    ...{ code: 'FilterPolicyLimitExceededException', status: 403 },
  })
})

test('Records of subscriptions show neither endpoints nor tokens, and none of what was asked without a signature', async () => {
  const { sns, createTopic, subscribe, lastRecord, store } = await subscriptionsFixture()
  const TopicArn = await createTopic('orders')
  await subscribe(TopicArn, 'email', 'a@example.com')
  assert.deepEqual(lastRecord().requestParameters, {
    ...{ topicArn: TopicArn, protocol: 'email', endpoint: 'HIDDEN_DUE_TO_SECURITY_REASONS', attributes: {} },
    returnSubscriptionArn: true,
  })
  assert.deepEqual(lastRecord().resources, [{ accountId, type: 'AWS::SNS::Topic', ARN: TopicArn }])
  await assert.rejects(sns('ConfirmSubscription', { TopicArn, Token: 'abc' }))
  assert.equal(lastRecord().requestParameters?.token, 'HIDDEN_DUE_TO_SECURITY_REASONS')
  const records = store.records.length
  await assert.rejects(sns('ConfirmSubscription', { TopicArn, Token: 'abc' }, anonymous))
  await sns('Unsubscribe', { SubscriptionArn: `${TopicArn}:none` }, anonymous)
  assert.equal(store.records.length, records)
})

test("The server's own address is refused in every form, also where endpoints of any machine can subscribe", async () => {
  const { createTopic, subscribe } = await snsFixture({ settings: { 'sns.http-endpoints': 'any' } })
  const topic = await createTopic('orders')
  for (const host of ['0.0.0.0', '0', '[::]', '[::ffff:127.0.0.1]', '2130706433', '127.9.9.9', 'a.localhost']) {
    await assert.rejects(subscribe(topic, 'http', `http://${host}:4566/`), { message: /address of this server/ }, host)
  }
  await subscribe(topic, 'http', 'http://0.0.0.0:4567/')
})
