import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { PutMetricAlarmInput } from '@aws-sdk/client-cloudwatch'
import { dayMs, minuteMs, secondMs } from '../../../../core/durations.ts'
import { accountId, region } from '../../../../testing/callers.ts'
import { alarmFixture, topicArn } from './testing.ts'

test('a new alarm has no data, and was not checked', async () => {
  const { putAlarm, alarm, clock } = await alarmFixture()
  await putAlarm({ AlarmDescription: 'too slow', Tags: [{ Key: 'team', Value: 'blue' }] })
  assert.deepEqual(await alarm(), {
    ...{ AlarmName: 'slow', AlarmArn: `arn:aws:cloudwatch:${region}:${accountId}:alarm:slow` },
    ...{ AlarmDescription: 'too slow', AlarmConfigurationUpdatedTimestamp: clock.now(), ActionsEnabled: true },
    ...{ OKActions: [topicArn('ok')], AlarmActions: [topicArn('alarm')], InsufficientDataActions: [] },
    ...{ StateValue: 'INSUFFICIENT_DATA', StateReason: 'Unchecked: Initial alarm creation' },
    ...{ StateUpdatedTimestamp: clock.now(), StateTransitionedTimestamp: clock.now() },
    ...{ MetricName: 'Latency', Namespace: 'App', Statistic: 'Sum', Dimensions: [], Period: 60 },
    ...{ EvaluationPeriods: 1, Threshold: 1, ComparisonOperator: 'GreaterThanOrEqualToThreshold' },
  })
})

test('scenario 20: when data breach the threshold, the alarm is in ALARM and one SNS message was sent within the period', async () => {
  const { putAlarm, alarm, put, advance, topics, clock, store } = await alarmFixture()
  await putAlarm({ AlarmDescription: 'too slow' })
  const configured = clock.now().toISOString().replace('Z', '+0000')
  await advance(5 * secondMs)
  await put({ MetricName: 'Latency', Value: 5 })
  const at = clock.now()
  await advance(minuteMs)
  const { StateValue, StateReason, StateUpdatedTimestamp } = await alarm()
  const [date, time] = at.toISOString().split('T') as [string, string]
  const [year = '', month, day] = date.split('-')
  const reason =
    `Threshold Crossed: 1 out of the last 1 datapoints [5.0 (${day}/${month}/${year.slice(2)} ${time.slice(0, 5)}:00)] ` +
    'was greater than or equal to the threshold (1.0) (minimum 1 datapoint for OK -> ALARM transition).'
  assert.deepEqual([StateValue, StateReason], ['ALARM', reason])
  const [message, ...more] = topics.published
  assert.deepEqual(more, [])
  assert.deepEqual([message?.TopicArn, message?.Subject], [topicArn('alarm'), 'ALARM: "slow" in US East (N. Virginia)'])
  assert.equal(
    message?.Message,
    JSON.stringify({
      ...{ AlarmName: 'slow', AlarmDescription: 'too slow', AWSAccountId: accountId },
      AlarmConfigurationUpdatedTimestamp: configured,
      ...{ NewStateValue: 'ALARM', NewStateReason: reason },
      StateChangeTime: StateUpdatedTimestamp?.toISOString().replace('Z', '+0000'),
      ...{ Region: 'US East (N. Virginia)', AlarmArn: `arn:aws:cloudwatch:${region}:${accountId}:alarm:slow` },
      ...{ OldStateValue: 'INSUFFICIENT_DATA', OKActions: [topicArn('ok')], AlarmActions: [topicArn('alarm')] },
      InsufficientDataActions: [],
      Trigger: {
        ...{ MetricName: 'Latency', Namespace: 'App', StatisticType: 'Statistic', Statistic: 'SUM', Unit: null },
        ...{ Dimensions: [], Period: 60, EvaluationPeriods: 1, ComparisonOperator: 'GreaterThanOrEqualToThreshold' },
        ...{ Threshold: 'T', TreatMissingData: 'missing', EvaluateLowSampleCountPercentile: '' },
      },
    }).replace('"T"', '1.0'),
  )
  const record = store.records.find(({ eventName }) => eventName === 'Publish')
  assert.deepEqual(record?.userIdentity, { type: 'AWSService', invokedBy: 'cloudwatch.amazonaws.com' })
  await advance(10 * minuteMs)
  assert.equal((await alarm()).StateValue, 'INSUFFICIENT_DATA')
  assert.equal(topics.published.length, 1)
})

test('scenario 24: an alarm that treats missing data as breaching is in ALARM without data', async () => {
  const { putAlarm, alarm, advance } = await alarmFixture()
  await putAlarm({ TreatMissingData: 'breaching', EvaluationPeriods: 2 })
  await advance(minuteMs)
  const { StateValue, StateReason } = await alarm()
  assert.deepEqual(
    [StateValue, StateReason],
    [
      'ALARM',
      'Threshold Crossed: no datapoints were received for 2 periods and 2 missing datapoints were treated as [Breaching].',
    ],
  )
})

test('scenario 25: SetAlarmState on a healthy metric fires one action, and the next evaluation returns to OK', async () => {
  const { putAlarm, alarm, put, advance, settle, cloudwatch, topics, states, events } = await alarmFixture()
  await putAlarm()
  await put({ MetricName: 'Latency', Value: 0 })
  await advance(minuteMs)
  assert.equal((await alarm()).StateValue, 'OK')
  topics.published.length = 0
  await cloudwatch('SetAlarmState', { AlarmName: 'slow', StateValue: 'ALARM', StateReason: 'a drill' })
  await settle()
  assert.deepEqual(
    topics.messages().map(({ NewStateValue, NewStateReason }) => [NewStateValue, NewStateReason]),
    [['ALARM', 'a drill']],
  )
  await advance(minuteMs)
  assert.equal((await alarm()).StateValue, 'OK')
  assert.deepEqual(
    topics.messages().map(({ OldStateValue, NewStateValue }) => `${OldStateValue} ${NewStateValue}`),
    ['OK ALARM', 'ALARM OK'],
  )
  assert.deepEqual(await states(), ['INSUFFICIENT_DATA to OK', 'OK to ALARM', 'ALARM to OK'])
  const changes = events.filter((event) => event['detail-type'] === 'CloudWatch Alarm State Change')
  const { source, resources, detail } = changes[1] ?? assert.fail()
  assert.deepEqual(
    { source, resources, detail },
    {
      source: 'aws.cloudwatch',
      resources: [`arn:aws:cloudwatch:${region}:${accountId}:alarm:slow`],
      detail: {
        alarmName: 'slow',
        state: { value: 'ALARM', reason: 'a drill', timestamp: topics.messages()[0].StateChangeTime },
        previousState: detail.previousState,
        configuration: {
          metrics: [
            {
              id: 'slow',
              metricStat: { metric: { namespace: 'App', name: 'Latency', dimensions: {} }, period: 60, stat: 'Sum' },
              returnData: true,
            },
          ],
        },
      },
    },
  )
})

test('scenario 26: an action that an encrypted topic refuses is a failed one in the history', async () => {
  const { putAlarm, cloudwatch, settle, advance, topics, history } = await alarmFixture()
  topics.refuse(topicArn('alarm'), 'KMSAccessDenied', 'User: cloudwatch.amazonaws.com is not authorized to perform …')
  await putAlarm()
  await cloudwatch('SetAlarmState', { AlarmName: 'slow', StateValue: 'ALARM', StateReason: 'a drill' })
  await settle()
  await advance(minuteMs)
  const [action] = await history('Action')
  assert.equal(action?.HistorySummary, `Failed to execute action ${topicArn('alarm')}`)
  const { actionState, notificationResource, error } = JSON.parse(action?.HistoryData ?? '')
  assert.deepEqual(
    [actionState, notificationResource, error],
    [
      'Failed',
      topicArn('alarm'),
      'CloudWatch Alarms does not have authorization to access the SNS topic encryption key.',
    ],
  )
})

test('a topic whose policy does not name CloudWatch refuses the action, and one that names the alarm takes it', async () => {
  const { putAlarm, cloudwatch, settle, topics, history } = await alarmFixture()
  const statement = (alarm: string) => ({
    Version: '2012-10-17',
    Statement: {
      ...{ Effect: 'Allow', Principal: { Service: 'cloudwatch.amazonaws.com' }, Action: 'sns:Publish', Resource: '*' },
      Condition: { ArnEquals: { 'aws:SourceArn': `arn:aws:cloudwatch:${region}:${accountId}:alarm:${alarm}` } },
    },
  })
  topics.setPolicy(topicArn('alarm'), statement('other'))
  await putAlarm()
  const set = async (StateValue: string) => {
    await cloudwatch('SetAlarmState', { AlarmName: 'slow', StateValue, StateReason: 'a drill' })
    await settle()
  }
  await set('ALARM')
  await set('OK')
  topics.setPolicy(topicArn('alarm'), statement('slow'))
  await set('ALARM')
  assert.deepEqual((await history('Action')).map(({ HistorySummary }) => HistorySummary).sort(), [
    `Failed to execute action ${topicArn('alarm')}`,
    `Successfully executed action ${topicArn('alarm')}`,
    `Successfully executed action ${topicArn('ok')}`,
  ])
  assert.equal(topics.published.length, 2)
})

test('alarms whose actions are disabled change their state and do nothing', async () => {
  const { putAlarm, cloudwatch, settle, topics, alarm } = await alarmFixture()
  await putAlarm()
  await cloudwatch('DisableAlarmActions', { AlarmNames: ['slow', 'none'] })
  await cloudwatch('SetAlarmState', { AlarmName: 'slow', StateValue: 'ALARM', StateReason: 'a drill' })
  await settle()
  assert.deepEqual([(await alarm()).StateValue, (await alarm()).ActionsEnabled], ['ALARM', false])
  assert.equal(topics.published.length, 0)
  await cloudwatch('EnableAlarmActions', { AlarmNames: ['slow'] })
  await cloudwatch('SetAlarmState', { AlarmName: 'slow', StateValue: 'OK', StateReason: 'over' })
  await settle()
  assert.equal(topics.published.length, 1)
})

test('another configuration of an alarm keeps its state and its tags', async () => {
  const { putAlarm, cloudwatch, alarm, history } = await alarmFixture()
  await putAlarm({ Tags: [{ Key: 'team', Value: 'blue' }] })
  await cloudwatch('SetAlarmState', { AlarmName: 'slow', StateValue: 'ALARM', StateReason: 'a drill' })
  await putAlarm({ Threshold: 70, Tags: [{ Key: 'other', Value: 'x' }] })
  const { StateValue, Threshold, AlarmArn } = await alarm()
  assert.deepEqual([StateValue, Threshold], ['ALARM', 70])
  assert.deepEqual(await cloudwatch('ListTagsForResource', { ResourceARN: AlarmArn }), {
    Tags: [{ Key: 'team', Value: 'blue' }],
  })
  const items = await history('ConfigurationUpdate')
  assert.deepEqual(
    items.map(({ HistorySummary }) => HistorySummary),
    ['Alarm "slow" updated', 'Alarm "slow" created'],
  )
  assert.equal(JSON.parse(items[0]?.HistoryData ?? '').updatedAlarm.threshold, 70)
})

test('an alarm on an expression goes by its one result', async () => {
  const { cloudwatch, put, advance, alarm, topics } = await alarmFixture()
  const stat = (MetricName: string) => ({ Metric: { Namespace: 'App', MetricName }, Period: 60, Stat: 'Sum' })
  const Metrics = [
    { Id: 'errors', MetricStat: stat('Errors'), ReturnData: false },
    { Id: 'requests', MetricStat: stat('Requests'), ReturnData: false },
    { Id: 'rate', Expression: '100 * errors / requests', Label: 'Error rate' },
  ]
  const alarmRequest = {
    ...{ AlarmName: 'slow', Metrics, EvaluationPeriods: 1, Threshold: 10, AlarmActions: [topicArn('alarm')] },
    ComparisonOperator: 'GreaterThanThreshold',
  }
  await cloudwatch('PutMetricAlarm', alarmRequest)
  await put({ MetricName: 'Errors', Value: 2 }, { MetricName: 'Requests', Value: 10 })
  await advance(minuteMs)
  const found = await alarm()
  assert.equal(found.StateValue, 'ALARM')
  assert.match(found.StateReason ?? '', /1 out of the last 1 datapoints \[20\.0 /)
  assert.deepEqual(found.Metrics, Metrics)
  assert.equal(topics.messages()[0].Trigger.Metrics[2].Expression, '100 * errors / requests')
})

test('data that come for a later time are evaluated when that time has come', async () => {
  const { putAlarm, put, advance, alarm, clock } = await alarmFixture()
  await putAlarm()
  await advance(5 * minuteMs)
  await put({ MetricName: 'Latency', Value: 5, Timestamp: new Date(clock.timeMs + 30 * minuteMs) })
  await advance(29 * minuteMs)
  assert.equal((await alarm()).StateValue, 'INSUFFICIENT_DATA')
  await advance(2 * minuteMs)
  assert.equal((await alarm()).StateValue, 'ALARM')
})

test('alarms of ten seconds are evaluated every ten seconds', async () => {
  const { putAlarm, put, advance, alarm } = await alarmFixture()
  await putAlarm({ Period: 10 })
  await put({ MetricName: 'Latency', Value: 5, StorageResolution: 1 })
  await advance(10 * secondMs)
  assert.equal((await alarm()).StateValue, 'ALARM')
  await advance(30 * secondMs)
  assert.equal((await alarm()).StateValue, 'INSUFFICIENT_DATA')
})

test('a clock that is moved over a month without data evaluates no alarm meanwhile', async () => {
  let evaluations = 0
  const { putAlarm, put, advance, alarm, states } = await alarmFixture({
    wrapWork: (runner) => async (work) => {
      if (work.kind === 'monitoring.evaluate-alarms') evaluations++
      return runner(work)
    },
  })
  for (let n = 0; n < 20; n++) await putAlarm({ AlarmName: `slow ${n}`, MetricName: `m${n}` })
  await putAlarm({ TreatMissingData: 'breaching', EvaluationPeriods: 3 })
  await put({ MetricName: 'Latency', Value: 0 })
  await advance(30 * dayMs)
  assert.ok(evaluations <= 8, `${evaluations} evaluations`)
  assert.equal((await alarm()).StateValue, 'ALARM')
  await put({ MetricName: 'Latency', Value: 0 })
  await advance(minuteMs)
  assert.deepEqual((await states()).slice(-1), ['ALARM to OK'])
  await advance(dayMs)
  assert.deepEqual((await states()).slice(-1), ['OK to ALARM'])
})

test('an alarm that looks back over more than a day is evaluated every hour', async () => {
  const { putAlarm, put, advance, alarm } = await alarmFixture()
  await putAlarm({ Period: 86_400, EvaluationPeriods: 2, DatapointsToAlarm: 1 })
  await advance(20 * minuteMs)
  await put({ MetricName: 'Latency', Value: 5 })
  await advance(30 * minuteMs)
  assert.equal((await alarm()).StateValue, 'INSUFFICIENT_DATA')
  await advance(10 * minuteMs)
  assert.equal((await alarm()).StateValue, 'ALARM')
})

const refused: readonly [what: Partial<PutMetricAlarmInput>, code: string, message: string | RegExp][] = [
  [{ Period: 45 }, 'ValidationException', 'Period must be 10, 20, 30 or a multiple of 60'],
  [
    { Period: 300, EvaluationPeriods: 289 },
    'ValidationException',
    'Metrics cannot be checked across more than a day (EvaluationPeriods * Period must be <= 86400).',
  ],
  [{ Period: 3600, EvaluationPeriods: 169 }, 'ValidationException', /7 days/],
  [{ Statistic: undefined }, 'InvalidParameterCombinationException', /Statistic/],
  [{ ExtendedStatistic: 'p99' }, 'InvalidParameterCombinationException', /mutually exclusive/],
  [{ Statistic: undefined, ExtendedStatistic: 'p999' }, 'InvalidParameterValueException', /p999/],
  [{ DatapointsToAlarm: 2 }, 'ValidationException', /DatapointsToAlarm/],
  [{ TreatMissingData: 'never' }, 'InvalidParameterValueException', /TreatMissingData/],
  [{ Threshold: undefined }, 'MissingRequiredParameterException', 'The parameter Threshold is required.'],
  [{ ComparisonOperator: 'GreaterThanUpperThreshold' }, 'InvalidParameterValueException', /GreaterThanUpperThreshold/],
  [{ AlarmActions: ['nothing'] }, 'ValidationException', 'Invalid arn syntax: nothing'],
  [{ AlarmActions: ['arn:aws:automate:us-east-1:ec2:stop'] }, 'ValidationException', /does not support the action/],
  [{ EvaluateLowSampleCountPercentile: 'ignore' }, 'InvalidParameterCombinationException', /percentile/],
  [{ Metrics: [{ Id: 'a', Expression: '1' }] }, 'InvalidParameterCombinationException', /mutually exclusive/],
  [{ WarmUpConfiguration: { WarmUpPeriodDurationInMinutes: 5 } }, 'ValidationException', /does not support/],
]

test('PutMetricAlarm refuses what is not an alarm', async () => {
  const { putAlarm, cloudwatch } = await alarmFixture()
  for (const [what, code, message] of refused) {
    await assert.rejects(putAlarm(what), { code, message }, JSON.stringify(what))
  }
  assert.deepEqual(await cloudwatch('DescribeAlarms', {}), { MetricAlarms: [], CompositeAlarms: [] })
})
