import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { DescribeAlarmHistoryOutput, PutCompositeAlarmInput } from '@aws-sdk/client-cloudwatch'
import { minuteMs, secondMs } from '../../../../core/durations.ts'
import { accountId, region } from '../../../../testing/callers.ts'
import { alarmFixture, topicArn } from './testing.ts'

const arnOf = (name: string) => `arn:aws:cloudwatch:${region}:${accountId}:alarm:${name}`

/** Alarms `a`, `b` and `deploying`, and a composite alarm `both`. */
async function compositeFixture(more: Partial<PutCompositeAlarmInput> = {}) {
  const fixture = await alarmFixture()
  const { putAlarm, cloudwatch, settle, topics } = fixture
  for (const AlarmName of ['a', 'b', 'deploying']) {
    await putAlarm({ AlarmName, MetricName: AlarmName, AlarmActions: [], OKActions: [], TreatMissingData: 'ignore' })
  }
  const putComposite = (request: Partial<PutCompositeAlarmInput> = {}) =>
    cloudwatch<undefined>('PutCompositeAlarm', {
      ...{ AlarmName: 'both', AlarmRule: 'ALARM("a") AND NOT OK("b")' },
      ...{ AlarmActions: [topicArn('alarm')], OKActions: [topicArn('ok')] },
      ...more,
      ...request,
    })
  await putComposite()
  await settle()
  topics.published.length = 0
  return {
    ...fixture,
    putComposite,
    set: async (AlarmName: string, StateValue: string) => {
      await cloudwatch('SetAlarmState', { AlarmName, StateValue, StateReason: 'a drill' })
      await settle()
    },
    /** The messages since the last time: `OK > ALARM`. */
    sent: () =>
      topics.published
        .splice(0)
        .map(({ Message = '' }) => JSON.parse(Message))
        .map(({ OldStateValue, NewStateValue }) => `${OldStateValue} > ${NewStateValue}`),
  }
}

test('a composite alarm follows its rule at once, with the child that made it change as its reason', async () => {
  const { alarm, set, topics, clock } = await compositeFixture()
  const created = await alarm('both')
  assert.deepEqual(
    [created.StateValue, created.StateReason],
    ['OK', `${arnOf('both')} was created and its alarm rule evaluates to OK`],
  )
  clock.timeMs = Date.parse('2027-07-23T15:57:45.394Z')
  await set('a', 'ALARM')
  const { StateValue, StateReason, StateReasonData, AlarmRule } = await alarm('both')
  assert.deepEqual(
    [StateValue, StateReason, AlarmRule],
    ['ALARM', `${arnOf('a')} transitioned to ALARM at Friday 23 July, 2027 15:57:45 UTC`, 'ALARM("a") AND NOT OK("b")'],
  )
  const state = { value: 'ALARM', timestamp: '2027-07-23T15:57:45.394+0000' }
  assert.deepEqual(JSON.parse(StateReasonData ?? ''), { triggeringAlarms: [{ arn: arnOf('a'), state }] })
  const [message] = topics.messages()
  assert.deepEqual(
    [message.AlarmName, message.AlarmRule, message.TriggeringChildren],
    ['both', AlarmRule, [{ Arn: arnOf('a'), State: { Value: state.value, Timestamp: state.timestamp } }]],
  )
  await set('b', 'OK')
  assert.equal((await alarm('both')).StateValue, 'OK')
})

test('composite alarms of composite alarms change together, and a circle of them ends', async () => {
  const { putComposite, alarm, set } = await compositeFixture()
  await putComposite({ AlarmName: 'outer', AlarmRule: 'ALARM(both) OR ALARM(outer)' })
  await putComposite({ AlarmRule: 'ALARM(a) OR ALARM(outer)' })
  await set('a', 'ALARM')
  assert.deepEqual([(await alarm('both')).StateValue, (await alarm('outer')).StateValue], ['ALARM', 'ALARM'])
})

test('a suppressor in ALARM holds actions back, and those of the state at the end of the extension are taken', async () => {
  const { set, sent, alarm, advance } = await compositeFixture({
    ...{ ActionsSuppressor: 'deploying', ActionsSuppressorWaitPeriod: 60, ActionsSuppressorExtensionPeriod: 30 },
  })
  await set('deploying', 'ALARM')
  await set('a', 'ALARM')
  const { StateValue, ActionsSuppressedBy, ActionsSuppressedReason } = await alarm('both')
  assert.deepEqual(
    [StateValue, ActionsSuppressedBy, ActionsSuppressedReason],
    ['ALARM', 'Alarm', 'Actions suppressed by Alarm'],
  )
  assert.deepEqual(sent(), [])
  await set('deploying', 'OK')
  assert.equal((await alarm('both')).ActionsSuppressedBy, 'ExtensionPeriod')
  await advance(29 * secondMs)
  assert.deepEqual(sent(), [])
  await advance(2 * secondMs)
  assert.deepEqual(sent(), ['OK > ALARM'])
  assert.equal((await alarm('both')).ActionsSuppressedBy, undefined)
})

test('actions wait for the suppressor, and are taken when it does not come', async () => {
  const { set, sent, alarm, advance } = await compositeFixture({
    ...{ ActionsSuppressor: arnOf('deploying'), ActionsSuppressorWaitPeriod: 60, ActionsSuppressorExtensionPeriod: 0 },
  })
  await set('a', 'ALARM')
  assert.equal((await alarm('both')).ActionsSuppressedBy, 'WaitPeriod')
  await advance(minuteMs)
  assert.deepEqual(sent(), ['OK > ALARM'])
  await set('a', 'OK')
  assert.deepEqual(sent(), ['ALARM > OK'])
  await set('a', 'ALARM')
  await set('deploying', 'ALARM')
  await advance(2 * minuteMs)
  assert.deepEqual(sent(), [])
  await set('a', 'OK')
  await set('deploying', 'OK')
  assert.deepEqual(sent(), [])
})

test('PutCompositeAlarm refuses rules that cannot be read and alarms that are not there', async () => {
  const { putComposite, putAlarm } = await compositeFixture()
  const refused: readonly [request: Partial<PutCompositeAlarmInput>, code: string, message: RegExp][] = [
    [{ AlarmRule: 'ALARM(a' }, 'ValidationException', /invalid alarm rule: Expected "\)" at the end/],
    [{ AlarmRule: 'ALARM(none)' }, 'ValidationException', /alarm\(s\) \[none\] in the alarm rule do not exist/],
    [{ ActionsSuppressorWaitPeriod: 5 }, 'InvalidParameterCombinationException', /ActionsSuppressor/],
    [{ ActionsSuppressor: 'a' }, 'MissingRequiredParameterException', /ActionsSuppressorWaitPeriod/],
    [{ AlarmName: 'a' }, 'ValidationException', /There is a metric alarm with the name a/],
  ]
  for (const [request, code, message] of refused) await assert.rejects(putComposite(request), { code, message })
  await assert.rejects(putAlarm({ AlarmName: 'both' }), { code: 'ValidationException' })
})

test('DeleteAlarms deletes all or none, and nothing that a composite alarm depends on', async () => {
  const { cloudwatch, putComposite } = await compositeFixture()
  const remove = (...AlarmNames: string[]) => cloudwatch('DeleteAlarms', { AlarmNames })
  await assert.rejects(remove('deploying', 'none'), {
    ...{ code: 'ResourceNotFound', status: 404 },
    message: 'Alarm(s) [none] do not exist.',
  })
  await assert.rejects(remove('a'), {
    ...{ code: 'ValidationException', message: 'Cannot delete a as there are composite alarm(s) depending on it.' },
  })
  await putComposite({ AlarmName: 'other', AlarmRule: 'TRUE' })
  await assert.rejects(remove('both', 'other'), { code: 'ValidationException' })
  await remove('both', 'a', 'b')
  const { MetricAlarms } = await cloudwatch<{ MetricAlarms: { AlarmName: string }[] }>('DescribeAlarms', {})
  assert.deepEqual(
    MetricAlarms.map(({ AlarmName }) => AlarmName),
    ['deploying'],
  )
})

test('DescribeAlarms finds alarms by name, prefix, type, state, action and relation, in pages', async () => {
  const { cloudwatch, set } = await compositeFixture()
  await set('a', 'ALARM')
  interface Answer {
    MetricAlarms: { AlarmName: string }[]
    CompositeAlarms: { AlarmName: string }[]
    NextToken?: string
  }
  const names = async (input: object) => {
    const { MetricAlarms, CompositeAlarms } = await cloudwatch<Answer>('DescribeAlarms', input)
    return [...MetricAlarms, ...CompositeAlarms].map(({ AlarmName }) => AlarmName)
  }
  const AlarmTypes = ['MetricAlarm', 'CompositeAlarm']
  assert.deepEqual(await names({}), ['a', 'b', 'deploying'])
  assert.deepEqual(await names({ AlarmTypes }), ['a', 'b', 'deploying', 'both'])
  assert.deepEqual(await names({ AlarmTypes, AlarmNamePrefix: 'b' }), ['b', 'both'])
  assert.deepEqual(await names({ AlarmTypes, AlarmNames: ['both', 'a', 'none'] }), ['a', 'both'])
  assert.deepEqual(await names({ AlarmTypes, StateValue: 'ALARM' }), ['a', 'both'])
  assert.deepEqual(await names({ AlarmTypes, ActionPrefix: topicArn('al') }), ['both'])
  assert.deepEqual(await names({ ChildrenOfAlarmName: 'both' }), ['a', 'b'])
  assert.deepEqual(await names({ ParentsOfAlarmName: 'a' }), ['both'])
  const first = await cloudwatch<Answer>('DescribeAlarms', { MaxRecords: 2 })
  const second = await cloudwatch<Answer>('DescribeAlarms', { MaxRecords: 2, NextToken: first.NextToken })
  assert.deepEqual([first.MetricAlarms.length, second.MetricAlarms.length, second.NextToken], [2, 1, undefined])
  await assert.rejects(names({ NextToken: first.NextToken, StateValue: 'OK' }), { code: 'InvalidNextToken' })
  await assert.rejects(names({ AlarmNames: ['a'], AlarmNamePrefix: 'a' }), {
    code: 'InvalidParameterCombinationException',
  })
})

test('DescribeAlarmsForMetric finds the alarms of one metric', async () => {
  const { cloudwatch, putAlarm } = await compositeFixture()
  await putAlarm({ AlarmName: 'other', MetricName: 'a', Statistic: 'Average' })
  const names = async (input: object) =>
    (
      await cloudwatch<{ MetricAlarms: { AlarmName: string }[] }>('DescribeAlarmsForMetric', {
        ...{ Namespace: 'App', MetricName: 'a' },
        ...input,
      })
    ).MetricAlarms.map(({ AlarmName }) => AlarmName)
  assert.deepEqual(await names({}), ['a', 'other'])
  assert.deepEqual(await names({ Statistic: 'Sum' }), ['a'])
  assert.deepEqual(await names({ Dimensions: [{ Name: 'x', Value: 'y' }] }), [])
})

test('the history of alarms comes in pages and ranges, and is kept for 30 days', async () => {
  const { cloudwatch, set, advance, history, clock } = await compositeFixture()
  await advance(minuteMs)
  const since = clock.now()
  for (const state of ['ALARM', 'OK', 'ALARM']) await set('a', state)
  interface Answer {
    AlarmHistoryItems: { HistorySummary: string }[]
    NextToken?: string
  }
  const list = (input: object) => cloudwatch<Answer>('DescribeAlarmHistory', { AlarmName: 'a', ...input })
  const ascending = await list({ ScanBy: 'TimestampAscending', StartDate: since })
  assert.deepEqual(
    ascending.AlarmHistoryItems.map(({ HistorySummary }) => HistorySummary),
    [
      'Alarm updated from INSUFFICIENT_DATA to ALARM',
      'Alarm updated from ALARM to OK',
      'Alarm updated from OK to ALARM',
    ],
  )
  const first = await list({ MaxRecords: 2 })
  const second = await list({ MaxRecords: 2, NextToken: first.NextToken })
  assert.equal(first.AlarmHistoryItems[0]?.HistorySummary, 'Alarm updated from OK to ALARM')
  assert.deepEqual([second.AlarmHistoryItems.length, second.NextToken], [2, undefined])
  await advance(32 * 24 * 60 * minuteMs)
  assert.deepEqual(await history(), [])
})

test('tags of an alarm are changed by its ARN, and are condition keys of what is done with it', async () => {
  const { cloudwatch, permissions } = await compositeFixture()
  const ResourceARN = arnOf('a')
  await cloudwatch('TagResource', {
    ResourceARN,
    Tags: [
      { Key: 'team', Value: 'blue' },
      { Key: 'x', Value: '' },
    ],
  })
  await cloudwatch('UntagResource', { ResourceARN, TagKeys: ['x'] })
  assert.deepEqual(await cloudwatch('ListTagsForResource', { ResourceARN }), { Tags: [{ Key: 'team', Value: 'blue' }] })
  assert.deepEqual(await permissions('monitoring', 'DeleteAlarms', { AlarmNames: ['a'] }), [
    { action: 'cloudwatch:DeleteAlarms', resource: ResourceARN, context: { 'aws:ResourceTag/team': 'blue' } },
  ])
  const request = {
    ...{ AlarmName: 'new', AlarmRule: 'TRUE', AlarmActions: [topicArn('alarm')], Tags: [{ Key: 'k', Value: 'v' }] },
  }
  const context = {
    ...{ 'aws:ResourceTag/k': 'v', 'aws:RequestTag/k': 'v', 'aws:TagKeys': ['k'] },
    'cloudwatch:AlarmActions': [topicArn('alarm')],
  }
  assert.deepEqual(await permissions('monitoring', 'PutCompositeAlarm', request), [
    { action: 'cloudwatch:PutCompositeAlarm', resource: arnOf('new'), context },
    { action: 'cloudwatch:TagResource', resource: arnOf('new'), context },
  ])
  await assert.rejects(cloudwatch('ListTagsForResource', { ResourceARN: arnOf('none') }), {
    ...{ code: 'ResourceNotFoundException', status: 404 },
  })
  await assert.rejects(cloudwatch('TagResource', { ResourceARN, Tags: [{ Key: 'aws:x', Value: '' }] }), {
    code: 'InvalidParameterValueException',
  })
})

test('a change that reaches alarms by many ways is evaluated level by level, and once in each', async () => {
  const { putComposite, set, alarm, cloudwatch } = await compositeFixture()
  const differ = (one: string, other: string) =>
    `(ALARM("${one}") AND NOT ALARM("${other}")) OR (NOT ALARM("${one}") AND ALARM("${other}"))`
  await set('a', 'OK')
  await putComposite({ AlarmName: 'q0', AlarmRule: 'NOT ALARM("a")' })
  let pair: [string, string] = ['a', 'q0']
  const levels = 7
  for (let level = 1; level <= levels; level++) {
    const rule = differ(...pair)
    pair = [`p${level}`, `q${level}`]
    await putComposite({ AlarmName: pair[0], AlarmRule: rule })
    await putComposite({ AlarmName: pair[1], AlarmRule: `NOT (${rule})` })
  }
  const before = [(await alarm(pair[0])).StateValue, (await alarm(pair[1])).StateValue]
  await set('a', 'ALARM')
  // The first pair differs in any case, so that nothing changes behind it but for a moment.
  assert.deepEqual([(await alarm(pair[0])).StateValue, (await alarm(pair[1])).StateValue], before)
  const { AlarmHistoryItems = [] } = await cloudwatch<DescribeAlarmHistoryOutput>('DescribeAlarmHistory', {
    ...{ AlarmName: pair[0], HistoryItemType: 'StateUpdate', MaxRecords: 100, AlarmTypes: ['CompositeAlarm'] },
  })
  assert.ok(AlarmHistoryItems.length <= 2 * levels, `${AlarmHistoryItems.length} changes`)
})
