import { parseArn } from '../../../../core/arn.ts'
import type { Clock } from '../../../../core/clock.ts'
import { hourMs, secondMs } from '../../../../core/durations.ts'
import type { Transaction } from '../../../../core/store.ts'
import { type Deliveries, deliveriesOf } from '../../../../kit/deliveries/deliveries.ts'
import type { Delivery, DeliveryTarget } from '../../../../kit/deliveries/delivery.ts'
import { callTarget } from '../../../../kit/deliveries/delivery.ts'
import type { DeliveryEnd } from '../../../../kit/deliveries/delivery-source.ts'
import { toFunction } from '../../../../kit/deliveries/targets.ts'
import { type Alarm, alarmArn } from '../../domain/alarms/alarm.ts'
import { type AlarmChange, functionEvent, snsMessage } from '../../domain/alarms/messages.ts'
import { addHistory } from '../../storage/alarm-history.ts'

const functionPrincipal = 'lambda.alarms.cloudwatch.amazonaws.com'

/** What an action's history needs of the alarm. */
interface ActionOf {
  alarm: Pick<Alarm, 'name' | 'kind'>
  stateUpdatedAtMs: number
}

const pausesMs = [secondMs, 5 * secondMs, 30 * secondMs]
const retry = { retries: pausesMs.length, maxAgeMs: hourMs }

/** Takes the actions of alarms: to SNS topics and functions, each under its principal. How each ended is in the alarm's history. */
export const alarmDeliveries = (clock: Clock): Deliveries =>
  deliveriesOf({
    name: 'monitoring',
    principal: 'cloudwatch.amazonaws.com',
    principalOf: ({ target }) => (isFunction(target.arn) ? functionPrincipal : 'cloudwatch.amazonaws.com'),
    pauseMs: (failures) => pausesMs[failures - 1] ?? hourMs,
    ended: (tx, delivery, end) => noteEnd(tx, delivery, end, clock.nowMs()),
  })

/** Hands on what a change of state makes an alarm do. */
export async function takeActions(tx: Transaction, deliveries: Deliveries, change: AlarmChange): Promise<void> {
  const { scope, alarm, nowMs } = change
  if (!alarm.actionsEnabled) return
  const about: ActionOf = {
    alarm: { name: alarm.name, kind: alarm.kind },
    stateUpdatedAtMs: alarm.state.updatedAtMs,
  }
  for (const arn of alarm.actions[alarm.state.value]) {
    const delivery = { scope, sourceArn: alarmArn(scope, alarm.name), target: targetOf(arn, change), retry, about }
    await deliveries.enqueue(tx, delivery, nowMs)
  }
}

/** Returns whether an ARN is that of what an alarm can call: a topic or a function. */
export function isAction(arn: string): boolean {
  const { service, resource = '' } = parseArn(arn) ?? {}
  return (service === 'sns' && /^[\w-]{1,256}(\.fifo)?$/.test(resource)) || isFunction(arn)
}

const isFunction = (arn: string) => /^arn:[^:]+:lambda:[^:]+:\d{12}:function:[\w-]+(:[\w$-]+)?$/.test(arn)

function targetOf(arn: string, change: AlarmChange): DeliveryTarget {
  if (isFunction(arn)) return toFunction(arn, functionEvent(change))
  const region = parseArn(arn)?.region ?? change.scope.region
  const input = { TopicArn: arn, ...snsMessage(change) }
  return callTarget({ arn, region, service: 'sns', operation: 'Publish', input })
}

async function noteEnd(tx: Transaction, { scope, target, about }: Delivery, end: DeliveryEnd, nowMs: number) {
  const { alarm, stateUpdatedAtMs } = about as ActionOf
  const isDelivered = end.outcome === 'delivered'
  const { Message } = target.input as { Message?: string }
  const data = {
    actionState: isDelivered ? 'Succeeded' : 'Failed',
    stateUpdateTimestamp: Math.floor(stateUpdatedAtMs),
    notificationResource: target.arn,
    ...(isDelivered && Message !== undefined && { publishedMessage: JSON.stringify({ default: Message }) }),
    ...(!isDelivered && { error: errorOf(target.arn, end.failure) }),
  }
  const summary = `${isDelivered ? 'Successfully executed' : 'Failed to execute'} action ${target.arn}`
  await addHistory(tx, scope, alarm, { atMs: nowMs, itemType: 'Action', summary, data: JSON.stringify(data) })
}

/** Words a failure as the history of alarms does. */
function errorOf(arn: string, { code, message }: { code: string; message: string }): string {
  if (/^KMS/.test(code)) return 'CloudWatch Alarms does not have authorization to access the SNS topic encryption key.'
  if (/^(AuthorizationError|AccessDenied)/.test(code)) {
    const action = isFunction(arn) ? 'lambda:InvokeFunction' : 'SNS:Publish'
    return `CloudWatch Alarms is not authorized to perform: ${action} on resource: ${arn}`
  }
  return message
}
