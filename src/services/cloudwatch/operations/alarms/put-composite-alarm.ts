import type { PutCompositeAlarmInput } from '@aws-sdk/client-cloudwatch'
import type { Validated } from '../../../../core/operation.ts'
import type { Scope, Transaction } from '../../../../core/store.ts'
import type { CloudWatchContext } from '../../cloudwatch-context.ts'
import { alarmArn, alarmNameIn, type Suppressor } from '../../domain/alarms/alarm.ts'
import { checkActions } from '../../domain/alarms/check-alarm.ts'
import { alarmsIn, type Rule, RuleError, readRule } from '../../domain/alarms/rule.ts'
import { invalidCombination, missingParameter, validationError } from '../../domain/errors.ts'
import { alarms } from '../../storage/collections.ts'
import { isAction } from './alarm-deliveries.ts'
import { changeState, ruleState } from './change-state.ts'
import { putAlarm } from './put-alarm.ts'

/**
 * Creates or changes an alarm on the states of other alarms. Its rule is evaluated at once.
 * @throws ServiceError ValidationException.
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutCompositeAlarm.html
 */
export async function putCompositeAlarm(
  { call, deliveries }: CloudWatchContext,
  request: Validated<PutCompositeAlarmInput>,
): Promise<void> {
  const { AlarmName: name, AlarmRule: text, AlarmDescription, ActionsEnabled = true, Tags: tags } = request
  if (request.ActionConfiguration !== undefined) {
    throw validationError('Strongroom does not support the parameter ActionConfiguration.')
  }
  const rule = ruleIn(name, text)
  const suppressor = suppressorIn(request)
  const actions = checkActions(request, isAction)
  const { accountId, region } = call
  const scope = { accountId, region }
  const nowMs = call.clock.nowMs()
  await call.transaction(async (tx) => {
    const children = await childrenOf(tx, scope, name, rule, suppressor)
    const { alarm, isNew } = await putAlarm(tx, scope, { name, kind: 'composite', tags, nowMs }, (kept, before) => ({
      ...kept,
      ...{ kind: 'composite', rule: text, actions, actionsEnabled: ActionsEnabled, children },
      ...(AlarmDescription !== undefined && { description: AlarmDescription }),
      ...(suppressor && { suppressor }),
      // What is held back waits for the end of its period, whose suppressor may have changed.
      ...(suppressor && before?.kind === 'composite' && before.suppression && { suppression: before.suppression }),
    }))
    const value = await ruleState(tx, scope, rule)
    if (value === alarm.state.value) return
    const reason = `${alarmArn(scope, name)} was ${isNew ? 'created' : 'updated'} and its alarm rule evaluates to ${value}`
    await changeState({ tx, scope, deliveries, nowMs }, alarm, { value, reason })
  })
}

function ruleIn(name: string, text: string): Rule {
  try {
    return readRule(text)
  } catch (error) {
    if (!(error instanceof RuleError)) throw error
    throw validationError(`Could not save the composite alarm ${name}: invalid alarm rule: ${error.message}.`)
  }
}

function suppressorIn(request: PutCompositeAlarmInput): Suppressor | undefined {
  const { ActionsSuppressor, ActionsSuppressorWaitPeriod, ActionsSuppressorExtensionPeriod } = request
  if (ActionsSuppressor === undefined) {
    if (ActionsSuppressorWaitPeriod === undefined && ActionsSuppressorExtensionPeriod === undefined) return undefined
    throw invalidCombination('The periods of a suppressor can be used only together with ActionsSuppressor.')
  }
  if (ActionsSuppressorWaitPeriod === undefined) throw missingParameter('ActionsSuppressorWaitPeriod')
  if (ActionsSuppressorExtensionPeriod === undefined) throw missingParameter('ActionsSuppressorExtensionPeriod')
  for (const seconds of [ActionsSuppressorWaitPeriod, ActionsSuppressorExtensionPeriod]) {
    if (seconds < 0) throw validationError('The periods of a suppressor must be greater than or equal to 0.')
  }
  return {
    alarm: ActionsSuppressor,
    waitSeconds: ActionsSuppressorWaitPeriod,
    extensionSeconds: ActionsSuppressorExtensionPeriod,
  }
}

/** The names of the alarms that a composite alarm depends on. @throws ServiceError - one of them is not there. */
async function childrenOf(
  tx: Transaction,
  scope: Scope,
  name: string,
  rule: Rule,
  suppressor: Suppressor | undefined,
): Promise<string[]> {
  const names = new Set<string>()
  const absent: string[] = []
  for (const named of [...alarmsIn(rule), ...(suppressor ? [suppressor.alarm] : [])]) {
    const child = alarmNameIn(scope, named)
    const found = child === undefined ? undefined : await tx.in(alarms).get(scope, child)
    // An alarm may name itself: it then stands in a circle, as AWS allows.
    if (child !== undefined && (found || child === name)) names.add(child)
    else absent.push(named)
  }
  if (absent.length > 0) {
    throw validationError(
      `Could not save the composite alarm ${name} as alarm(s) [${absent.join(', ')}] in the alarm rule do not exist.`,
    )
  }
  return [...names]
}
