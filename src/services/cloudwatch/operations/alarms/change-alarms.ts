import type { DeleteAlarmsInput, DisableAlarmActionsInput, SetAlarmStateInput } from '@aws-sdk/client-cloudwatch'
import type { Validated } from '../../../../core/operation.ts'
import type { CloudWatchContext } from '../../cloudwatch-context.ts'
import { invalidFormat, resourceNotFound, validationError } from '../../domain/errors.ts'
import { alarms, evaluations } from '../../storage/collections.ts'
import { evaluationId, evaluationWork, wakeAlarms } from '../../storage/evaluation-schedule.ts'
import { changeState } from './change-state.ts'
import { noteConfiguration } from './put-alarm.ts'

/**
 * Deletes alarms, all or none.
 * @throws ServiceError ResourceNotFound; ValidationException - several composite alarms, or one that others depend on.
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DeleteAlarms.html
 */
export async function deleteAlarms(
  { call }: CloudWatchContext,
  { AlarmNames }: Validated<DeleteAlarmsInput>,
): Promise<void> {
  const { accountId, region } = call
  const scope = { accountId, region }
  const names = [...new Set(AlarmNames)]
  const nowMs = call.clock.nowMs()
  await call.transaction(async (tx) => {
    const found = await Promise.all(names.map((name) => tx.in(alarms).get(scope, name)))
    const absent = names.filter((_name, place) => !found[place])
    if (absent.length > 0) throw resourceNotFound(`Alarm(s) [${absent.join(', ')}] do not exist.`)
    if (found.filter((alarm) => alarm?.kind === 'composite').length > 1) {
      throw validationError('One composite alarm at most can be deleted at a time.')
    }
    for (const alarm of found) {
      if (!alarm) continue
      const parents = await tx.in(alarms).list(scope, { index: { name: 'child', value: alarm.name } })
      if (parents.some(({ id }) => id !== alarm.name && !names.includes(id))) {
        throw validationError(`Cannot delete ${alarm.name} as there are composite alarm(s) depending on it.`)
      }
    }
    for (const alarm of found) {
      if (!alarm) continue
      await tx.in(alarms).delete(scope, alarm.name)
      await noteConfiguration(tx, scope, 'delete', alarm, nowMs)
    }
    const [left] = await tx.in(alarms).list(scope, { index: { name: 'kind', value: 'metric' }, limit: 1 })
    if (left) return
    await tx.in(evaluations).delete(scope, evaluationId)
    await tx.unschedule(evaluationWork, `${accountId} ${region}`)
  })
}

/** Makes the handler of EnableAlarmActions or DisableAlarmActions. Names of alarms that are not there are passed over. */
export const setActions =
  (actionsEnabled: boolean) =>
  async ({ call }: CloudWatchContext, { AlarmNames }: Validated<DisableAlarmActionsInput>): Promise<void> => {
    const { accountId, region } = call
    const scope = { accountId, region }
    const nowMs = call.clock.nowMs()
    await call.transaction(async (tx) => {
      for (const name of new Set(AlarmNames)) {
        const alarm = await tx.in(alarms).get(scope, name)
        if (!alarm || alarm.actionsEnabled === actionsEnabled) continue
        const changed = { ...alarm, actionsEnabled, configuredAtMs: nowMs }
        await tx.in(alarms).put(scope, name, changed)
        await noteConfiguration(tx, scope, 'update', changed, nowMs, alarm)
      }
    })
  }

/**
 * Puts an alarm into a state for a time: a metric alarm until it is evaluated next, a composite alarm until a child changes.
 * @throws ServiceError ResourceNotFound, InvalidFormatFault.
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_SetAlarmState.html
 */
export async function setAlarmState(
  { call, deliveries }: CloudWatchContext,
  { AlarmName, StateValue, StateReason, StateReasonData }: Validated<SetAlarmStateInput>,
): Promise<void> {
  const { accountId, region } = call
  const scope = { accountId, region }
  if (StateReasonData !== undefined) checkJson(StateReasonData)
  const nowMs = call.clock.nowMs()
  await call.transaction(async (tx) => {
    const alarm = await tx.in(alarms).get(scope, AlarmName)
    if (!alarm) throw resourceNotFound(`Alarm ${AlarmName} does not exist.`)
    const state = {
      ...{ value: StateValue, reason: StateReason },
      ...(StateReasonData !== undefined && { reasonData: StateReasonData }),
    }
    await changeState({ tx, scope, deliveries, nowMs }, alarm, state)
    if (alarm.kind === 'metric') await wakeAlarms(tx, scope, nowMs)
  })
}

function checkJson(text: string): void {
  try {
    JSON.parse(text)
  } catch {
    throw invalidFormat('StateReasonData was not syntactically valid JSON.')
  }
}
