import { minuteMs } from '../../../../core/durations.ts'
import { isoSeconds } from '../../../../core/iso-seconds.ts'
import type { InsightSelector } from '../trail.ts'
import type { Finding } from './model.ts'

/** One kind of calls that are counted together, in an account and a Region. */
export interface CallKind {
  type: InsightSelector['InsightType']
  category: 'Management' | 'Data'
  eventSource: string
  eventName: string
  /** Of failures that are counted as such. */
  errorCode?: string
}

/** How often something was there, by value. */
export type Counts = Readonly<Record<string, number>>

/** Who called, with what, and with which result. */
export interface Attributions {
  arns: Counts
  agents: Counts
  errors: Counts
}

export const noAttributions: Attributions = { arns: {}, agents: {}, errors: {} }

/** Insights show five values; a few more are kept, so that their order is right. */
const mostKept = 20
const mostShown = 5

/** Adds counts, and keeps the largest. */
export function addCounts(a: Counts, b: Counts): Counts {
  const sums = new Map(Object.entries(a))
  for (const [value, count] of Object.entries(b)) sums.set(value, (sums.get(value) ?? 0) + count)
  return Object.fromEntries(largest(sums, mostKept))
}

export const addAttributions = (a: Attributions, b: Attributions): Attributions => ({
  arns: addCounts(a.arns, b.arns),
  agents: addCounts(a.agents, b.agents),
  errors: addCounts(a.errors, b.errors),
})

const largest = (counts: Iterable<readonly [string, number]>, most: number) =>
  [...counts].sort(([, a], [, b]) => b - a).slice(0, most)

export interface InsightEvent {
  kind: CallKind
  finding: Finding
  /** The minute that was found. */
  minute: number
  eventId: string
  sharedEventId: string
  accountId: string
  region: string
  /** Of the activity, and of the time before. */
  insight: Attributions
  baseline: Attributions
}

/**
 * Makes the record of an insight.
 * @see https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-insights-fields-insight-details.html
 */
export function insightRecord(event: InsightEvent) {
  const { kind, finding, minute, eventId, sharedEventId, accountId, region } = event
  const { state, average, baseline, duration, baselineMinutes, startMinute } = finding
  return {
    eventVersion: '1.11',
    eventTime: isoSeconds((state === 'Start' ? startMinute : minute) * minuteMs),
    awsRegion: region,
    eventID: eventId,
    eventType: 'AwsCloudTrailInsight',
    recipientAccountId: accountId,
    sharedEventID: sharedEventId,
    insightDetails: {
      ...{ state, eventSource: kind.eventSource, eventName: kind.eventName, insightType: kind.type },
      ...(kind.errorCode !== undefined && { errorCode: kind.errorCode }),
      insightContext: {
        statistics: {
          baseline: { average: rounded(baseline) },
          insight: { average: rounded(average) },
          ...{ insightDuration: duration, baselineDuration: baselineMinutes },
        },
        attributions: attributionsOf(event),
      },
    },
    eventCategory: 'Insight',
  }
}

function attributionsOf({ kind, finding, insight, baseline }: InsightEvent) {
  const { duration, baselineMinutes } = finding
  const of = (attribute: string, now: Counts, before: Counts) => ({
    attribute,
    insight: averages(now, duration),
    baseline: averages(before, baselineMinutes),
  })
  return [
    of('userIdentityArn', insight.arns, baseline.arns),
    of('userAgent', insight.agents, baseline.agents),
    // Calls with one error are what the other type is about.
    ...(kind.type === 'ApiCallRateInsight' ? [of('errorCode', insight.errors, baseline.errors)] : []),
  ]
}

const averages = (counts: Counts, minutes: number) =>
  largest(Object.entries(counts), mostShown).map(([value, count]) => ({ value, average: rounded(count / minutes) }))

const rounded = (value: number): number => Number(value.toPrecision(6))
