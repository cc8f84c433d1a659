import { randomUUID } from 'node:crypto'
import type { Clock } from '../../../core/clock.ts'
import type { WorkRunner } from '../../../core/scheduler.ts'
import type { Transaction } from '../../../core/store.ts'
import { nextRun } from '../../../kit/schedules/schedule-expression.ts'
import { newEvent } from '../domain/bus-event.ts'
import { type BusPlace, defaultBusName } from '../domain/names.ts'
import type { Rule } from '../domain/rule.ts'
import { checkRuleSchedule } from '../domain/rule-schedule.ts'
import type { Router } from '../routing/router.ts'
import { readRule } from './find-rule.ts'

/** The kind of due work that lets scheduled rules run. */
export const ruleScheduleWork = 'events.run-rule'

const keyOf = ({ accountId, region }: BusPlace, name: string) => `${accountId}/${region}/${name}`

/** Makes the next run of a rule due after a time; a rule without a schedule, or one that is disabled, has none. */
export async function scheduleRule(tx: Transaction, bus: BusPlace, rule: Rule, afterMs: number): Promise<void> {
  const { accountId, region } = bus
  const dueAtMs = rule.state === 'DISABLED' ? undefined : nextRunOf(rule, afterMs)
  if (dueAtMs === undefined) await tx.unschedule(ruleScheduleWork, keyOf(bus, rule.name))
  else {
    const work = { kind: ruleScheduleWork, key: keyOf(bus, rule.name), dueAtMs }
    await tx.schedule({ ...work, scope: { accountId, region }, payload: { name: rule.name } })
  }
}

const nextRunOf = ({ schedule, startMs }: Rule, afterMs: number): number | undefined =>
  schedule === undefined ? undefined : nextRun(checkRuleSchedule(schedule), Math.max(afterMs, startMs), { startMs })

/** Sends the targets of a rule its event. Runs that were missed while no server ran are not made up for. */
export const ruleRunner =
  ({ router, clock }: { router: Router; clock: Clock }): WorkRunner =>
  async ({ scope, payload, dueAtMs }) =>
  async (tx) => {
    const bus = { ...scope, name: defaultBusName }
    const rule = await readRule(tx, bus, (payload as { name: string }).name)
    if (!rule || rule.state === 'DISABLED' || rule.schedule === undefined) return
    const { accountId, region } = scope
    const event = newEvent({
      ...{ id: randomUUID(), detailType: 'Scheduled Event', source: 'aws.events', account: accountId, region },
      ...{ timeMs: dueAtMs, resources: [rule.arn], detail: '{}', ingestedAtMs: clock.nowMs() },
    })
    await router.send(tx, bus, rule, event)
    await scheduleRule(tx, bus, rule, Math.max(dueAtMs, clock.nowMs()))
  }
