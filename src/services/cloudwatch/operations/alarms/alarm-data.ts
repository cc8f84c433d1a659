import { secondMs } from '../../../../core/durations.ts'
import { ServiceError } from '../../../../core/service-error.ts'
import type { Scope, Store } from '../../../../core/store.ts'
import { isSingleMetric, type MetricAlarm, periodOf } from '../../domain/alarms/alarm.ts'
import { type AlarmPoint, rangePeriods } from '../../domain/alarms/outcome.ts'
import { latestDataMs } from '../../domain/metric-data.ts'
import { type CheckedQuery, checkQueries } from '../../domain/queries.ts'
import { readStatistic } from '../../domain/statistic.ts'
import { mergedUnits, readPeriods } from '../../storage/metric-reader.ts'
import { evaluateQueries } from '../evaluate-queries.ts'

export interface AlarmData {
  /** By when their periods begin. */
  points: ReadonlyMap<number, AlarmPoint>
  /** Whether they can be others later, though no further data come. */
  mayChange: boolean
}

type Reads = Pick<Store, 'sql' | 'sqlApart'>

/**
 * Reads the data of an alarm's evaluation range.
 * @param end - epoch seconds: where the last period ends.
 */
export async function readAlarmData(
  reads: Reads,
  scope: Scope,
  alarm: MetricAlarm,
  end: number,
  nowMs: number,
): Promise<AlarmData> {
  const { source } = alarm
  const periodSeconds = periodOf(source)
  const start = end - rangePeriods(alarm.evaluationPeriods) * periodSeconds
  if (!isSingleMetric(source)) {
    const queries = checkQueries(source.queries, scope.accountId, 'Metrics')
    return readExpression(reads, scope, queries, { start, end, nowMs })
  }
  const statistic = readStatistic(source.statistic)
  const range = { start, end: latest(nowMs), periodSeconds, ...(source.unit !== undefined && { unit: source.unit }) }
  const periods = mergedUnits(await readPeriods(reads, scope, source.metric, range, nowMs))
  const points = new Map<number, AlarmPoint>()
  for (const [at, aggregate] of periods) {
    const value = statistic?.(aggregate)
    if (value !== undefined) points.set(at, { at, value, sampleCount: aggregate.count })
  }
  return { points, mayChange: periods.size > 0 }
}

/** Behind the end there may be data that count later. */
const latest = (nowMs: number): number => Math.ceil((nowMs + latestDataMs) / secondMs)

/** Functions whose values depend on the time alone, once gaps are filled. */
const readsTime = /\b(EPOCH|MINUTE|HOUR|DAY|DATE|MONTH|YEAR)\s*\(/i

async function readExpression(
  reads: Reads,
  scope: Scope,
  queries: readonly CheckedQuery[],
  { start, end, nowMs }: { start: number; end: number; nowMs: number },
): Promise<AlarmData> {
  const range = { startMs: start * 1000, endMs: end * 1000, nowMs, startOf: () => start }
  const watched = queries.find(({ returnsData }) => returnsData)
  const mayChange = await mayStillChange(reads, scope, queries, start, nowMs)
  const points = new Map<number, AlarmPoint>()
  try {
    const values = await evaluateQueries(reads, scope, queries, range)
    const value = watched && values.get(watched.id)
    if (value?.kind === 'series') for (const [at, number] of value.series.points) points.set(at, { at, value: number })
  } catch (error) {
    // An expression that cannot be evaluated over these data has no data points.
    if (!(error instanceof ServiceError)) throw error
  }
  return { points, mayChange }
}

/** Returns whether an expression can have another value later: the time decides over it, or one of its metrics has data. */
async function mayStillChange(
  reads: Reads,
  scope: Scope,
  queries: readonly CheckedQuery[],
  start: number,
  nowMs: number,
): Promise<boolean> {
  for (const query of queries) {
    if (query.kind === 'expression') {
      if (readsTime.test(query.text)) return true
      continue
    }
    const range = { start, end: latest(nowMs), periodSeconds: query.periodSeconds }
    if ((await readPeriods(reads, scope, query.metric, range, nowMs)).size > 0) return true
  }
  return false
}
