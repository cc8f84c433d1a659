import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import type { DescribeSubscriptionFiltersResponse, FilterLogEventsResponse } from '@aws-sdk/client-cloudwatch-logs'
import { accountId, otherAccountId } from '../../../../testing/callers.ts'
import { lambdaFixture } from '../../../lambda/testing.ts'
import { cloudwatchLogs } from '../../cloudwatch-logs.ts'
import { subscriptionPayloads } from '../../domain/filters/filter-events.ts'

const functionArn = (name: string) => `arn:aws:lambda:us-east-1:${accountId}:function:${name}`

interface Sent {
  messageType: string
  owner: string
  logGroup: string
  logStream: string
  subscriptionFilters: string[]
  logEvents: { id: string; timestamp: number; message: string }[]
}

const sentIn = (payload: string): Sent =>
  JSON.parse(gunzipSync(Buffer.from(JSON.parse(payload).awslogs.data, 'base64')).toString())

async function subscriptionFixture() {
  const fixture = await lambdaFixture([cloudwatchLogs])
  const logs = <R>(operation: string, input: object) => fixture.ask('logs', operation, input) as Promise<R>
  await logs('CreateLogGroup', { logGroupName: 'g' })
  await logs('CreateLogStream', { logGroupName: 'g', logStreamName: 's' })
  await fixture.create('f')
  return {
    ...fixture,
    logs,
    open: (Principal = 'logs.us-east-1.amazonaws.com', name = 'g') =>
      fixture.call('AddPermission', {
        ...{ FunctionName: 'f', StatementId: `logs-${name}`, Action: 'lambda:InvokeFunction', Principal },
        SourceArn: `arn:aws:logs:us-east-1:${accountId}:log-group:${name}:*`,
      }),
    subscribe: (filterName = 'sub', more: object = {}) =>
      logs('PutSubscriptionFilter', {
        ...{ logGroupName: 'g', filterName, filterPattern: 'ERROR', destinationArn: functionArn('f'), ...more },
      }),
    askedFor: () =>
      fixture.permissionsOf('logs', 'PutSubscriptionFilter', {
        ...{ logGroupName: 'g', filterName: 'x', filterPattern: '', destinationArn: functionArn('f') },
      }),
    put: (...messages: string[]) =>
      logs('PutLogEvents', {
        ...{ logGroupName: 'g', logStreamName: 's' },
        logEvents: messages.map((message) => ({ message, timestamp: fixture.clock.nowMs() })),
      }),
    sent: () => fixture.runs.map(({ event }) => sentIn(event.payload.toString())),
  }
}

test('scenario 22: a function with permission gets matching events with their ids, gzipped; without it the filter is refused', async () => {
  const { subscribe, open, put, sent, settle, logs, faults, store } = await subscriptionFixture()
  const refused = {
    code: 'InvalidParameterException',
    message:
      'Could not execute the lambda function. Make sure you have given CloudWatch Logs permission to execute your function.',
  }
  await assert.rejects(subscribe(), refused)
  await open('logs.us-east-1.amazonaws.com', 'other')
  await assert.rejects(subscribe(), refused)
  assert.deepEqual(await logs('DescribeSubscriptionFilters', { logGroupName: 'g' }), { subscriptionFilters: [] })
  await open()
  await subscribe()
  await settle()
  assert.deepEqual(
    sent().map(({ messageType }) => messageType),
    ['CONTROL_MESSAGE'],
  )
  await put('ERROR one', 'fine', 'ERROR two')
  await settle()
  const { events = [] } = await logs<FilterLogEventsResponse>('FilterLogEvents', {
    logGroupName: 'g',
    filterPattern: 'ERROR',
  })
  assert.deepEqual(sent().at(-1), {
    messageType: 'DATA_MESSAGE',
    owner: accountId,
    logGroup: 'g',
    logStream: 's',
    subscriptionFilters: ['sub'],
    logEvents: events.map(({ eventId, timestamp, message }) => ({ id: eventId, timestamp, message })),
  })
  const invoked = store.records.findLast(({ eventName }) => eventName === 'Invoke')
  assert.deepEqual(invoked?.userIdentity, { type: 'AWSService', invokedBy: 'logs.us-east-1.amazonaws.com' })
  assert.deepEqual(faults, [])
})

test('a policy may name the service without its Region; each batch is sent once', async () => {
  const { subscribe, open, put, sent, settle } = await subscriptionFixture()
  await open('logs.amazonaws.com')
  await subscribe('sub', { filterPattern: '' })
  for (let n = 0; n < 5; n++) await put(`${n}`)
  await settle()
  const messages = sent().flatMap(({ messageType, logEvents }) =>
    messageType === 'DATA_MESSAGE' ? logEvents.map(({ message }) => message) : [],
  )
  // Lambda runs queued events in no order.
  assert.deepEqual(messages.sort(), ['0', '1', '2', '3', '4'])
})

test('a group has two subscriptions at most, to functions of its own account', async () => {
  const { subscribe, open, logs, askedFor } = await subscriptionFixture()
  await open()
  await subscribe('a')
  await subscribe('b')
  await assert.rejects(subscribe('c'), { code: 'LimitExceededException', message: 'Resource limit exceeded.' })
  await subscribe('b', { filterPattern: 'WARN' })
  const { subscriptionFilters } = await logs<DescribeSubscriptionFiltersResponse>('DescribeSubscriptionFilters', {
    ...{ logGroupName: 'g', filterNamePrefix: 'b' },
  })
  assert.deepEqual(
    subscriptionFilters?.map(({ filterName, filterPattern, distribution }) => [
      filterName,
      filterPattern,
      distribution,
    ]),
    [['b', 'WARN', 'ByLogStream']],
  )
  const [asked] = await askedFor()
  assert.equal(asked?.context?.['logs:DestinationArn'], functionArn('f'))
  await logs('DeleteSubscriptionFilter', { logGroupName: 'g', filterName: 'b' })
  await assert.rejects(logs('DeleteSubscriptionFilter', { logGroupName: 'g', filterName: 'b' }), {
    code: 'ResourceNotFoundException',
    message: 'The specified subscription filter does not exist.',
  })
  const stream = `arn:aws:kinesis:us-east-1:${accountId}:stream/s`
  await assert.rejects(subscribe('c', { destinationArn: stream }), {
    message: 'destinationArn for vendor kinesis cannot be used without roleArn',
  })
  const roleArn = `arn:aws:iam::${accountId}:role/r`
  await assert.rejects(subscribe('c', { destinationArn: stream, roleArn }), { code: 'InvalidParameterException' })
  await assert.rejects(subscribe('c', { roleArn }), { code: 'InvalidParameterException' })
  await assert.rejects(subscribe('c', { destinationArn: functionArn('f').replace(accountId, otherAccountId) }), {
    code: 'AccessDeniedException',
  })
  for (const destinationArn of ['x', functionArn('f').replace('function:', 'layer:')]) {
    await assert.rejects(subscribe('c', { destinationArn }), { code: 'InvalidParameterException' }, destinationArn)
  }
})

test('what is too large for one invocation is sent in several', () => {
  const source = { owner: accountId, logGroup: 'g', logStream: 's', filterName: 'f' }
  let random = 7
  const noise = () =>
    Array.from({ length: 1000 }, () => {
      random = (random * 48_271) % 2_147_483_647
      return random.toString(36)
    }).join('')
  const events = Array.from({ length: 150 }, (_, n) => ({ id: `${n}`, timeMs: n, message: noise() }))
  const payloads = subscriptionPayloads(source, events)
  assert.ok(payloads.length > 1)
  assert.ok(payloads.every((payload) => payload.length < 1_000_000))
  const ids = payloads.flatMap((payload) => sentIn(payload).logEvents.map(({ id }) => id))
  assert.deepEqual(
    ids,
    events.map(({ id }) => id),
  )
  assert.deepEqual(subscriptionPayloads(source, []), [])
})
