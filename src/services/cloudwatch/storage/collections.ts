import type { CollectionSpec } from '../../../core/store.ts'
import type { Alarm } from '../domain/alarms/alarm.ts'
import type { Dashboard } from '../domain/dashboard.ts'

/** When old data are put together next; absent while there are none. */
export const rollUpSchedule: CollectionSpec<{ dueAtMs: number }> = { name: 'cloudwatch.roll-up' }

/** An alarm as it is kept, with what it is found by. */
export type StoredAlarm = Alarm & {
  /** The key of the series of an alarm on one metric. */
  series?: string
  /** The names of the alarms that a composite alarm depends on, its suppressor among them. */
  children?: readonly string[]
}

/** By name. */
export const alarms: CollectionSpec<StoredAlarm> = {
  name: 'cloudwatch.alarms',
  indexes: {
    series: ({ series }) => (series === undefined ? [] : [series]),
    child: ({ children = [] }) => children,
    kind: ({ kind }) => [kind],
  },
}

/** When the metric alarms of an account and Region are evaluated next. There while there are such alarms. */
export interface Evaluation {
  /** Absent while nothing can change. */
  nextAtMs?: number
  /** Set by what happens while alarms are being evaluated: they are then evaluated again. */
  isWoken?: boolean
  /** Whether there are alarms with periods of less than a minute. */
  hasShortPeriods?: boolean
}

export const evaluations: CollectionSpec<Evaluation> = { name: 'cloudwatch.evaluations' }

/** By name, in the account and no Region. */
export const dashboards: CollectionSpec<Dashboard> = { name: 'cloudwatch.dashboards' }
