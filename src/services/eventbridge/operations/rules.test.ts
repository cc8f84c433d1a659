import assert from 'node:assert/strict'
import { test } from 'node:test'
import { minuteMs } from '../../../core/durations.ts'
import { accountId, newUser, policyOf, region } from '../../../testing/callers.ts'
import { refusedAction } from '../../../testing/typed-calls.ts'
import { eventsFixture, queueArn } from '../testing.ts'

const busArn = (name: string) => `arn:aws:events:${region}:${accountId}:event-bus/${name}`

test('buses are made, listed with the default one, and deleted', async () => {
  const { events } = await eventsFixture()
  const names = async (input: object = {}) =>
    (await events<{ EventBuses: { Name: string }[] }>('ListEventBuses', input)).EventBuses.map(({ Name }) => Name)
  assert.deepEqual(await names(), ['default'])
  const Tags = [{ Key: 'a', Value: 'b' }]
  assert.deepEqual(await events('CreateEventBus', { Name: 'zoo', Tags, Description: 'd' }), {
    EventBusArn: busArn('zoo'),
    Description: 'd',
  })
  await events('CreateEventBus', { Name: 'apes' })
  assert.deepEqual(await names(), ['apes', 'default', 'zoo'])
  assert.deepEqual(await names({ NamePrefix: 'z' }), ['zoo'])
  assert.deepEqual(await names({ Limit: 2 }), ['apes', 'default'])
  const { NextToken } = await events<{ NextToken: string }>('ListEventBuses', { Limit: 2 })
  assert.deepEqual(await names({ NextToken }), ['zoo'])
  assert.deepEqual(await events('ListTagsForResource', { ResourceARN: busArn('zoo') }), { Tags })
  await assert.rejects(events('CreateEventBus', { Name: 'zoo' }), {
    code: 'ResourceAlreadyExistsException',
    message: 'Event bus zoo already exists.',
  })
  await assert.rejects(events('DeleteEventBus', { Name: 'default' }), { message: 'Cannot delete event bus default.' })
  await assert.rejects(events('DescribeEventBus', { Name: 'no' }), { message: 'Event bus no does not exist.' })
  await events('DeleteEventBus', { Name: 'zoo' })
  await events('DeleteEventBus', { Name: 'zoo' })
  assert.deepEqual(await names(), ['apes', 'default'])
})

test('a bus keeps its dead-letter queue until it is taken away, and has no key', async () => {
  const { events } = await eventsFixture()
  const DeadLetterConfig = { Arn: `arn:aws:sqs:${region}:${accountId}:dead` }
  const made = await events('CreateEventBus', { Name: 'zoo', DeadLetterConfig })
  assert.deepEqual(made, { EventBusArn: busArn('zoo'), DeadLetterConfig })
  await events('UpdateEventBus', { Name: 'zoo', Description: 'd' })
  const queueOf = async () =>
    (await events<{ DeadLetterConfig?: object }>('DescribeEventBus', { Name: 'zoo' })).DeadLetterConfig
  assert.deepEqual(await queueOf(), DeadLetterConfig)
  await events('UpdateEventBus', { Name: 'zoo', DeadLetterConfig: {} })
  assert.equal(await queueOf(), undefined)
  const invalid = { code: 'ValidationException' }
  const KmsKeyIdentifier = `arn:aws:kms:${region}:${accountId}:key/k`
  await assert.rejects(events('UpdateEventBus', { Name: 'zoo', KmsKeyIdentifier }), invalid)
  const fifo = { Arn: `${DeadLetterConfig.Arn}.fifo` }
  await assert.rejects(events('UpdateEventBus', { Name: 'zoo', DeadLetterConfig: fifo }), invalid)
})

test('a bus that is deleted while it is changed stays deleted', async () => {
  const { events, beforeHandling } = await eventsFixture()
  await events('CreateEventBus', { Name: 'zoo' })
  beforeHandling('events', 'UpdateEventBus', () => events('DeleteEventBus', { Name: 'zoo' }))
  const update = events('UpdateEventBus', { Name: 'zoo', Description: 'd' })
  await assert.rejects(update, { code: 'ResourceNotFoundException' })
  await assert.rejects(events('DescribeEventBus', { Name: 'zoo' }), { code: 'ResourceNotFoundException' })
})

test('an account has at most 100 buses beside the default one', async () => {
  const { events } = await eventsFixture()
  for (let at = 0; at < 100; at++) await events('CreateEventBus', { Name: `bus${at}` })
  await assert.rejects(events('CreateEventBus', { Name: 'more' }), { code: 'LimitExceededException' })
  await events('DeleteEventBus', { Name: 'bus1' })
  await events('CreateEventBus', { Name: 'more' })
})

test('a rule is described as it was put, and putting it again replaces all but its targets and tags', async () => {
  const { events, queue } = await eventsFixture()
  const EventPattern = '{"source":["a"]}'
  const rule = { Name: 'r', EventPattern, Description: 'd', State: 'DISABLED', Tags: [{ Key: 'a', Value: 'b' }] }
  const { RuleArn } = await events<{ RuleArn: string }>('PutRule', rule)
  assert.equal(RuleArn, `arn:aws:events:${region}:${accountId}:rule/r`)
  await events('PutTargets', { Rule: 'r', Targets: [{ Id: 't', Arn: await queue('q') }] })
  const shown = { Name: 'r', Arn: RuleArn, EventBusName: 'default', CreatedBy: accountId }
  assert.deepEqual(await events('DescribeRule', { Name: 'r' }), {
    ...shown,
    EventPattern,
    Description: 'd',
    State: 'DISABLED',
  })
  await events('PutRule', { Name: 'r', ScheduleExpression: 'rate(5 minutes)' })
  assert.deepEqual(await events('DescribeRule', { Name: 'r' }), {
    ...{ ...shown, ScheduleExpression: 'rate(5 minutes)', State: 'ENABLED' },
  })
  assert.deepEqual(await events('ListTargetsByRule', { Rule: 'r' }), { Targets: [{ Id: 't', Arn: queueArn('q') }] })
  assert.deepEqual(await events('ListTagsForResource', { ResourceARN: RuleArn }), { Tags: rule.Tags })
})

test('what is wrong with a rule is refused with the texts of AWS', async () => {
  const { events } = await eventsFixture()
  await events('CreateEventBus', { Name: 'b' })
  const cases: [input: object, code: string, message: string][] = [
    [{}, 'ValidationException', 'Parameter(s) EventPattern or ScheduleExpression must be specified.'],
    [{ ScheduleExpression: 'rate(1 minutes)' }, 'ValidationException', 'Parameter ScheduleExpression is not valid.'],
    [
      { ScheduleExpression: 'at(2030-01-01T00:00:00)' },
      'ValidationException',
      'Parameter ScheduleExpression is not valid.',
    ],
    [
      { ScheduleExpression: 'rate(1 minute)', EventBusName: 'b' },
      'ValidationException',
      'ScheduleExpression is supported only on the default event bus.',
    ],
    [
      { EventPattern: '{"source":"x"}' },
      'InvalidEventPatternException',
      'Event pattern is not valid. Reason: "source" must be an object or an array\n at [Source: (String)"{"source":"x"}"; line: 1, column: 12]',
    ],
    [{ EventPattern: '{"a":[1]}', EventBusName: 'no' }, 'ResourceNotFoundException', 'Event bus no does not exist.'],
  ]
  for (const [input, code, message] of cases) {
    await assert.rejects(events('PutRule', { Name: 'r', ...input }), { code, message })
  }
  await assert.rejects(events('DescribeRule', { Name: 'r' }), { message: 'Rule r does not exist on EventBus default.' })
  await assert.rejects(events('EnableRule', { Name: 'r', EventBusName: 'b' }), {
    message: 'Rule r does not exist on EventBus b.',
  })
  await events('DeleteRule', { Name: 'r' })
})

test('a rule with targets cannot be deleted, and has at most five', async () => {
  const { events, rule } = await eventsFixture()
  const arn = queueArn('q')
  await rule('r', { a: [1] }, [arn, arn, arn, arn, arn])
  await assert.rejects(events('PutTargets', { Rule: 'r', Targets: [{ Id: 'more', Arn: arn }] }), {
    code: 'LimitExceededException',
  })
  await events('PutTargets', { Rule: 'r', Targets: [{ Id: 't1', Arn: queueArn('other') }] })
  assert.deepEqual(await events('ListRuleNamesByTarget', { TargetArn: queueArn('other') }), { RuleNames: ['r'] })
  await assert.rejects(events('DeleteRule', { Name: 'r' }), { message: "Rule can't be deleted since it has targets." })
  const Ids = ['t0', 't1', 't2', 't3', 't4', 'none']
  const { FailedEntryCount } = await events<{ FailedEntryCount: number }>('RemoveTargets', { Rule: 'r', Ids })
  assert.equal(FailedEntryCount, 1)
  await events('DeleteRule', { Name: 'r' })
  assert.deepEqual(await events('ListRules', {}), { Rules: [] })
})

test('a bus has as many rules as the quota says', async () => {
  const { events } = await eventsFixture({ settings: { 'events.rules-per-bus': 2 } })
  const put = (Name: string) => events('PutRule', { Name, EventPattern: '{"a":[1]}' })
  await put('one')
  await put('two')
  await put('two')
  await assert.rejects(put('three'), { code: 'LimitExceededException' })
  await events('DeleteRule', { Name: 'one' })
  await put('three')
})

test('what is wrong with a target is refused with the texts of AWS', async () => {
  const { events, rule } = await eventsFixture()
  await rule('r', { a: [1] }, [])
  const Arn = queueArn('q')
  const transformer = (InputTemplate: string, InputPathsMap = {}) => ({
    InputTransformer: { InputTemplate, InputPathsMap },
  })
  const cases: [target: object, message: string][] = [
    [{ Arn: 'queue' }, 'Parameter queue is not valid. Reason: Provided Arn is not in correct format.'],
    [
      { Arn: `arn:aws:kinesis:${region}:${accountId}:stream/s` },
      'Parameter Arn is not valid. Reason: Targets of the service kinesis are not supported.',
    ],
    [
      { Arn, Input: '{}', InputPath: '$.a' },
      'Only one of Input, InputPath, or InputTransformer must be provided for target T.',
    ],
    [{ Arn, Input: '{' }, 'JSON syntax error in input for target T.'],
    [{ Arn, InputPath: 'detail' }, 'Invalid JsonPath for target T.'],
    [{ Arn, ...transformer('"<k>"') }, 'InputTemplate for target T contains invalid placeholder k.'],
    [{ Arn: busArn('default') }, 'An event bus cannot be a target of its own rules.'],
    [{ Arn, HttpParameters: {} }, 'Parameter(s) HttpParameters not valid for target: T.'],
  ]
  for (const [target, message] of cases) {
    await assert.rejects(events('PutTargets', { Rule: 'r', Targets: [{ Id: 'T', ...target }] }), {
      code: 'ValidationException',
      message,
    })
  }
  await assert.rejects(events('PutTargets', { Rule: 'no', Targets: [{ Id: 'T', Arn }] }), {
    message: 'Rule no does not exist on EventBus default.',
  })
})

test('statements are added to the policy of a bus and removed from it', async () => {
  const { events } = await eventsFixture()
  const policy = async () => {
    const { Policy } = await events<{ Policy?: string }>('DescribeEventBus', {})
    return Policy === undefined ? undefined : JSON.parse(Policy)
  }
  const permission = { Action: 'events:PutEvents', Principal: '444455556666', StatementId: 'one' }
  await events('PutPermission', permission)
  await events('PutPermission', { ...permission, Principal: '*', StatementId: 'two' })
  assert.deepEqual(await policy(), {
    Version: '2012-10-17',
    Statement: [
      {
        ...{ Sid: 'one', Effect: 'Allow', Principal: { AWS: 'arn:aws:iam::444455556666:root' } },
        ...{ Action: 'events:PutEvents', Resource: busArn('default') },
      },
      { Sid: 'two', Effect: 'Allow', Principal: '*', Action: 'events:PutEvents', Resource: busArn('default') },
    ],
  })
  await events('RemovePermission', { StatementId: 'one' })
  await assert.rejects(events('RemovePermission', { StatementId: 'one' }), {
    message: 'Statement with the provided id does not exist.',
  })
  await events('RemovePermission', { RemoveAllPermissions: true })
  assert.equal(await policy(), undefined)
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [] })
  await assert.rejects(events('PutPermission', { Policy: 'x'.repeat(10_241) }), {
    code: 'PolicyLengthExceededException',
  })
  await assert.rejects(events('PutPermission', { ...permission, Policy }), { code: 'ValidationException' })
})

test('policies can restrict which events a rule wants, and which roles targets have', async () => {
  const { events, putUser } = await eventsFixture()
  const bob = newUser('bob')
  const Condition = { 'ForAllValues:StringEquals': { 'events:source': ['shop'] }, Null: { 'events:source': 'false' } }
  const statement = { Effect: 'Allow', Action: 'events:PutRule', Resource: '*', Condition }
  await putUser(bob, [policyOf(statement, { Effect: 'Allow', Action: 'events:PutTargets', Resource: '*' })])
  const put = (pattern: object) =>
    events('PutRule', { Name: 'r', EventPattern: JSON.stringify(pattern) }, { caller: bob })
  await put({ source: ['shop'] })
  assert.equal(await refusedAction(put({ source: ['shop', 'other'] })), 'events:PutRule')
  assert.equal(await refusedAction(put({ detail: { a: [1] } })), 'events:PutRule')
  const RoleArn = `arn:aws:iam::${accountId}:role/r`
  const Targets = [{ Id: 't', Arn: queueArn('q'), RoleArn }]
  assert.equal(await refusedAction(events('PutTargets', { Rule: 'r', Targets }, { caller: bob })), 'iam:PassRole')
})

test('a scheduled rule sends its targets an event each time', async () => {
  const { events, queue, advance, messages } = await eventsFixture()
  await queue('q')
  await events('PutRule', { Name: 'r', ScheduleExpression: 'rate(2 minutes)' })
  await events('PutTargets', { Rule: 'r', Targets: [{ Id: 't', Arn: queueArn('q') }] })
  await advance(5 * minuteMs)
  const sent = (await messages('q')).map(({ Body = '' }) => JSON.parse(Body))
  assert.equal(sent.length, 2)
  const { id, time, ...event } = sent[0]
  assert.ok(id && time)
  assert.deepEqual(event, {
    ...{ version: '0', 'detail-type': 'Scheduled Event', source: 'aws.events', account: accountId, region },
    ...{ resources: [`arn:aws:events:${region}:${accountId}:rule/r`], detail: {} },
  })
  await events('DisableRule', { Name: 'r' })
  await advance(10 * minuteMs)
  assert.equal((await messages('q')).length, 0)
  await events('PutRule', { Name: 'r', ScheduleExpression: 'cron(0 12 * * ? *)' })
  await advance(24 * 60 * minuteMs)
  assert.equal((await messages('q')).length, 1)
})

test('TestEventPattern compares a pattern with a whole event', async () => {
  const { events } = await eventsFixture()
  const Event = JSON.stringify({
    ...{
      id: 'i',
      account: 'a',
      source: 's',
      time: 't',
      region: 'r',
      resources: [],
      'detail-type': 'd',
      detail: { a: 1 },
    },
  })
  const EventPattern = '{"detail":{"a":[1]}}'
  assert.deepEqual(await events('TestEventPattern', { EventPattern, Event }), { Result: true })
  assert.deepEqual(await events('TestEventPattern', { EventPattern: '{"detail":{"a":[2]}}', Event }), { Result: false })
  for (const wrong of ['{', '[]', '{"id":"i"}']) {
    await assert.rejects(events('TestEventPattern', { EventPattern, Event: wrong }), {
      message: 'Parameter Event is not valid.',
    })
  }
})

test('a rule with a schedule cannot want the events of all calls', async () => {
  const { events } = await eventsFixture()
  const State = 'ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS'
  await assert.rejects(events('PutRule', { Name: 'r', ScheduleExpression: 'rate(1 hour)', State }), {
    code: 'ValidationException',
  })
  await events('PutRule', { Name: 'r', EventPattern: '{"source":["aws.kms"]}', State })
})
