import { randomUUID } from 'node:crypto'
import type { Clock } from '../../../core/clock.ts'
import type { WorkRunner } from '../../../core/scheduler.ts'
import type { Scope, Transaction } from '../../../core/store.ts'
import type { Deliveries } from '../../../kit/deliveries/deliveries.ts'
import { beginOf, nextTimeOf, type Schedule } from '../domain/schedule.ts'
import { readGroup, scheduleId, schedules } from '../storage/collections.ts'
import { deliveryOf, letterOf, mostAgeMs } from './delivery-of.ts'

/** The kind of due work that lets schedules run. */
export const runScheduleWork = 'scheduler.run'

interface PlannedRun {
  group: string
  name: string
  version: string
  /** The time that the schedule gives; the run may begin later. */
  timeMs: number
}

/** Makes the next run of a schedule due. @param afterMs - only runs behind it; absent: the first of all. */
export async function planRun(
  tx: Transaction,
  { accountId, region }: Scope,
  schedule: Schedule,
  afterMs?: number,
): Promise<boolean> {
  const { group, name, version } = schedule
  const key = `${accountId}/${region}/${scheduleId(group, name)}`
  const timeMs = nextTimeOf(schedule, afterMs)
  if (timeMs === undefined) {
    await tx.unschedule(runScheduleWork, key)
    return false
  }
  const payload: PlannedRun = { group, name, version, timeMs }
  const dueAtMs = beginOf(schedule, timeMs, Math.random())
  await tx.schedule({ kind: runScheduleWork, key, dueAtMs, scope: { accountId, region }, payload })
  return true
}

/**
 * Sends the target of a schedule its input, and plans the next run. Of the runs that were missed while no server ran, the first one is
 * made that is not older than the target's events may be; if all were, they would come at once. A schedule without a further run is
 * deleted, where it says so.
 */
export const scheduleRunner =
  ({ deliveries, clock }: { deliveries: Deliveries; clock: Clock }): WorkRunner =>
  async ({ scope, payload, dueAtMs }) => {
    const { group, name, version, timeMs } = payload as PlannedRun
    const executionId = randomUUID()
    return async (tx) => {
      const schedule = await tx.in(schedules).get(scope, scheduleId(group, name))
      if (schedule?.version !== version || (await readGroup(tx, scope, group))?.isDeleting) return
      const nowMs = clock.nowMs()
      const mostMs = mostAgeMs(schedule)
      const isTooOld = nowMs - dueAtMs > mostMs
      const run = { timeMs, executionId }
      const delivery = isTooOld ? letterOf(scope, schedule, run) : deliveryOf(scope, schedule, run)
      if (delivery) await deliveries.enqueue(tx, delivery, nowMs)
      const windowMs = beginOf(schedule, 0, 1)
      const nextAfterMs = nowMs - windowMs - (isTooOld ? mostMs : 0)
      const isPlanned = await planRun(tx, scope, schedule, Math.max(timeMs, nextAfterMs))
      if (!isPlanned && schedule.deletesItself) await tx.in(schedules).delete(scope, scheduleId(group, name))
    }
  }
