import type { StandardUnit } from '@aws-sdk/client-cloudwatch-logs'

/** What all filters of a group have. */
interface GroupFilter {
  name: string
  groupName: string
  groupId: string
  pattern: string
  createdAtMs: number
}

/** Makes metrics of what is ingested. */
export interface MetricFilter extends GroupFilter {
  transformation: MetricTransformation
}

export interface MetricTransformation {
  metricName: string
  metricNamespace: string
  /** A number, or a field of the event: `$.latency`, `$size`. */
  metricValue: string
  defaultValue?: number
  /** Fields of the event by names of dimensions. */
  dimensions?: Readonly<Record<string, string>>
  unit?: StandardUnit
}

/** Hands on what is ingested. */
export interface SubscriptionFilter extends GroupFilter {
  destinationArn: string
  distribution: 'ByLogStream' | 'Random'
}

/** Filters have ids that begin with their group's: neither it nor a filter's name has a colon. */
export const filterId = ({ groupId, name }: Pick<GroupFilter, 'groupId' | 'name'>): string => `${groupId}:${name}`

/** Returns what metric filters are found by. */
export const metricKey = (namespace: string, metric: string): string => JSON.stringify([namespace, metric])
