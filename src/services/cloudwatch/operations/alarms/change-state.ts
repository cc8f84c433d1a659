import { publishEvent } from '../../../../core/aws-event.ts'
import type { Scope, Transaction } from '../../../../core/store.ts'
import type { Deliveries } from '../../../../kit/deliveries/deliveries.ts'
import { type Alarm, type AlarmState, alarmArn, alarmNameIn, type StateValue } from '../../domain/alarms/alarm.ts'
import { zonedTime } from '../../domain/alarms/java-numbers.ts'
import { type AlarmChange, changeDetail, stateUpdateData } from '../../domain/alarms/messages.ts'
import { alarmsIn, holds, type Rule, readRule } from '../../domain/alarms/rule.ts'
import { addHistory } from '../../storage/alarm-history.ts'
import { alarms, type StoredAlarm } from '../../storage/collections.ts'
import { takeActions } from './alarm-deliveries.ts'
import { compositeActions, suppressorChanged } from './suppression.ts'

/** What a change of state is made with. */
export interface StateChanges {
  tx: Transaction
  scope: Scope
  deliveries: Deliveries
  nowMs: number
}

export type NewState = Pick<AlarmState, 'value' | 'reason' | 'reasonData'>

/**
 * Puts an alarm into a state, with all that follows in the same transaction: its history, the event, its actions, and the composite
 * alarms that depend on it.
 * @param alarm - as it is in the store.
 * @param path - the alarms whose change has led here: a circle of composite alarms ends where it began.
 */
export async function changeState(
  changes: StateChanges,
  alarm: StoredAlarm,
  { value, reason, reasonData }: NewState,
  path: readonly string[] = [],
): Promise<void> {
  const { tx, scope, nowMs, deliveries } = changes
  const before = alarm.state
  const isTransition = before.value !== value
  const state: AlarmState = {
    ...{ value, reason, updatedAtMs: nowMs },
    transitionedAtMs: isTransition ? nowMs : before.transitionedAtMs,
    ...(reasonData !== undefined && { reasonData }),
  }
  const changed: StoredAlarm = { ...alarm, state }
  const acting =
    isTransition && changed.kind === 'composite' ? await compositeActions(changes, changed, before) : undefined
  const kept = acting?.alarm ?? changed
  await tx.in(alarms).put(scope, alarm.name, kept)
  if (!isTransition) return
  const change: AlarmChange = { scope, alarm: kept, before, nowMs }
  await addHistory(tx, scope, alarm, {
    ...{ atMs: nowMs, itemType: 'StateUpdate', summary: `Alarm updated from ${before.value} to ${value}` },
    data: stateUpdateData(change),
  })
  await publishEvent(tx, {
    ...{ source: 'aws.cloudwatch', detailType: 'CloudWatch Alarm State Change', scope, timeMs: nowMs },
    ...{ resources: [alarmArn(scope, alarm.name)], detail: changeDetail(change) },
  })
  if (acting?.acts ?? true) await takeActions(tx, deliveries, change)
  await changeParents(changes, kept, [...path, alarm.name])
}

/** Evaluates the composite alarms that depend on an alarm whose state has changed. */
async function changeParents(changes: StateChanges, child: Alarm, path: readonly string[]): Promise<void> {
  const { tx, scope } = changes
  const parents = await tx.in(alarms).list(scope, { index: { name: 'child', value: child.name } })
  for (const { id } of parents) {
    const parent = await tx.in(alarms).get(scope, id)
    if (parent?.kind !== 'composite' || path.includes(parent.name)) continue
    if (parent.suppressor && alarmNameIn(scope, parent.suppressor.alarm) === child.name) {
      await suppressorChanged(changes, parent, child.state.value)
    }
    const current = await tx.in(alarms).get(scope, id)
    if (current?.kind !== 'composite') continue
    const value = await ruleState(tx, scope, readRule(current.rule))
    if (value === current.state.value) continue
    await changeState(changes, current, { value, ...becauseOf(scope, child) }, path)
  }
}

/** The reason of a composite alarm whose child has changed. */
function becauseOf(scope: Scope, { name, state }: Alarm): Pick<AlarmState, 'reason' | 'reasonData'> {
  const arn = alarmArn(scope, name)
  const triggering = { arn, state: { value: state.value, timestamp: zonedTime(state.updatedAtMs) } }
  return {
    reason: `${arn} transitioned to ${state.value} at ${longTime(state.updatedAtMs)}`,
    reasonData: JSON.stringify({ triggeringAlarms: [triggering] }),
  }
}

const longDate = new Intl.DateTimeFormat('en-GB', { weekday: 'long', day: '2-digit', month: 'long', timeZone: 'UTC' })

/** `Friday 22 July, 2022 15:57:45 UTC` */
function longTime(timeMs: number): string {
  const date = new Date(timeMs)
  const part = Object.fromEntries(longDate.formatToParts(date).map(({ type, value }) => [type, value]))
  const clock = date.toISOString().slice(11, 19)
  return `${part.weekday} ${part.day} ${part.month}, ${date.getUTCFullYear()} ${clock} UTC`
}

/** The state that a rule gives. */
export async function ruleState(tx: Pick<Transaction, 'in'>, scope: Scope, rule: Rule): Promise<StateValue> {
  const states = new Map<string, StateValue>()
  for (const named of new Set(alarmsIn(rule))) {
    const name = alarmNameIn(scope, named)
    const found = name === undefined ? undefined : await tx.in(alarms).get(scope, name)
    if (found) states.set(named, found.state.value)
  }
  return holds(rule, (alarm) => states.get(alarm)) ? 'ALARM' : 'OK'
}
