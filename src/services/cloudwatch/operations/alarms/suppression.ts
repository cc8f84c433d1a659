import type { Clock } from '../../../../core/clock.ts'
import { secondMs } from '../../../../core/durations.ts'
import type { WorkRunner } from '../../../../core/scheduler.ts'
import type { Scope, Transaction } from '../../../../core/store.ts'
import type { Deliveries } from '../../../../kit/deliveries/deliveries.ts'
import {
  type AlarmState,
  alarmNameIn,
  type CompositeAlarm,
  type StateValue,
  type Suppression,
} from '../../domain/alarms/alarm.ts'
import { alarms, type StoredAlarm } from '../../storage/collections.ts'
import { takeActions } from './alarm-deliveries.ts'

/** The kind of due work that ends the wait and extension periods of suppressors. */
export const suppressionWork = 'monitoring.end-suppression'

interface Changes {
  tx: Transaction
  scope: Scope
  deliveries: Deliveries
  nowMs: number
}

type StoredComposite = StoredAlarm & CompositeAlarm

/**
 * Decides whether a composite alarm acts on a change of its state, or its suppressor holds its actions back.
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-suppression.html
 */
export async function compositeActions(
  changes: Changes,
  alarm: StoredComposite,
  before: AlarmState,
): Promise<{ alarm: StoredComposite; acts: boolean }> {
  const { suppressor, suppression: held, ...free } = alarm
  if (!suppressor) return { alarm: free, acts: true }
  const actedOn = held?.actedOn ?? before.value
  const unheld: StoredComposite = { ...free, suppressor }
  if ((await stateOf(changes, suppressor.alarm)) === 'ALARM') {
    return { alarm: { ...unheld, suppression: { by: 'Alarm', actedOn } }, acts: false }
  }
  if (held?.by === 'ExtensionPeriod') return { alarm: { ...unheld, suppression: held }, acts: false }
  if (alarm.state.value === 'ALARM' && suppressor.waitSeconds > 0) {
    const suppression = await holdFor(changes, alarm.name, 'WaitPeriod', suppressor.waitSeconds, actedOn)
    return { alarm: { ...unheld, suppression }, acts: false }
  }
  // A state that was never acted on has come and gone.
  return { alarm: unheld, acts: alarm.state.value !== actedOn }
}

/** Holds actions back, or lets them go on, when the suppressor has changed its state. */
export async function suppressorChanged(changes: Changes, alarm: StoredComposite, value: StateValue): Promise<void> {
  const { tx, scope } = changes
  const { suppression, suppressor } = alarm
  if (!suppression || !suppressor) return
  if (value === 'ALARM') {
    const held: StoredAlarm = { ...alarm, suppression: { by: 'Alarm', actedOn: suppression.actedOn } }
    await tx.in(alarms).put(scope, alarm.name, held)
  } else if (suppression.by === 'Alarm') {
    if (suppressor.extensionSeconds === 0) return letGo(changes, alarm)
    const seconds = suppressor.extensionSeconds
    const extended = await holdFor(changes, alarm.name, 'ExtensionPeriod', seconds, suppression.actedOn)
    await tx.in(alarms).put(scope, alarm.name, { ...alarm, suppression: extended } satisfies StoredAlarm)
  }
}

/** Ends a wait or extension period. */
export const suppressionRunner =
  ({ clock, deliveries }: { clock: Clock; deliveries: Deliveries }): WorkRunner =>
  async ({ scope, payload }) =>
  async (tx) => {
    const { name } = payload as { name: string }
    const alarm = await tx.in(alarms).get(scope, name)
    const nowMs = clock.nowMs()
    if (alarm?.kind !== 'composite' || (alarm.suppression?.untilMs ?? Number.POSITIVE_INFINITY) > nowMs) return
    await letGo({ tx, scope, deliveries, nowMs }, alarm)
  }

/** Takes the actions of the state that the alarm is in, unless it has acted on that one last. */
async function letGo({ tx, scope, deliveries, nowMs }: Changes, alarm: StoredComposite): Promise<void> {
  const { suppression, ...free } = alarm
  await tx.in(alarms).put(scope, alarm.name, free satisfies StoredAlarm)
  if (!suppression || suppression.actedOn === alarm.state.value) return
  await takeActions(tx, deliveries, {
    scope,
    alarm: free,
    before: { ...alarm.state, value: suppression.actedOn },
    nowMs,
  })
}

async function holdFor(
  { tx, scope, nowMs }: Changes,
  name: string,
  by: Suppression['by'],
  seconds: number,
  actedOn: StateValue,
): Promise<Suppression> {
  const untilMs = nowMs + seconds * secondMs
  const key = `${scope.accountId} ${scope.region} ${name}`
  await tx.schedule({ kind: suppressionWork, key, dueAtMs: untilMs, scope, payload: { name } })
  return { by, untilMs, actedOn }
}

async function stateOf({ tx, scope }: Changes, nameOrArn: string): Promise<StateValue | undefined> {
  const name = alarmNameIn(scope, nameOrArn)
  return name === undefined ? undefined : (await tx.in(alarms).get(scope, name))?.state.value
}
