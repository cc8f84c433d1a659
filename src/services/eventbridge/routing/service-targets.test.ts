import assert from 'node:assert/strict'
import { test } from 'node:test'
import { accountId, policyOf, region } from '../../../testing/callers.ts'
import { cloudwatchLogs } from '../../cloudwatch-logs/cloudwatch-logs.ts'
import { kms } from '../../kms/kms.ts'
import { sns } from '../../sns/sns.ts'
import { eventsFixture, order, queueArn } from '../testing.ts'

const service = { Service: 'events.amazonaws.com' }

test('a topic gets the event where its policy allows the rule', async () => {
  const { rule, put, settle, messages, queue, call } = await eventsFixture({ modules: [sns, kms] })
  const { TopicArn } = (await call('sns', 'CreateTopic', { Name: 't' })) as { TopicArn: string }
  await queue('of-topic', false)
  const Policy = policyOf({
    Effect: 'Allow',
    Principal: { Service: 'sns.amazonaws.com' },
    Action: 'sqs:*',
    Resource: '*',
  })
  const QueueUrl = `https://sqs/${accountId}/of-topic`
  await call('sqs', 'SetQueueAttributes', { QueueUrl, Attributes: { Policy } })
  const Attributes = { RawMessageDelivery: 'true' }
  await call('sns', 'Subscribe', { TopicArn, Protocol: 'sqs', Endpoint: queueArn('of-topic'), Attributes })
  const arn = await rule('r', { source: ['shop'] }, [{ Id: 't', Arn: TopicArn, InputPath: '$.detail' }])
  const Condition = { ArnEquals: { 'aws:SourceArn': arn } }
  const AttributeValue = policyOf({
    ...{ Effect: 'Allow', Principal: service, Action: 'sns:Publish', Resource: TopicArn, Condition },
  })
  await call('sns', 'SetTopicAttributes', { TopicArn, AttributeName: 'Policy', AttributeValue })
  await put([order({ n: 1 })])
  await settle()
  assert.deepEqual(
    (await messages('of-topic')).map(({ Body }) => Body),
    ['{"n":1}'],
  )
})

test('a log group gets each event in a stream of its own', async () => {
  const { rule, put, settle, call, clock } = await eventsFixture({ modules: [cloudwatchLogs, kms] })
  const logGroupName = '/aws/events/orders'
  await call('logs', 'CreateLogGroup', { logGroupName })
  const arn = `arn:aws:logs:${region}:${accountId}:log-group:${logGroupName}`
  const Action = ['logs:CreateLogStream', 'logs:PutLogEvents']
  const policyDocument = policyOf({ Effect: 'Allow', Principal: service, Action, Resource: `${arn}:*` })
  await call('logs', 'PutResourcePolicy', { policyName: 'events', policyDocument })
  await rule('r', { source: ['shop'] }, [arn])
  const { Entries = [] } = await put([order({ n: 1 }), order({ n: 2 })])
  await settle()
  for (const [at, { EventId: logStreamName }] of Entries.entries()) {
    const { events } = (await call('logs', 'GetLogEvents', { logGroupName, logStreamName })) as {
      events: { message: string; timestamp: number }[]
    }
    assert.equal(events.length, 1)
    assert.deepEqual(JSON.parse(events[0]?.message ?? '').detail, { n: at + 1 })
    assert.equal(events[0]?.timestamp, clock.nowMs())
  }
})
