import type { MetricDataQuery } from '@aws-sdk/client-cloudwatch'
import type { Scope } from '../../../../core/store.ts'
import type { Tag } from '../../../../kit/tags.ts'
import type { MetricIdentity } from '../series.ts'

export type StateValue = 'OK' | 'ALARM' | 'INSUFFICIENT_DATA'

export interface AlarmState {
  value: StateValue
  reason: string
  /** JSON. */
  reasonData?: string
  updatedAtMs: number
  /** When the value changed last. */
  transitionedAtMs: number
}

interface AlarmHead {
  name: string
  description?: string
  actionsEnabled: boolean
  /** ARNs, by the state that is entered. */
  actions: Readonly<Record<StateValue, readonly string[]>>
  tags: readonly Tag[]
  configuredAtMs: number
  state: AlarmState
}

/** An alarm on a metric, or on what an expression makes of several. */
export interface MetricAlarm extends AlarmHead {
  kind: 'metric'
  source: SingleMetric | { queries: readonly MetricDataQuery[] }
  evaluationPeriods: number
  datapointsToAlarm?: number
  threshold: number
  comparison: Comparison
  treatMissingData?: MissingData
  /** Set to `ignore`: percentiles of too few values change nothing. */
  lowSampleCount?: 'evaluate' | 'ignore'
}

export interface SingleMetric {
  metric: MetricIdentity
  /** As given: `Sum`, or `p99`. */
  statistic: string
  isExtended: boolean
  periodSeconds: number
  unit?: string
}

export type Comparison =
  | 'GreaterThanOrEqualToThreshold'
  | 'GreaterThanThreshold'
  | 'LessThanThreshold'
  | 'LessThanOrEqualToThreshold'

export type MissingData = 'breaching' | 'notBreaching' | 'ignore' | 'missing'

/** An alarm on the states of other alarms. */
export interface CompositeAlarm extends AlarmHead {
  kind: 'composite'
  rule: string
  suppressor?: Suppressor
  /** Why its actions wait. */
  suppression?: Suppression
}

export interface Suppressor {
  /** As given: name or ARN. */
  alarm: string
  waitSeconds: number
  extensionSeconds: number
}

export interface Suppression {
  by: 'Alarm' | 'WaitPeriod' | 'ExtensionPeriod'
  /** When a period ends. */
  untilMs?: number
  /** The state for which actions were last taken, or which was there before they were held back. */
  actedOn: StateValue
}

export type Alarm = MetricAlarm | CompositeAlarm

export const alarmArn = ({ accountId, region }: Scope, name: string): string =>
  `arn:aws:cloudwatch:${region}:${accountId}:alarm:${name}`

/** The name of an alarm of the account and Region that a name or an ARN stands for. */
export function alarmNameIn(scope: Scope, nameOrArn: string): string | undefined {
  const prefix = alarmArn(scope, '')
  if (nameOrArn.startsWith(prefix)) return nameOrArn.slice(prefix.length)
  return nameOrArn.startsWith('arn:') ? undefined : nameOrArn
}

export const isSingleMetric = (source: MetricAlarm['source']): source is SingleMetric => 'metric' in source

export const periodOf = (source: MetricAlarm['source']): number => {
  if (isSingleMetric(source)) return source.periodSeconds
  const periods = source.queries.flatMap(({ MetricStat, Period }) => MetricStat?.Period ?? Period ?? [])
  return periods.length === 0 ? 60 : Math.max(...periods)
}
