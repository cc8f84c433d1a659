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

/** An alarm that has changed, and those whose change has led there, itself among them. */
interface Changed {
  alarm: Alarm
  path: ReadonlySet<string>
}

/**
 * Puts an alarm into a state, with all that follows in the same transaction: its history, the event, its actions, and the composite
 * alarms that depend on it. Those are evaluated level by level, each once in a level: by however many ways a change reaches an alarm,
 * the work does not multiply. A circle of composite alarms ends where it began.
 * @param alarm - as it is in the store.
 */
export async function changeState(changes: StateChanges, alarm: StoredAlarm, state: NewState): Promise<void> {
  const changed = await changeOne(changes, alarm, state)
  let level: Changed[] = changed ? [{ alarm: changed, path: new Set([alarm.name]) }] : []
  while (level.length > 0) level = await changeParents(changes, level)
}

/** @returns the alarm, where it is in another state now. */
async function changeOne(
  changes: StateChanges,
  alarm: StoredAlarm,
  { value, reason, reasonData }: NewState,
): Promise<Alarm | undefined> {
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
  if (!isTransition) return undefined
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
  return kept
}

/** Evaluates the composite alarms that depend on alarms whose states have changed. @returns those that have changed now. */
async function changeParents(changes: StateChanges, children: readonly Changed[]): Promise<Changed[]> {
  const { tx, scope } = changes
  const parents = new Map<string, Changed>()
  for (const child of children) {
    const found = await tx.in(alarms).list(scope, { index: { name: 'child', value: child.alarm.name } })
    for (const { id } of found) {
      const parent = await tx.in(alarms).get(scope, id)
      if (parent?.kind !== 'composite' || child.path.has(parent.name)) continue
      if (parent.suppressor && alarmNameIn(scope, parent.suppressor.alarm) === child.alarm.name) {
        await suppressorChanged(changes, parent, child.alarm.state.value)
      }
      if (!parents.has(id)) parents.set(id, child)
    }
  }
  const changed: Changed[] = []
  for (const [id, child] of parents) {
    const current = await tx.in(alarms).get(scope, id)
    if (current?.kind !== 'composite') continue
    const value = await ruleState(tx, scope, readRule(current.rule))
    if (value === current.state.value) continue
    const alarm = await changeOne(changes, current, { value, ...becauseOf(scope, child.alarm) })
    if (alarm) changed.push({ alarm, path: new Set([...child.path, id]) })
  }
  return changed
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
