import type { Clock } from '../../../../core/clock.ts'
import { daySeconds, hourMs, minuteMs, minuteSeconds, secondMs } from '../../../../core/durations.ts'
import type { WorkRunner } from '../../../../core/scheduler.ts'
import type { Scope, Store } from '../../../../core/store.ts'
import type { Deliveries } from '../../../../kit/deliveries/deliveries.ts'
import { isSingleMetric, type MetricAlarm, periodOf } from '../../domain/alarms/alarm.ts'
import { type AlarmPoint, type Evaluated, outcomeOf, rangePeriods } from '../../domain/alarms/outcome.ts'
import { alarms, evaluations, type StoredAlarm } from '../../storage/collections.ts'
import {
  evaluationId,
  evaluationStepMs,
  nextStepMs,
  scheduleEvaluation,
  stepOf,
} from '../../storage/evaluation-schedule.ts'
import { readAlarmData } from './alarm-data.ts'
import { changeState, type NewState } from './change-state.ts'

/** Alarms are read so many at a time; between two pages other requests have the thread. */
const pageSize = 100

export interface EvaluationHost {
  store: Pick<Store, 'in' | 'sql' | 'sqlApart'>
  clock: Clock
  /** Writes what services have published. */
  flush(): Promise<void>
  deliveries: Deliveries
  onFault(fault: unknown): void
}

/** An alarm that is to change, as it was when it was evaluated. */
interface Due {
  alarm: StoredAlarm
  state: NewState
}

/**
 * Evaluates the metric alarms of an account and Region. It comes back at the next step while one of them has data in its range; else
 * only when something happens that could change one. A clock that is moved over days without data passes them at once.
 */
export const evaluationRunner =
  (host: EvaluationHost): WorkRunner =>
  async ({ scope, dueAtMs }) => {
    await host.flush()
    const nowMs = host.clock.nowMs()
    const isFullMinute = nowMs - (nowMs % minuteMs) >= dueAtMs
    const due: Due[] = []
    let nextMs = Number.POSITIVE_INFINITY
    let hasShortPeriods = false
    for (let afterId: string | undefined; ; ) {
      const page = await host.store.in(alarms).list(scope, {
        index: { name: 'kind', value: 'metric' },
        limit: pageSize,
        ...(afterId !== undefined && { afterId }),
      })
      for (const { document } of page) {
        if (document.kind !== 'metric') continue
        hasShortPeriods ||= stepMsOf(document) === evaluationStepMs
        const evaluated = await evaluateOne(host, scope, document, { nowMs, isFullMinute })
        if (evaluated.state) due.push({ alarm: document, state: evaluated.state })
        nextMs = Math.min(nextMs, evaluated.nextMs ?? Number.POSITIVE_INFINITY)
      }
      afterId = page.at(-1)?.id
      if (page.length < pageSize) break
    }
    return async (tx) => {
      for (const { alarm, state } of due) {
        const present = await tx.in(alarms).get(scope, alarm.name)
        // What was configured or set meanwhile is evaluated the next time.
        if (!present || !isSame(present, alarm)) continue
        await changeState({ tx, scope, deliveries: host.deliveries, nowMs }, present, state)
      }
      const known = await tx.in(evaluations).get(scope, evaluationId)
      if (!known) return
      const next = known.isWoken ? Math.min(nextMs, nextStepMs(nowMs, stepOf(hasShortPeriods))) : nextMs
      if (next === Number.POSITIVE_INFINITY) await tx.in(evaluations).put(scope, evaluationId, { hasShortPeriods })
      else await scheduleEvaluation(tx, scope, next, hasShortPeriods)
    }
  }

const isSame = (one: StoredAlarm, other: StoredAlarm) =>
  one.configuredAtMs === other.configuredAtMs &&
  one.state.updatedAtMs === other.state.updatedAtMs &&
  one.state.value === other.state.value

/** @returns the state that the alarm is to have, where it is another, and when it could change next, if nothing else happens. */
async function evaluateOne(
  host: EvaluationHost,
  scope: Scope,
  alarm: MetricAlarm,
  { nowMs, isFullMinute }: { nowMs: number; isFullMinute: boolean },
): Promise<{ state?: NewState; nextMs?: number }> {
  const stepMs = stepMsOf(alarm)
  const nextMs = nextStepMs(nowMs, stepMs)
  // Between full minutes, those of shorter periods alone are evaluated.
  if (!isFullMinute && stepMs > evaluationStepMs) return { nextMs: nextStepMs(nowMs, minuteMs) }
  const end = Math.floor(nowMs / stepMs) * (stepMs / secondMs)
  try {
    const data = await readAlarmData(host.store, scope, alarm, end, nowMs)
    const outcome = outcomeOf(evaluatedOf(alarm, data.points, end, nowMs))
    const isChange = outcome !== undefined && outcome.value !== alarm.state.value
    return { ...(isChange && { state: outcome }), ...((isChange || data.mayChange) && { nextMs }) }
  } catch (fault) {
    // One alarm that cannot be evaluated does not keep the others from it.
    host.onFault(fault)
    return { nextMs }
  }
}

/** How often an alarm is evaluated: every ten seconds, every minute, or every hour where it looks back over more than a day. */
function stepMsOf({ source, evaluationPeriods }: MetricAlarm): number {
  const period = periodOf(source)
  if (period < minuteSeconds) return evaluationStepMs
  return period * evaluationPeriods > daySeconds ? hourMs : minuteMs
}

function evaluatedOf(
  alarm: MetricAlarm,
  points: ReadonlyMap<number, AlarmPoint>,
  end: number,
  nowMs: number,
): Evaluated {
  const { source, evaluationPeriods, datapointsToAlarm, comparison, threshold, treatMissingData } = alarm
  const period = periodOf(source)
  const count = rangePeriods(evaluationPeriods)
  const single = isSingleMetric(source) ? source : undefined
  const leastSamples = alarm.lowSampleCount === 'ignore' ? leastSamplesOf(single?.statistic) : undefined
  return {
    range: Array.from({ length: count }, (_, place) => points.get(end - (count - place) * period)),
    ...{ evaluationPeriods, datapointsToAlarm: datapointsToAlarm ?? evaluationPeriods, comparison, threshold },
    treatMissingData: treatMissingData ?? (single?.metric.namespace === 'AWS/DynamoDB' ? 'ignore' : 'missing'),
    ...(leastSamples !== undefined && { leastSamples }),
    ...{ statistic: single?.statistic, periodSeconds: period, unit: single?.unit, nowMs },
  }
}

/**
 * How many values a percentile needs to say something.
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/percentiles-with-low-samples.html
 */
function leastSamplesOf(statistic = ''): number {
  const share = Number(/^p([\d.]+)$/.exec(statistic)?.[1] ?? 50) / 100
  const rest = share >= 0.5 ? 1 - share : share
  return rest <= 0 ? 0 : Math.ceil(10 / rest)
}
