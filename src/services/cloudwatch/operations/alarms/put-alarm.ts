import type { Tag } from '@aws-sdk/client-cloudwatch'
import { publishEvent } from '../../../../core/aws-event.ts'
import type { Scope, Transaction } from '../../../../core/store.ts'
import { type Alarm, type AlarmState, alarmArn } from '../../domain/alarms/alarm.ts'
import { configurationView } from '../../domain/alarms/alarm-view.ts'
import { validationError } from '../../domain/errors.ts'
import { alarmTags } from '../../domain/tags.ts'
import { addHistory } from '../../storage/alarm-history.ts'
import { alarms, type StoredAlarm } from '../../storage/collections.ts'

/** The state of an alarm that was never evaluated. */
export const initialState = (nowMs: number): AlarmState => ({
  ...{ value: 'INSUFFICIENT_DATA', reason: 'Unchecked: Initial alarm creation' },
  ...{ updatedAtMs: nowMs, transitionedAtMs: nowMs },
})

/**
 * Creates an alarm, or gives it another configuration; then its tags and state stay.
 * @param make - puts the alarm together from what stays.
 */
export async function putAlarm(
  tx: Transaction,
  scope: Scope,
  { name, kind, tags = [], nowMs }: { name: string; kind: Alarm['kind']; tags: Tag[] | undefined; nowMs: number },
  make: (
    kept: Pick<StoredAlarm, 'name' | 'tags' | 'state' | 'configuredAtMs'>,
    before: StoredAlarm | undefined,
  ) => StoredAlarm,
): Promise<{ alarm: StoredAlarm; isNew: boolean }> {
  const before = await tx.in(alarms).get(scope, name)
  if (before && before.kind !== kind) {
    throw validationError(`There is a ${before.kind} alarm with the name ${name}: an alarm cannot change its type.`)
  }
  const kept = before
    ? { name, tags: before.tags, state: before.state, configuredAtMs: nowMs }
    : { name, tags: alarmTags.merge([], tags), state: initialState(nowMs), configuredAtMs: nowMs }
  const alarm = make(kept, before)
  await tx.in(alarms).put(scope, name, alarm)
  await noteConfiguration(tx, scope, before ? 'update' : 'create', alarm, nowMs, before)
  return { alarm, isNew: !before }
}

const words = { create: ['Create', 'created'], update: ['Update', 'updated'], delete: ['Delete', 'deleted'] } as const

/** Adds a change of an alarm's configuration to its history, and publishes the event. */
export async function noteConfiguration(
  tx: Transaction,
  scope: Scope,
  operation: keyof typeof words,
  alarm: Alarm,
  nowMs: number,
  before?: Alarm,
): Promise<void> {
  const [type, done] = words[operation]
  const configuration = configurationView(scope, alarm)
  await addHistory(tx, scope, alarm, {
    ...{ atMs: nowMs, itemType: 'ConfigurationUpdate', summary: `Alarm "${alarm.name}" ${done}` },
    data: JSON.stringify({ version: '1.0', type, [`${done}Alarm`]: configuration }),
  })
  await publishEvent(tx, {
    ...{ source: 'aws.cloudwatch', detailType: 'CloudWatch Alarm Configuration Change', scope, timeMs: nowMs },
    resources: [alarmArn(scope, alarm.name)],
    detail: {
      ...{ alarmName: alarm.name, operation, configuration },
      ...(before && { previousConfiguration: configurationView(scope, before) }),
    },
  })
}
