import type { MetricDataQuery } from '@aws-sdk/client-cloudwatch'
import type { Scope } from '../../../../core/store.ts'
import { type Alarm, type AlarmState, alarmArn, isSingleMetric, type MetricAlarm } from './alarm.ts'
import { Double, writeJson, zonedTime } from './java-numbers.ts'
import { regionName } from './region-names.ts'

/** A change of an alarm's state, as its messages tell of it. */
export interface AlarmChange {
  scope: Scope
  /** With its new state. */
  alarm: Alarm
  before: AlarmState
  nowMs: number
}

/** The message that an alarm publishes to an SNS topic. */
export function snsMessage({ scope, alarm, before }: AlarmChange): { Subject: string; Message: string } {
  const { name, description, actions, state, configuredAtMs } = alarm
  const message = {
    AlarmName: name,
    AlarmDescription: description ?? null,
    AWSAccountId: scope.accountId,
    AlarmConfigurationUpdatedTimestamp: zonedTime(configuredAtMs),
    NewStateValue: state.value,
    NewStateReason: state.reason,
    StateChangeTime: zonedTime(state.updatedAtMs),
    Region: regionName(scope.region),
    AlarmArn: alarmArn(scope, name),
    OldStateValue: before.value,
    OKActions: actions.OK,
    AlarmActions: actions.ALARM,
    InsufficientDataActions: actions.INSUFFICIENT_DATA,
    ...(alarm.kind === 'metric' ? { Trigger: triggerOf(alarm) } : compositeParts(alarm)),
  }
  // SNS takes subjects of less than 100 ASCII characters.
  const subject = `${state.value}: "${name}" in ${regionName(scope.region)}`.replace(/[^\x20-\x7e]/g, '?')
  return { Subject: subject.slice(0, 99), Message: writeJson(message) }
}

function compositeParts(alarm: Extract<Alarm, { kind: 'composite' }>) {
  return { AlarmRule: alarm.rule, TriggeringChildren: triggeringChildren(alarm.state) }
}

/** Of the reason's data: `{"triggeringAlarms":[{arn, state: {value, timestamp}}]}`. */
function triggeringChildren({ reasonData }: AlarmState) {
  const { triggeringAlarms = [] } = JSON.parse(reasonData ?? '{}') as {
    triggeringAlarms?: readonly { arn: string; state: { value: string; timestamp: string } }[]
  }
  return triggeringAlarms.map(({ arn, state }) => ({
    Arn: arn,
    State: { Value: state.value, Timestamp: state.timestamp },
  }))
}

function triggerOf(alarm: MetricAlarm) {
  const { source, evaluationPeriods, datapointsToAlarm, comparison, threshold, treatMissingData, lowSampleCount } =
    alarm
  const rules = {
    EvaluationPeriods: evaluationPeriods,
    DatapointsToAlarm: datapointsToAlarm,
    ComparisonOperator: comparison,
    Threshold: new Double(threshold),
    TreatMissingData: treatMissingData ?? 'missing',
    EvaluateLowSampleCountPercentile: lowSampleCount ?? '',
  }
  if (!isSingleMetric(source)) return { Metrics: source.queries.map(queryInMessage), ...rules }
  const { metric, statistic, isExtended, unit, periodSeconds } = source
  return {
    MetricName: metric.name,
    Namespace: metric.namespace,
    StatisticType: isExtended ? 'ExtendedStatistic' : 'Statistic',
    ...(isExtended ? { ExtendedStatistic: statistic } : { Statistic: snsStatistics[statistic] ?? statistic }),
    Unit: unit ?? null,
    Dimensions: metric.dimensions.map(({ Name, Value }) => ({ value: Value, name: Name })),
    Period: periodSeconds,
    ...rules,
  }
}

const snsStatistics: Readonly<Record<string, string>> = {
  Average: 'AVERAGE',
  Maximum: 'MAXIMUM',
  Minimum: 'MINIMUM',
  SampleCount: 'SAMPLE_COUNT',
  Sum: 'SUM',
}

function queryInMessage({ Id, Label, Expression, MetricStat, ReturnData = true, Period }: MetricDataQuery) {
  const { Metric } = MetricStat ?? {}
  const dimensions = Metric?.Dimensions?.map(({ Name, Value }) => ({ value: Value, name: Name })) ?? []
  return {
    Expression,
    Id,
    Label,
    MetricStat: MetricStat && {
      Metric: { Dimensions: dimensions, MetricName: Metric?.MetricName, Namespace: Metric?.Namespace },
      ...{ Period: MetricStat.Period, Stat: MetricStat.Stat, Unit: MetricStat.Unit },
    },
    Period,
    ReturnData,
  }
}

/** The detail of the event "CloudWatch Alarm State Change", and the data of what a function is invoked with. */
export function changeDetail({ alarm, before }: AlarmChange): Record<string, unknown> {
  const suppression = alarm.kind === 'composite' ? alarm.suppression : undefined
  return {
    alarmName: alarm.name,
    state: {
      ...(suppression && {
        actionsSuppressedBy: suppression.by,
        actionsSuppressedReason: suppressedReason(suppression.by),
      }),
      ...stateDetail(alarm.state),
    },
    previousState: stateDetail(before),
    configuration: configurationOf(alarm),
  }
}

export const suppressedReason = (by: string): string => `Actions suppressed by ${by}`

const stateDetail = ({ value, reason, reasonData, updatedAtMs }: AlarmState) => ({
  value,
  reason,
  ...(reasonData !== undefined && { reasonData }),
  timestamp: zonedTime(updatedAtMs),
})

function configurationOf(alarm: Alarm): Record<string, unknown> {
  const description = alarm.description === undefined ? {} : { description: alarm.description }
  if (alarm.kind === 'composite') {
    const { rule, suppressor } = alarm
    if (!suppressor) return { alarmRule: rule, ...description }
    const { alarm: actionsSuppressor, waitSeconds, extensionSeconds } = suppressor
    const periods = { actionsSuppressorWaitPeriod: waitSeconds, actionsSuppressorExtensionPeriod: extensionSeconds }
    return { alarmRule: rule, actionsSuppressor, ...periods, ...description }
  }
  return { metrics: metricsInEvent(alarm), ...description }
}

function metricsInEvent({ name, source }: MetricAlarm) {
  if (isSingleMetric(source)) {
    const { metric, periodSeconds, statistic, unit } = source
    return [
      {
        id: name,
        metricStat: {
          metric: metricInEvent(metric.namespace, metric.name, metric.dimensions),
          ...{ period: periodSeconds, stat: statistic, ...(unit !== undefined && { unit }) },
        },
        returnData: true,
      },
    ]
  }
  return source.queries.map(({ Id, Label, Expression, MetricStat, ReturnData = true }) => ({
    id: Id,
    ...(Label !== undefined && { label: Label }),
    ...(Expression !== undefined && { expression: Expression }),
    ...(MetricStat && {
      metricStat: {
        metric: metricInEvent(
          MetricStat.Metric?.Namespace,
          MetricStat.Metric?.MetricName,
          MetricStat.Metric?.Dimensions,
        ),
        ...{ period: MetricStat.Period, stat: MetricStat.Stat, ...(MetricStat.Unit && { unit: MetricStat.Unit }) },
      },
    }),
    returnData: ReturnData,
  }))
}

const metricInEvent = (
  namespace: string | undefined,
  name: string | undefined,
  dimensions: readonly { Name?: string | undefined; Value?: string | undefined }[] = [],
) => ({
  namespace,
  name,
  dimensions: Object.fromEntries(dimensions.map(({ Name = '', Value = '' }) => [Name, Value])),
})

/** Returns what a function is invoked with. */
export const functionEvent = (change: AlarmChange): string =>
  writeJson({
    source: 'aws.cloudwatch',
    alarmArn: alarmArn(change.scope, change.alarm.name),
    accountId: change.scope.accountId,
    time: zonedTime(change.nowMs),
    region: change.scope.region,
    alarmData: changeDetail(change),
  })

/** Returns what the history keeps of a change of state. */
export const stateUpdateData = ({ alarm, before }: AlarmChange): string => {
  const stateOf = ({ value, reason, reasonData }: AlarmState) => ({
    stateValue: value,
    stateReason: reason,
    ...(reasonData !== undefined && { stateReasonData: dataOf(reasonData) }),
  })
  return JSON.stringify({ version: '1.0', oldState: stateOf(before), newState: stateOf(alarm.state) })
}

/** Callers may give data that are not JSON. */
function dataOf(reasonData: string): unknown {
  try {
    return JSON.parse(reasonData)
  } catch {
    return reasonData
  }
}
