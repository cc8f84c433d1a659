import { minuteMs } from '../../../core/durations.ts'
import type { Scope, Transaction } from '../../../core/store.ts'
import { evaluations } from './collections.ts'

/** The kind of due work that evaluates the metric alarms of an account and Region. */
export const evaluationWork = 'monitoring.evaluate-alarms'

/** The one document of an account and Region. */
export const evaluationId = 'alarms'

/** Alarms are evaluated at full minutes, those with periods of less than a minute at every tenth second. */
export const evaluationStepMs = 10_000

/**
 * Sees to it that alarms are evaluated at the next step, after something that could change them. Costs one read of a document in
 * memory where there are no alarms, and where they are to be evaluated anyway.
 */
export async function wakeAlarms(tx: Transaction, { accountId, region }: Scope, nowMs: number): Promise<void> {
  const scope = { accountId, region }
  const known = await tx.in(evaluations).get(scope, evaluationId)
  if (!known) return
  const { nextAtMs, isWoken, hasShortPeriods = false } = known
  if (nextAtMs !== undefined && nextAtMs <= nowMs) {
    // They are being evaluated, or are late: what has come now may have been overlooked.
    if (!isWoken) await tx.in(evaluations).put(scope, evaluationId, { ...known, isWoken: true })
  } else if (nextAtMs === undefined || nextAtMs > nowMs + minuteMs) {
    await scheduleEvaluation(tx, scope, nextStepMs(nowMs, stepOf(hasShortPeriods)), hasShortPeriods)
  }
}

/** Returns how far steps are apart. */
export const stepOf = (hasShortPeriods: boolean): number => (hasShortPeriods ? evaluationStepMs : minuteMs)

/** The step after a time. */
export const nextStepMs = (nowMs: number, stepMs: number): number => (Math.floor(nowMs / stepMs) + 1) * stepMs

export async function scheduleEvaluation(
  tx: Transaction,
  { accountId, region }: Scope,
  dueAtMs: number,
  hasShortPeriods: boolean,
): Promise<void> {
  const scope = { accountId, region }
  await tx.in(evaluations).put(scope, evaluationId, { nextAtMs: dueAtMs, hasShortPeriods })
  await tx.schedule({ kind: evaluationWork, key: `${accountId} ${region}`, dueAtMs, scope, payload: null })
}
