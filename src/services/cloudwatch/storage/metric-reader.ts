import { hourSeconds, minuteSeconds, secondMs } from '../../../core/durations.ts'
import type { SqlReader } from '../../../core/sql.ts'
import type { Scope, Store } from '../../../core/store.ts'
import { type Aggregate, decodeAggregate, merge } from '../domain/aggregate.ts'
import { chunkOf, isKept, type Resolution, resolutions } from '../domain/retention.ts'
import { type MetricIdentity, seriesKey } from '../domain/series.ts'
import { service } from './tables.ts'

/** What is read of a metric: whole periods from a time on. */
export interface DataRange {
  /** Epoch seconds: where the first period begins, and where the range ends. */
  start: number
  end: number
  periodSeconds: number
  /** Data of this unit alone. Absent: all. */
  unit?: string
}

/** The statistics of periods of one unit, by when each begins. */
export type Periods = ReadonlyMap<number, Aggregate>

type Reads = Pick<Store, 'sql' | 'sqlApart'>

/** What is read at once on the serving thread; more is read beside it. */
const mostChunksHere = 2

/**
 * Reads the statistics of a metric, by unit. Data that have lost the resolution of the period are passed over, as in AWS.
 * @param nowMs - by which the age of data is reckoned.
 */
export async function readPeriods(
  reads: Reads,
  scope: Scope,
  metric: MetricIdentity,
  range: DataRange,
  nowMs: number,
): Promise<ReadonlyMap<string, Periods>> {
  const series = seriesKey(scope, metric)
  const byUnit = new Map<string, Map<number, Aggregate>>()
  const add = ({ unit, start_seconds, data }: DataRow) => {
    if (range.unit !== undefined && unit !== range.unit) return
    const start = range.start + Math.floor((start_seconds - range.start) / range.periodSeconds) * range.periodSeconds
    const periods = byUnit.get(unit) ?? new Map<number, Aggregate>()
    byUnit.set(unit, periods)
    const known = periods.get(start)
    const aggregate = decodeAggregate(data)
    periods.set(start, known ? merge(known, aggregate) : aggregate)
  }
  if (range.periodSeconds < minuteSeconds) await readSeconds(reads, series, range, nowMs, add)
  else {
    for (const resolution of [resolutions.minute, resolutions.fiveMinutes, resolutions.hour]) {
      if (range.periodSeconds % resolution.seconds !== 0) continue
      for (const row of await readRows(reads, series, resolution, range, nowMs)) add(row)
    }
  }
  return byUnit
}

/** Below a minute: data by the second, and those by the minute where there are no others. */
async function readSeconds(reads: Reads, series: string, range: DataRange, nowMs: number, add: (row: DataRow) => void) {
  const minutes = new Set<number>()
  for (const row of await readRows(reads, series, resolutions.second, range, nowMs)) {
    minutes.add(Math.floor(row.start_seconds / minuteSeconds))
    add(row)
  }
  for (const row of await readRows(reads, series, resolutions.minute, range, nowMs)) {
    if (!minutes.has(row.start_seconds / minuteSeconds) && isKept(resolutions.second, row.start_seconds, nowMs))
      add(row)
  }
}

type DataRow = { unit: string; start_seconds: number; data: Uint8Array }

async function readRows(
  reads: Reads,
  series: string,
  resolution: Resolution,
  { start, end, periodSeconds }: DataRange,
  nowMs: number,
): Promise<DataRow[]> {
  const oldest = Math.floor((nowMs - resolution.keptMs) / secondMs)
  // What is put together later is there until then, however old it is; the rest ends with its time.
  const from = resolution.waits ? start : Math.max(start, oldest)
  const first = Math.max(chunkOf(resolution, from), from < oldest ? await firstChunk(reads, resolution) : 0)
  const last = chunkOf(resolution, end - 1)
  const sql: SqlReader = last - first < mostChunksHere ? reads.sql(service) : reads.sqlApart(service)
  const rows: DataRow[] = []
  for (let chunk = first; chunk <= last; chunk++) {
    const found = await sql.all<DataRow>(selectRows, [resolution.seconds, chunk, series, from, end])
    for (const row of found) if (needsNoCoarser(resolution, row.start_seconds, periodSeconds, nowMs)) rows.push(row)
  }
  return rows
}

async function firstChunk(reads: Reads, { seconds }: Resolution): Promise<number> {
  const [row] = await reads.sql(service).all<{ first: number | null }>(selectFirst, [seconds])
  return row?.first ?? Number.POSITIVE_INFINITY
}

/** Data wait up to a day to be put together; until then their age says which periods they can be asked for in. */
function needsNoCoarser({ seconds }: Resolution, start: number, periodSeconds: number, nowMs: number): boolean {
  if (seconds === 1 || periodSeconds < minuteSeconds) return true
  const age = nowMs - start * secondMs
  if (age > resolutions.fiveMinutes.keptMs) return periodSeconds % hourSeconds === 0
  return age <= resolutions.minute.keptMs || periodSeconds % resolutions.fiveMinutes.seconds === 0
}

/** The statistics of all units together. */
export function mergedUnits(byUnit: ReadonlyMap<string, Periods>): Periods {
  const [only] = byUnit.values()
  if (only && byUnit.size === 1) return only
  const merged = new Map<number, Aggregate>()
  for (const periods of byUnit.values()) {
    for (const [start, aggregate] of periods) {
      const known = merged.get(start)
      merged.set(start, known ? merge(known, aggregate) : aggregate)
    }
  }
  return merged
}

const selectFirst = 'SELECT MIN(chunk) AS first FROM monitoring_data WHERE resolution = ?'

const selectRows = `SELECT unit, start_seconds, data FROM monitoring_data
  WHERE resolution = ? AND chunk = ? AND series = ? AND start_seconds >= ? AND start_seconds < ?`
