import { minuteSeconds, secondMs } from '../../../core/durations.ts'
import type { Scope, Transaction } from '../../../core/store.ts'
import type { Aggregate } from '../domain/aggregate.ts'
import { floorTo, resolutions } from '../domain/retention.ts'
import { type MetricIdentity, seriesKey } from '../domain/series.ts'
import { addRow, addTo, type Row } from './data-rows.ts'
import { wakeAlarms } from './evaluation-schedule.ts'
import { scheduleRollUp } from './roll-up.ts'
import { service } from './tables.ts'

/** Values of one metric at one time. */
export interface MetricValues {
  metric: MetricIdentity
  unit: string
  atMs: number
  /** Whether the metric is kept by the second, too. */
  highResolution: boolean
  aggregate: Aggregate
}

/** So much later data are before the list of metrics shows it: what is listed is what had data in two weeks, or three hours. */
const lastSeenExactness = 5 * minuteSeconds

/** Adds values to what is kept. @param nowMs - when they came. */
export async function writeMetrics(
  tx: Transaction,
  scope: Scope,
  values: readonly MetricValues[],
  nowMs: number,
): Promise<void> {
  if (values.length === 0) return
  const series = new Map<string, { metric: MetricIdentity; lastSeconds: number }>()
  const rows = new Map<string, Row>()
  for (const { metric, unit, atMs, highResolution, aggregate } of values) {
    const key = seriesKey(scope, metric)
    const seconds = Math.floor(atMs / secondMs)
    series.set(key, { metric, lastSeconds: Math.max(seconds, series.get(key)?.lastSeconds ?? 0) })
    addTo(rows, {
      resolution: resolutions.minute,
      series: key,
      unit,
      start: floorTo(seconds, minuteSeconds),
      aggregate,
    })
    if (highResolution) addTo(rows, { resolution: resolutions.second, series: key, unit, start: seconds, aggregate })
  }
  for (const [key, { metric, lastSeconds }] of series) await noteSeries(tx, scope, key, metric, lastSeconds)
  for (const row of rows.values()) await addRow(tx, row)
  await scheduleRollUp(tx, nowMs)
  await wakeAlarms(tx, scope, nowMs)
}

async function noteSeries(
  tx: Transaction,
  { accountId, region }: Scope,
  key: string,
  { namespace, name, dimensions }: MetricIdentity,
  lastSeconds: number,
): Promise<void> {
  await tx
    .sql(service)
    .run(upsertSeries, [
      ...[accountId, region, namespace, name, key, JSON.stringify(dimensions)],
      ...[lastSeconds, lastSeenExactness],
    ])
}

const upsertSeries = `INSERT INTO monitoring_series (account, region, namespace, name, series, dimensions, last_seconds)
  VALUES (?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (account, region, namespace, name, series) DO UPDATE SET last_seconds = excluded.last_seconds
  WHERE monitoring_series.last_seconds + ? <= excluded.last_seconds`
