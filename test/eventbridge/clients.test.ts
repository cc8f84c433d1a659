import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import {
  DescribeRuleCommand,
  EventBridgeClient,
  InvalidEventPatternException,
  PutEventsCommand,
  PutRuleCommand,
  PutTargetsCommand,
  ResourceNotFoundException,
} from '@aws-sdk/client-eventbridge'
import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam'
import { CreateKeyCommand, KMSClient } from '@aws-sdk/client-kms'
import {
  ConflictException,
  CreateScheduleCommand,
  CreateScheduleGroupCommand,
  GetScheduleCommand,
  ListTagsForResourceCommand,
  SchedulerClient,
} from '@aws-sdk/client-scheduler'
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  type Message,
  ReceiveMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs'
import type { Strongroom } from '../../src/server/server.ts'
import { startTestServer } from '../fixtures/clients.ts'
import { aws, missing } from '../fixtures/foreign.ts'

let server: Strongroom
let events: EventBridgeClient
let scheduler: SchedulerClient
let sqs: SQSClient
before(async () => {
  server = await startTestServer({ logLevel: 'error', settings: { 'events.api-calls': 'all' } })
  const { endpoint, region, credentials } = server
  const config = { endpoint, region, credentials, maxAttempts: 1 }
  events = new EventBridgeClient(config)
  scheduler = new SchedulerClient(config)
  sqs = new SQSClient(config)
})
after(async () => {
  for (const client of [events, scheduler, sqs]) client.destroy()
  await server.stop()
})

const arnOf = (queue: string) => `arn:aws:sqs:${server.region}:${server.accountId}:${queue}`

async function queue(name: string): Promise<string> {
  const statement = {
    Effect: 'Allow',
    Principal: { Service: 'events.amazonaws.com' },
    Action: 'sqs:SendMessage',
    Resource: '*',
  }
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [statement] })
  const { QueueUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName: name, Attributes: { Policy } }))
  return QueueUrl
}

/** Waits for the next message and takes it out. */
async function next(QueueUrl: string): Promise<Message> {
  const { Messages: [message] = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 10 }))
  assert.ok(message, 'no message came')
  await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: message.ReceiptHandle }))
  return message
}

test('the JavaScript SDK puts a rule, a target and an event, which reaches a waiting receiver', async () => {
  const QueueUrl = await queue('js')
  await events.send(new PutRuleCommand({ Name: 'js', EventPattern: '{"source":["js"]}' }))
  await events.send(new PutTargetsCommand({ Rule: 'js', Targets: [{ Id: 'q', Arn: arnOf('js') }] }))
  const waiting = next(QueueUrl)
  const entry = { Source: 'js', DetailType: 'Test', Detail: '{"a":1}', Time: new Date(1_700_000_000_000) }
  const { Entries, FailedEntryCount } = await events.send(new PutEventsCommand({ Entries: [entry] }))
  assert.equal(FailedEntryCount, 0)
  const event = JSON.parse((await waiting).Body ?? '')
  assert.deepEqual([event.id, event.detail, event.time], [Entries?.[0]?.EventId, { a: 1 }, '2023-11-14T22:13:20Z'])
})

test('errors have the classes of the SDK', async () => {
  await assert.rejects(events.send(new DescribeRuleCommand({ Name: 'none' })), ResourceNotFoundException)
  await assert.rejects(events.send(new PutRuleCommand({ Name: 'x', EventPattern: '{}' })), InvalidEventPatternException)
})

test('a call is an event within a second, in 99 of 100 cases', async () => {
  const QueueUrl = await queue('calls')
  const pattern = { source: ['aws.kms'], detail: { eventName: ['CreateKey'] } }
  await events.send(new PutRuleCommand({ Name: 'calls', EventPattern: JSON.stringify(pattern) }))
  await events.send(new PutTargetsCommand({ Rule: 'calls', Targets: [{ Id: 'q', Arn: arnOf('calls') }] }))
  const { endpoint, region, credentials } = server
  const kms = new KMSClient({ endpoint, region, credentials })
  const times: number[] = []
  for (let count = 0; count < 20; count++) {
    const waiting = next(QueueUrl)
    await kms.send(new CreateKeyCommand({ Description: `n${count}` }))
    const started = performance.now()
    const { detail } = JSON.parse((await waiting).Body ?? '')
    times.push(performance.now() - started)
    assert.equal(detail.requestParameters.description, `n${count}`)
  }
  kms.destroy()
  times.sort((a, b) => a - b)
  assert.ok((times.at(-1) ?? 0) < 1000, `the slowest took ${times.at(-1)} ms`)
})

test('the JavaScript SDK makes a schedule, which runs at once', async () => {
  const QueueUrl = await queue('ticks')
  const { endpoint, region, credentials } = server
  const iam = new IAMClient({ endpoint, region, credentials })
  const document = (statement: object) =>
    JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', ...statement }] })
  const AssumeRolePolicyDocument = document({
    ...{ Principal: { Service: 'scheduler.amazonaws.com' }, Action: 'sts:AssumeRole' },
  })
  const { Role } = await iam.send(new CreateRoleCommand({ RoleName: 'ticker', AssumeRolePolicyDocument }))
  const PolicyDocument = document({ Action: 'sqs:SendMessage', Resource: arnOf('ticks') })
  await iam.send(new PutRolePolicyCommand({ RoleName: 'ticker', PolicyName: 'p', PolicyDocument }))
  iam.destroy()
  const schedule = {
    ...{ Name: 'tick', ScheduleExpression: 'rate(1 hour)', FlexibleTimeWindow: { Mode: 'OFF' as const } },
    Target: { Arn: arnOf('ticks'), RoleArn: Role?.Arn, Input: 'tick' },
  }
  const created = await scheduler.send(new CreateScheduleCommand(schedule))
  assert.equal((await next(QueueUrl)).Body, 'tick')
  const shown = await scheduler.send(new GetScheduleCommand({ Name: 'tick' }))
  assert.deepEqual([shown.Arn, shown.Target, shown.State], [created.ScheduleArn, schedule.Target, 'ENABLED'])
  await assert.rejects(scheduler.send(new CreateScheduleCommand(schedule)), ConflictException)
  const Tags = [{ Key: 'a', Value: 'b' }]
  const { ScheduleGroupArn } = await scheduler.send(new CreateScheduleGroupCommand({ Name: 'g', Tags }))
  const tags = await scheduler.send(new ListTagsForResourceCommand({ ResourceArn: ScheduleGroupArn }))
  assert.deepEqual(tags.Tags, Tags)
})

test('the AWS CLI works with rules, events and schedules', { skip: missing('aws', '--version') }, async () => {
  const QueueUrl = await queue('cli')
  const ask = (...args: string[]) => aws(server, args)
  await ask('events', 'put-rule', '--name', 'cli', '--event-pattern', '{"source":["cli"]}')
  await ask('events', 'put-targets', '--rule', 'cli', '--targets', `Id=q,Arn=${arnOf('cli')}`)
  const entry = JSON.stringify([{ Source: 'cli', DetailType: 'Test', Detail: '{}' }])
  const { FailedEntryCount } = await ask('events', 'put-events', '--entries', entry)
  assert.equal(FailedEntryCount, 0)
  assert.equal(JSON.parse((await next(QueueUrl)).Body ?? '').source, 'cli')
  const { ScheduleGroups } = await ask('scheduler', 'list-schedule-groups')
  assert.ok(ScheduleGroups.some(({ Name }: { Name: string }) => Name === 'default'))
})
