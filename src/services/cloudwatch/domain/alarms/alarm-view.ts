import type { CompositeAlarm as CompositeAlarmView, MetricAlarm as MetricAlarmView } from '@aws-sdk/client-cloudwatch'
import type { Scope } from '../../../../core/store.ts'
import { type Alarm, alarmArn, type CompositeAlarm, isSingleMetric, type MetricAlarm } from './alarm.ts'
import { zonedTime } from './java-numbers.ts'
import { suppressedReason } from './messages.ts'

const headOf = (scope: Scope, { name, description, actionsEnabled, actions, configuredAtMs, state }: Alarm) => ({
  AlarmName: name,
  AlarmArn: alarmArn(scope, name),
  ...(description !== undefined && { AlarmDescription: description }),
  AlarmConfigurationUpdatedTimestamp: new Date(configuredAtMs),
  ActionsEnabled: actionsEnabled,
  OKActions: [...actions.OK],
  AlarmActions: [...actions.ALARM],
  InsufficientDataActions: [...actions.INSUFFICIENT_DATA],
  StateValue: state.value,
  StateReason: state.reason,
  ...(state.reasonData !== undefined && { StateReasonData: state.reasonData }),
  StateUpdatedTimestamp: new Date(state.updatedAtMs),
  StateTransitionedTimestamp: new Date(state.transitionedAtMs),
})

/** Shows a metric alarm as DescribeAlarms does. */
export function metricAlarmView(scope: Scope, alarm: MetricAlarm): MetricAlarmView {
  const { source, datapointsToAlarm, treatMissingData, lowSampleCount } = alarm
  return {
    ...headOf(scope, alarm),
    ...sourceView(source),
    EvaluationPeriods: alarm.evaluationPeriods,
    ...(datapointsToAlarm !== undefined && { DatapointsToAlarm: datapointsToAlarm }),
    Threshold: alarm.threshold,
    ComparisonOperator: alarm.comparison,
    ...(treatMissingData && { TreatMissingData: treatMissingData }),
    ...(lowSampleCount && { EvaluateLowSampleCountPercentile: lowSampleCount }),
  }
}

function sourceView(source: MetricAlarm['source']): Partial<MetricAlarmView> {
  if (!isSingleMetric(source)) return { Metrics: [...source.queries], Dimensions: [] }
  const { metric, statistic, isExtended, periodSeconds, unit } = source
  return {
    MetricName: metric.name,
    Namespace: metric.namespace,
    ...(isExtended ? { ExtendedStatistic: statistic } : { Statistic: statistic as MetricAlarmView['Statistic'] }),
    Dimensions: metric.dimensions.map(({ Name, Value }) => ({ Name, Value })),
    Period: periodSeconds,
    ...(unit !== undefined && { Unit: unit as MetricAlarmView['Unit'] }),
  }
}

/** Shows a composite alarm as DescribeAlarms does. */
export function compositeAlarmView(scope: Scope, alarm: CompositeAlarm): CompositeAlarmView {
  const { rule, suppressor, suppression } = alarm
  return {
    ...headOf(scope, alarm),
    AlarmRule: rule,
    ...(suppressor && {
      ActionsSuppressor: suppressor.alarm,
      ActionsSuppressorWaitPeriod: suppressor.waitSeconds,
      ActionsSuppressorExtensionPeriod: suppressor.extensionSeconds,
    }),
    ...(suppression && {
      ActionsSuppressedBy: suppression.by,
      ActionsSuppressedReason: suppressedReason(suppression.by),
    }),
  }
}

export const alarmView = (scope: Scope, alarm: Alarm): MetricAlarmView | CompositeAlarmView =>
  alarm.kind === 'metric' ? metricAlarmView(scope, alarm) : compositeAlarmView(scope, alarm)

/** The configuration of an alarm as its history and events have it: members begin with a small letter. */
export const configurationView = (scope: Scope, alarm: Alarm): unknown => lowerMembers(alarmView(scope, alarm))

function lowerMembers(value: unknown): unknown {
  if (value instanceof Date) return zonedTime(value.getTime())
  if (Array.isArray(value)) return value.map(lowerMembers)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, member]) => member !== undefined)
      .map(([name, member]) => [name.charAt(0).toLowerCase() + name.slice(1), lowerMembers(member)]),
  )
}
