import type { CollectionSpec } from '../../../core/store.ts'
import type { Attributions, CallKind } from '../domain/insights/insight-event.ts'
import type { CallRates } from '../domain/insights/model.ts'

/** The calls of one kind in one minute that is not closed yet. */
export interface MinuteCounts {
  kind: CallKind
  minute: number
  count: number
  attributions: Attributions
}

/** What is known of one kind of calls. */
export interface CallSeries {
  kind: CallKind
  rates: CallRates
  /** Of the last minutes, oldest first. */
  recent: readonly { minute: number; attributions: Attributions }[]
  /** Of all that was usual. */
  usual: Attributions
  /** Of the insight that is open. */
  open?: { sharedEventId: string; attributions: Attributions }
  /** Minutes without calls can show something. */
  isWatched: boolean
}

/** Counts of an hour, by the minutes that had calls: what ListInsightsMetricData shows. */
export interface HourCounts {
  minutes: readonly (readonly [minute: number, count: number])[]
}

/** An insight event, as it can be looked up. */
export interface StoredInsight {
  eventId: string
  timeMs: number
  kind: CallKind
  /** Of the trails that it was delivered for. */
  trailArns: readonly string[]
  /** JSON. */
  record: string
}

// All are kept by account and Region.

/** In the order of their minutes. */
export const minuteCounts: CollectionSpec<MinuteCounts> = { name: 'cloudtrail.insight-minutes' }

export const callSeries: CollectionSpec<CallSeries> = {
  name: 'cloudtrail.insight-series',
  indexes: { watched: ({ isWatched }) => (isWatched ? ['yes'] : []) },
}

export const hourCounts: CollectionSpec<HourCounts> = { name: 'cloudtrail.insight-hours' }

/** In the order of their times. */
export const insightEvents: CollectionSpec<StoredInsight> = { name: 'cloudtrail.insight-events' }

export const kindId = ({ type, category, eventSource, eventName, errorCode = '' }: CallKind): string =>
  [type, category, eventSource, eventName, errorCode].join('|')
