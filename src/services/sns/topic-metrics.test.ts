import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ServiceMetric } from '../../core/services/service-metrics.ts'
import { accountId, region } from '../../testing/callers.ts'
import { sqs } from '../sqs/sqs.ts'
import { snsFixture } from './testing.ts'

test('Topics publish how many messages they had, how large, and what became of the notifications', async () => {
  const values = new Map<string, number>()
  const add = ({ namespace, name, dimensions }: ServiceMetric, value: number) => {
    if (namespace === 'AWS/SNS' && dimensions?.TopicName === 'orders') values.set(name, (values.get(name) ?? 0) + value)
  }
  const { createTopic, createQueue, subscribe, publish, settle } = await snsFixture({
    modules: [sqs],
    host: { metrics: { add, watch: () => {} } },
  })
  const topic = await createTopic('orders')
  const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: await createQueue('dead') })
  await subscribe(topic, 'sqs', await createQueue('q'))
  await subscribe(topic, 'sqs', await createQueue('filtered'), { FilterPolicy: '{"kind":["other"]}' })
  await subscribe(topic, 'sqs', `arn:aws:sqs:${region}:${accountId}:none`, { RedrivePolicy })
  // Nothing is published to this one but the question whether it wants to be subscribed.
  await subscribe(topic, 'http', 'http://localhost:9/')
  await publish(topic, 'hello')
  await publish(topic, 'again')
  await settle()
  assert.deepEqual(Object.fromEntries(values), {
    ...{ NumberOfMessagesPublished: 2, PublishSize: 10, NumberOfNotificationsFilteredOut: 2 },
    ...{ NumberOfNotificationsDelivered: 2, NumberOfNotificationsFailed: 2, NumberOfNotificationsRedrivenToDlq: 2 },
  })
})
