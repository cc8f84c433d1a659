import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { CreateScheduleInput, GetScheduleOutput } from '@aws-sdk/client-scheduler'
import type { Message } from '@aws-sdk/client-sqs'
import { dayMs, hourMs, minuteMs, secondMs } from '../../../core/durations.ts'
import { newEntityId } from '../../../core/identifiers.ts'
import { accountId, allowEverything, newUser, policyOf, region } from '../../../testing/callers.ts'
import { type CallOptions, serviceFixture } from '../../../testing/service-fixture.ts'
import { refusedAction } from '../../../testing/typed-calls.ts'
import { eventbridge } from '../../eventbridge/eventbridge.ts'
import { sqs } from '../../sqs/sqs.ts'
import { sts } from '../../sts/sts.ts'
import { eventbridgeScheduler } from '../eventbridge-scheduler.ts'

const RoleArn = `arn:aws:iam::${accountId}:role/runner`
const queueArn = (name: string) => `arn:aws:sqs:${region}:${accountId}:${name}`
const QueueUrl = (name: string) => `https://sqs/${accountId}/${name}`

const trusting = (service: string) =>
  policyOf({ Effect: 'Allow', Principal: { Service: service }, Action: 'sts:AssumeRole' })

async function schedulerFixture() {
  const fixture = await serviceFixture([eventbridgeScheduler, eventbridge, sqs, sts])
  const role = { arn: RoleArn, roleId: newEntityId('AROA', accountId), policies: [allowEverything] }
  await fixture.putRole({ ...role, trustPolicy: trusting('scheduler.amazonaws.com') })
  await fixture.call('sqs', 'CreateQueue', { QueueName: 'q' })
  const call = <R = unknown>(operation: string, input: object, as?: CallOptions) =>
    fixture.call('scheduler', operation, input, as) as Promise<R>
  return {
    ...fixture,
    role,
    scheduler: call,
    create: (ScheduleExpression: string, more: Partial<CreateScheduleInput> = {}, as?: CallOptions) =>
      call<{ ScheduleArn: string }>(
        'CreateSchedule',
        {
          ...{ Name: 's', ScheduleExpression, FlexibleTimeWindow: { Mode: 'OFF' } },
          Target: { Arn: queueArn('q'), RoleArn, Input: '<aws.scheduler.scheduled-time>' },
          ...more,
        },
        as,
      ),
    messages: async (name = 'q') => {
      const taken: Message[] = []
      for (;;) {
        const asked = { QueueUrl: QueueUrl(name), MaxNumberOfMessages: 10, MessageAttributeNames: ['All'] }
        const { Messages = [] } = (await fixture.call('sqs', 'ReceiveMessage', asked)) as { Messages?: Message[] }
        if (Messages.length === 0) return taken
        for (const message of Messages) {
          taken.push(message)
          const deleted = { QueueUrl: QueueUrl(name), ReceiptHandle: message.ReceiptHandle }
          await fixture.call('sqs', 'DeleteMessage', deleted)
        }
      }
    },
  }
}

const bodies = (messages: readonly Message[]) => messages.map(({ Body }) => Body)
const text = (timeMs: number) => `${new Date(timeMs).toISOString().slice(0, 19)}Z`

test('a rate runs at once, and then each time, as the role of the schedule', async () => {
  const { create, advance, settle, messages, clock, store } = await schedulerFixture()
  const startMs = clock.nowMs()
  const { ScheduleArn } = await create('rate(2 minutes)')
  assert.equal(ScheduleArn, `arn:aws:scheduler:${region}:${accountId}:schedule/default/s`)
  await settle()
  await advance(5 * minuteMs)
  assert.deepEqual(
    bodies(await messages()),
    [0, 2, 4].map((minutes) => text(startMs + minutes * minuteMs)),
  )
  const sent = store.records.find(({ eventName }) => eventName === 'SendMessage')
  assert.match(String(sent?.userIdentity.arn), /assumed-role\/runner\/scheduler$/)
})

test('scenario 33: rate(1 minutes) is refused', async () => {
  const { create } = await schedulerFixture()
  await assert.rejects(create('rate(1 minutes)'), {
    code: 'ValidationException',
    status: 400,
    message: 'Invalid Schedule Expression rate(1 minutes).',
  })
})

test('cron and at follow a time zone, with its summer time', async () => {
  const { create, advance, messages, clock } = await schedulerFixture()
  clock.timeMs = Date.parse('2026-03-27T12:00:00Z')
  const ScheduleExpressionTimezone = 'Europe/Berlin'
  await create('cron(0 9 * * ? *)', { ScheduleExpressionTimezone })
  await create('at(2026-03-29T10:00:00)', { ScheduleExpressionTimezone, Name: 'once' })
  await advance(3 * dayMs)
  assert.deepEqual(bodies(await messages()), [
    ...['2026-03-28T08:00:00Z', '2026-03-29T07:00:00Z', '2026-03-29T08:00:00Z', '2026-03-30T07:00:00Z'],
  ])
})

test('a schedule runs between its dates, and deletes itself behind the last run where it says so', async () => {
  const { create, advance, messages, clock, scheduler } = await schedulerFixture()
  const startMs = clock.nowMs()
  const dates = { StartDate: new Date(startMs + hourMs), EndDate: new Date(startMs + 3 * hourMs) }
  await create('rate(1 hour)', { ...dates, ActionAfterCompletion: 'DELETE' })
  await create('at(2099-01-01T00:00:00)', { Name: 'later', ActionAfterCompletion: 'DELETE' })
  await advance(2 * hourMs)
  await scheduler('GetSchedule', { Name: 's' })
  await advance(5 * hourMs)
  assert.deepEqual(
    bodies(await messages()),
    [1, 2, 3].map((hours) => text(startMs + hours * hourMs)),
  )
  await assert.rejects(scheduler('GetSchedule', { Name: 's' }), {
    code: 'ResourceNotFoundException',
    status: 404,
    message: 'Schedule s does not exist.',
  })
  await scheduler('GetSchedule', { Name: 'later' })
})

test('a flexible window delays each run by less than its length', async () => {
  const { create, advance, messages, clock, settle } = await schedulerFixture()
  const startMs = clock.nowMs()
  const window = { Mode: 'FLEXIBLE', MaximumWindowInMinutes: 30 } as const
  await create('rate(1 hour)', { StartDate: new Date(startMs + hourMs), FlexibleTimeWindow: window })
  await settle()
  await advance(hourMs - 1)
  assert.equal((await messages()).length, 0)
  await advance(30 * minuteMs + 1)
  assert.deepEqual(bodies(await messages()), [text(startMs + hourMs)])
  await advance(4 * hourMs)
  assert.equal((await messages()).length, 4)
})

test('a schedule is shown as it was made, replaced as a whole, disabled and deleted', async () => {
  const { create, scheduler, advance, messages, settle } = await schedulerFixture()
  await create('rate(1 minute)', { Description: 'd', State: 'DISABLED' })
  const { CreationDate, LastModificationDate, ...shown } = await scheduler<GetScheduleOutput>('GetSchedule', {
    Name: 's',
  })
  assert.ok(CreationDate && LastModificationDate)
  assert.deepEqual(shown, {
    ...{ Arn: `arn:aws:scheduler:${region}:${accountId}:schedule/default/s`, GroupName: 'default', Name: 's' },
    ...{ State: 'DISABLED', ScheduleExpression: 'rate(1 minute)', ScheduleExpressionTimezone: 'UTC', Description: 'd' },
    Target: { Arn: queueArn('q'), RoleArn, Input: '<aws.scheduler.scheduled-time>' },
    ...{ FlexibleTimeWindow: { Mode: 'OFF' }, ActionAfterCompletion: 'NONE' },
  })
  await advance(minuteMs)
  assert.equal((await messages()).length, 0)
  const change = { Name: 's', ScheduleExpression: 'rate(5 minutes)', FlexibleTimeWindow: { Mode: 'OFF' } }
  await scheduler('UpdateSchedule', { ...change, Target: { Arn: queueArn('q'), RoleArn, Input: 'x' } })
  const updated = await scheduler<GetScheduleOutput>('GetSchedule', { Name: 's' })
  assert.deepEqual([updated.State, updated.Description], ['ENABLED', undefined])
  await settle()
  assert.deepEqual(bodies(await messages()), ['x'])
  await scheduler('DeleteSchedule', { Name: 's' })
  await advance(hourMs)
  assert.equal((await messages()).length, 0)
  await assert.rejects(scheduler('UpdateSchedule', { ...change, Target: { Arn: queueArn('q'), RoleArn } }), {
    message: 'Schedule s does not exist.',
  })
})

test('the role must exist and trust the service, and the caller must be allowed to pass it', async () => {
  const { create, putRole, role, putUser } = await schedulerFixture()
  const refusal = {
    code: 'ValidationException',
    message: 'The execution role you provide must allow AWS EventBridge Scheduler to assume the role.',
  }
  await putRole({ ...role, trustPolicy: trusting('events.amazonaws.com') })
  await assert.rejects(create('rate(1 hour)'), refusal)
  const Target = { Arn: queueArn('q'), RoleArn: `${RoleArn}s` }
  await assert.rejects(create('rate(1 hour)', { Target }), refusal)
  const bob = newUser('bob')
  await putUser(bob, [policyOf({ Effect: 'Allow', Action: 'scheduler:*', Resource: '*' })])
  assert.equal(await refusedAction(create('rate(1 hour)', {}, { caller: bob })), 'iam:PassRole')
})

test('what is wrong with a schedule is refused', async () => {
  const { create, clock } = await schedulerFixture()
  const nowMs = clock.nowMs()
  const target = (more: object) => ({ Target: { Arn: queueArn('q'), RoleArn, ...more } })
  const cases: [more: object, code: string][] = [
    [{ ScheduleExpressionTimezone: 'Mars/Olympus' }, 'ValidationException'],
    [{ StartDate: new Date(nowMs - hourMs) }, 'ValidationException'],
    [{ EndDate: new Date(nowMs - 1000) }, 'ValidationException'],
    [{ FlexibleTimeWindow: { Mode: 'FLEXIBLE' } }, 'ValidationException'],
    [{ FlexibleTimeWindow: { Mode: 'OFF', MaximumWindowInMinutes: 5 } }, 'ValidationException'],
    [{ GroupName: 'none' }, 'ResourceNotFoundException'],
    [{ KmsKeyArn: `arn:aws:kms:${region}:${accountId}:key/k` }, 'ValidationException'],
    [target({ Arn: 'queue' }), 'ValidationException'],
    [target({ Arn: `arn:aws:kinesis:${region}:${accountId}:stream/s` }), 'ValidationException'],
    [target({ Arn: `${queueArn('q')}.fifo` }), 'ValidationException'],
    [target({ Arn: `arn:aws:events:${region}:${accountId}:event-bus/default` }), 'ValidationException'],
    [target({ Arn: 'arn:aws:scheduler:::aws-sdk:sqs:receiveMessage' }), 'ValidationException'],
    [target({ Arn: 'arn:aws:scheduler:::aws-sdk:ec2:runInstances' }), 'ValidationException'],
    [target({ Arn: 'arn:aws:scheduler:::aws-sdk:sqs:fly' }), 'ValidationException'],
    [target({ Arn: 'arn:aws:scheduler:::aws-sdk:sqs:sendMessage', Input: '[]' }), 'ValidationException'],
  ]
  for (const [more, code] of cases) await assert.rejects(create('rate(1 hour)', more), { code }, JSON.stringify(more))
  await create('rate(1 hour)')
  await assert.rejects(create('rate(1 hour)'), { code: 'ConflictException', status: 409 })
})

test('a universal target calls the operation that it names with the input of the schedule', async () => {
  const { create, settle, messages } = await schedulerFixture()
  const Input = JSON.stringify({
    ...{ QueueUrl: QueueUrl('q'), MessageBody: 'of <aws.scheduler.schedule-arn>' },
    MessageAttributes: { raw: { DataType: 'Binary', BinaryValue: Buffer.from('bytes').toString('base64') } },
  })
  await create('rate(1 hour)', { Target: { Arn: 'arn:aws:scheduler:::aws-sdk:sqs:sendMessage', RoleArn, Input } })
  await settle()
  const [message] = await messages()
  assert.match(message?.Body ?? '', /^of arn:aws:scheduler:.*:schedule\/default\/s$/)
  assert.equal(Buffer.from(message?.MessageAttributes?.raw?.BinaryValue ?? []).toString(), 'bytes')
})

test('an event bus gets an event of the given source', async () => {
  const { create, settle, messages, call } = await schedulerFixture()
  const EventPattern = '{"source":["timer"],"detail":{"a":[1]}}'
  await call('events', 'PutRule', { Name: 'r', EventPattern })
  await call('events', 'PutTargets', { Rule: 'r', Targets: [{ Id: 't', Arn: queueArn('q'), RoleArn }] })
  const Policy = policyOf({
    Effect: 'Allow',
    Principal: { Service: 'events.amazonaws.com' },
    Action: 'sqs:*',
    Resource: '*',
  })
  await call('sqs', 'SetQueueAttributes', { QueueUrl: QueueUrl('q'), Attributes: { Policy } })
  await call('events', 'PutTargets', { Rule: 'r', Targets: [{ Id: 't', Arn: queueArn('q') }] })
  const Arn = `arn:aws:events:${region}:${accountId}:event-bus/default`
  const EventBridgeParameters = { Source: 'timer', DetailType: 'Tick' }
  await create('rate(1 hour)', { Target: { Arn, RoleArn, EventBridgeParameters, Input: '{"a":1}' } })
  await settle()
  const [message] = await messages()
  const { source, 'detail-type': detailType, detail } = JSON.parse(message?.Body ?? '')
  assert.deepEqual([source, detailType, detail], ['timer', 'Tick', { a: 1 }])
})

test('after a stop the first missed run is made, or the first that is not older than its events may be; one too old is a dead letter', async () => {
  const { create, settle, messages, call, clock } = await schedulerFixture()
  await call('sqs', 'CreateQueue', { QueueName: 'dead' })
  const startMs = clock.nowMs()
  const StartDate = new Date(startMs + hourMs)
  const target = { Arn: queueArn('q'), RoleArn, Input: '<aws.scheduler.scheduled-time>' }
  const limited = {
    ...{ ...target, Input: 'limited <aws.scheduler.scheduled-time>' },
    ...{ RetryPolicy: { MaximumEventAgeInSeconds: 5400 }, DeadLetterConfig: { Arn: queueArn('dead') } },
  }
  await create('rate(1 hour)', { Name: 'any', StartDate, Target: target })
  await create('rate(1 hour)', { Name: 'limited', StartDate, Target: limited })
  await settle()
  // Nothing runs on the way, as with a server that is stopped.
  clock.advance(5 * 3600 + 60)
  await settle()
  assert.deepEqual(
    bodies(await messages()).toSorted(),
    [text(startMs + hourMs), `limited ${text(startMs + 4 * hourMs)}`].toSorted(),
  )
  const [letter, ...more] = await messages('dead')
  assert.deepEqual([letter?.Body, more.length], [`limited ${text(startMs + hourMs)}`, 0])
  const { EXHAUSTED_RETRY_CONDITION, RETRY_ATTEMPTS, SCHEDULED_TIME } = letter?.MessageAttributes ?? {}
  assert.deepEqual(
    [EXHAUSTED_RETRY_CONDITION, RETRY_ATTEMPTS, SCHEDULED_TIME].map((attribute) => attribute?.StringValue),
    ['MaximumEventAgeInSeconds', '0', text(startMs + hourMs)],
  )
  clock.advance(3600)
  await settle()
  assert.deepEqual(bodies(await messages()).length, 2)
})

test('what a target refuses goes to the dead-letter queue, as the role of the schedule', async () => {
  const { create, settle, messages, call, clock } = await schedulerFixture()
  await call('sqs', 'CreateQueue', { QueueName: 'dead' })
  const Target = { Arn: queueArn('gone'), RoleArn, Input: 'x', DeadLetterConfig: { Arn: queueArn('dead') } }
  const { ScheduleArn } = await create('rate(1 hour)', { Target })
  await settle()
  const [letter] = await messages('dead')
  assert.equal(letter?.Body, 'x')
  const attributes = Object.entries(letter?.MessageAttributes ?? {}).map(([name, { StringValue }]) => [
    name,
    StringValue,
  ])
  const { ERROR_MESSAGE, EXECUTION_ID, ...rest } = Object.fromEntries(attributes)
  assert.ok(ERROR_MESSAGE && EXECUTION_ID)
  assert.deepEqual(rest, {
    ...{ SCHEDULE_ARN: ScheduleArn, TARGET_ARN: queueArn('gone'), SCHEDULED_TIME: text(clock.nowMs()) },
    ...{ ERROR_CODE: 'QueueDoesNotExist', RETRY_ATTEMPTS: '0', IS_PAYLOAD_TRUNCATED: 'false' },
  })
})

test('groups hold schedules, which go with them', async () => {
  const { create, scheduler, settle, advance, messages } = await schedulerFixture()
  const Tags = [{ Key: 'a', Value: 'b' }]
  const { ScheduleGroupArn: ResourceArn } = await scheduler<{ ScheduleGroupArn: string }>('CreateScheduleGroup', {
    ...{ Name: 'g', Tags, ClientToken: 'one' },
  })
  await scheduler('CreateScheduleGroup', { Name: 'g', Tags, ClientToken: 'one' })
  await assert.rejects(scheduler('CreateScheduleGroup', { Name: 'g' }), { code: 'ConflictException' })
  await scheduler('TagResource', { ResourceArn, Tags: [{ Key: 'c', Value: 'd' }] })
  await scheduler('UntagResource', { ResourceArn, TagKeys: ['a'] })
  assert.deepEqual(await scheduler('ListTagsForResource', { ResourceArn }), { Tags: [{ Key: 'c', Value: 'd' }] })
  for (let at = 0; at < 3; at++) await create('rate(1 hour)', { Name: `s${at}`, GroupName: 'g' })
  await create('rate(1 hour)', { Name: 's1', State: 'DISABLED' })
  const names = async (input: object) => {
    const { Schedules } = await scheduler<{ Schedules: { GroupName: string; Name: string }[] }>('ListSchedules', input)
    return Schedules.map(({ GroupName, Name }) => `${GroupName}/${Name}`)
  }
  assert.deepEqual(await names({ GroupName: 'g', MaxResults: 2 }), ['g/s0', 'g/s1'])
  assert.deepEqual(await names({ NamePrefix: 's1' }), ['default/s1', 'g/s1'])
  assert.deepEqual(await names({ State: 'DISABLED' }), ['default/s1'])
  const { ScheduleGroups } = await scheduler<{ ScheduleGroups: { Name: string }[] }>('ListScheduleGroups', {})
  assert.deepEqual(
    ScheduleGroups.map(({ Name }) => Name),
    ['default', 'g'],
  )
  await scheduler('DeleteScheduleGroup', { Name: 'g' })
  await settle()
  assert.deepEqual(await names({}), ['default/s1'])
  await advance(2 * hourMs + secondMs)
  assert.equal((await messages()).length, 0)
  await assert.rejects(scheduler('GetScheduleGroup', { Name: 'g' }), { code: 'ResourceNotFoundException' })
  await assert.rejects(scheduler('DeleteScheduleGroup', { Name: 'default' }), { code: 'ValidationException' })
})
