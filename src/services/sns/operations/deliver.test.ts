import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openHttpEndpoint } from '../../../../test/fixtures/http-endpoint.ts'
import { secondMs } from '../../../core/durations.ts'
import { anonymousCaller } from '../../../gateway/sigv4/unsigned.ts'
import { eventually } from '../../../testing/eventually.ts'
import { sqs } from '../../sqs/sqs.ts'
import { snsFixture } from '../testing.ts'

/** A topic, and an endpoint that has confirmed its subscription. */
async function endpointFixture(attributes: Record<string, string>, statusOf: (type: string) => number = () => 200) {
  const fixture = await snsFixture({ modules: [sqs] })
  const endpoint = await openHttpEndpoint(({ headers }) => statusOf(String(headers['x-amz-sns-message-type'])))
  const topic = await fixture.createTopic('orders')
  await fixture.subscribe(topic, 'http', endpoint.url, attributes)
  await fixture.settle()
  const { Token } = JSON.parse((await eventually(() => endpoint.received[0]))?.body ?? '')
  await fixture.sns('ConfirmSubscription', { TopicArn: topic, Token })
  endpoint.received.length = 0
  const messages = () => endpoint.received.map(({ body }) => body)
  return { ...fixture, endpoint, topic, messages }
}

const raw = { RawMessageDelivery: 'true' }

test('Links of messages work in every Region, whichever the server is in', async (t) => {
  const { sns, settle } = await snsFixture({ modules: [sqs] })
  const endpoint = await openHttpEndpoint()
  t.after(endpoint.close)
  const there = { region: 'eu-west-1' }
  const { TopicArn } = await sns<{ TopicArn: string }>('CreateTopic', { Name: 'orders' }, there)
  await sns('Subscribe', { TopicArn, Protocol: 'http', Endpoint: endpoint.url }, there)
  await settle()
  const { SubscribeURL } = JSON.parse((await eventually(() => endpoint.received[0]))?.body ?? '')
  const link = Object.fromEntries(new URL(SubscribeURL).searchParams)
  const anonymous = { caller: anonymousCaller }
  const confirm = { TopicArn: link.TopicArn, Token: link.Token }
  const { SubscriptionArn } = await sns<{ SubscriptionArn: string }>('ConfirmSubscription', confirm, anonymous)
  await sns('Unsubscribe', { SubscriptionArn }, anonymous)
  assert.deepEqual(await sns('ListSubscriptions', {}, there), { Subscriptions: [] })
  await settle()
  const ended = JSON.parse((await eventually(() => endpoint.received[1]))?.body ?? '')
  assert.equal(ended.Type, 'UnsubscribeConfirmation')
})

test('A throttle policy spaces the messages of an endpoint out', async (t) => {
  const DeliveryPolicy = JSON.stringify({ throttlePolicy: { maxReceivesPerSecond: 2 } })
  const { topic, publish, settle, advance, messages, endpoint } = await endpointFixture({ ...raw, DeliveryPolicy })
  t.after(endpoint.close)
  for (const text of ['1', '2', '3', '4']) await publish(topic, text)
  await settle()
  assert.deepEqual(messages(), ['1'])
  await advance(secondMs / 2)
  assert.deepEqual(messages(), ['1', '2'])
  await advance(secondMs)
  assert.deepEqual(messages(), ['1', '2', '3', '4'])
})

test('An endpoint that goes on failing is tried three times more, 20 seconds apart; then its dead-letter queue has the message', async (t) => {
  const statusOf = (type: string) => (type === 'Notification' ? 500 : 200)
  const { createQueue, sns, topic, publish, settle, advance, messages, endpoint, receive } = await endpointFixture(
    raw,
    statusOf,
  )
  t.after(endpoint.close)
  const deadLetterTargetArn = await createQueue('dead')
  const { Subscriptions } = await sns<{ Subscriptions: { SubscriptionArn: string }[] }>('ListSubscriptions', {})
  await sns('SetSubscriptionAttributes', {
    SubscriptionArn: Subscriptions[0]?.SubscriptionArn,
    ...{ AttributeName: 'RedrivePolicy', AttributeValue: JSON.stringify({ deadLetterTargetArn }) },
  })
  const MessageAttributes = { kind: { DataType: 'String', StringValue: 'a' } }
  await publish(topic, 'hello', { MessageAttributes })
  await settle()
  for (let tries = 1; tries <= 4; tries++) {
    assert.equal(messages().length, tries)
    await advance(20 * secondMs)
  }
  assert.equal(messages().length, 4)
  const [dead] = await receive('dead')
  assert.deepEqual([dead?.Body, dead?.MessageAttributes], ['hello', MessageAttributes])
})

test('A queue that cannot be reached for a time gets the message when it can, in the order of the group', async () => {
  const { createTopic, createQueue, subscribe, publish, settle, advance, receive, sqsFails } =
    await failingQueueFixture()
  const topic = await createTopic('steps.fifo', { FifoTopic: 'true', ContentBasedDeduplication: 'true' })
  await subscribe(topic, 'sqs', await createQueue('steps.fifo', { FifoQueue: 'true' }), raw)
  sqsFails(3)
  for (const text of ['1', '2', '3']) await publish(topic, text, { MessageGroupId: 'g' })
  await settle()
  await advance(10 * secondMs)
  assert.deepEqual(
    (await receive('steps.fifo')).map(({ Body }) => Body),
    ['1', '2', '3'],
  )
})

/** A fixture whose SendMessage fails as often as it is made to. */
async function failingQueueFixture() {
  let failures = 0
  const failing = {
    ...sqs,
    definition: {
      ...sqs.definition,
      operations: {
        ...sqs.definition.operations,
        SendMessage: {
          ...sqs.definition.operations.SendMessage,
          handle(context: unknown, input: unknown) {
            if (failures-- > 0) throw unreachable()
            return sqs.definition.operations.SendMessage?.handle(context as never, input as never)
          },
        },
      },
    },
  }
  const fixture = await snsFixture({ modules: [failing as typeof sqs] })
  return {
    ...fixture,
    sqsFails(times: number) {
      failures = times
    },
  }
}

const unreachable = () => Object.assign(new Error('the queue cannot be reached'), { expected: true })

test('A throttle policy may have a rate that does not divide a second', async (t) => {
  const DeliveryPolicy = JSON.stringify({ throttlePolicy: { maxReceivesPerSecond: 3 } })
  const { topic, publish, settle, advance, messages, endpoint, faults } = await endpointFixture({
    ...raw,
    DeliveryPolicy,
  })
  t.after(endpoint.close)
  for (const text of ['1', '2', '3', '4']) await publish(topic, text)
  await settle()
  await advance(secondMs)
  assert.deepEqual([messages(), faults], [['1', '2', '3', '4'], []])
})
