import { parseArn } from '../../../core/arn.ts'
import type { Caller } from '../../../core/principal.ts'
import { ServiceError } from '../../../core/service-error.ts'
import { servicePrincipal } from '../../../core/services/service-calls.ts'
import type { Delivery } from '../../../kit/deliveries/delivery.ts'
import type { DeliveryHost, DeliverySender } from '../../../kit/deliveries/delivery-source.ts'
import { DeliveryRefused } from '../../../kit/deliveries/failure.ts'
import { RoleSessions } from '../../../kit/role-sessions.ts'
import { entryOf } from '../domain/forwarded-entry.ts'
import { eventsPrincipal } from '../domain/names.ts'
import type { ForwardedEvent, LogEvent } from './delivery-to.ts'

/** The senders of EventBridge to targets that take more than one call, or a call as another than its principal. */
export function targetSenders(host: DeliveryHost): Readonly<Record<string, DeliverySender>> {
  const roles = new RoleSessions(host)
  return {
    'log-group': (input, delivery) => writeLogEvent(host, input as LogEvent, delivery),
    bus: async (input, delivery) => {
      const { event } = input as ForwardedEvent
      checkHops(event.cameFrom ?? [], delivery.target.arn)
      const region = parseArn(delivery.target.arn)?.region ?? delivery.scope.region
      const answer = await host.calls.invoke({
        caller: await forwarder(roles, delivery),
        ...{ region, service: 'events', operation: 'PutEvents' },
        input: { Entries: [entryOf(event, delivery.target.arn)] },
      })
      const [entry] = answer.Entries ?? []
      if (entry?.ErrorCode) throw new ServiceError(entry.ErrorCode, 400, entry.ErrorMessage)
    },
  }
}

/** Without a role, the account of the rule is who sends: the policy of the other bus names it. */
async function forwarder(roles: RoleSessions, { roleArn, sourceArn, scope }: Delivery): Promise<Caller> {
  const { accountId, region } = scope
  const source = { arn: sourceArn, accountId }
  if (roleArn) return roles.caller({ roleArn, sessionName: 'events', principal: eventsPrincipal, source, region })
  return { principal: { kind: 'root', accountId, arn: `arn:aws:iam::${accountId}:root` }, principalTags: {} }
}

/** How many buses an event passes at most: rules that send events in a circle would not end. */
const mostBuses = 20

/** An event that came from another account is not sent on to a third. @throws DeliveryRefused */
function checkHops(cameFrom: readonly string[], targetArn: string): void {
  const accounts = new Set([...cameFrom, targetArn].map((arn) => parseArn(arn)?.accountId))
  if (accounts.size <= 2 && cameFrom.length < mostBuses) return
  const code = accounts.size > 2 ? 'THIRD_ACCOUNT_HOP_DETECTED' : 'TOO_MANY_HOPS'
  throw new DeliveryRefused({ code, message: 'The event passed too many buses.', status: 400, isPermanent: true })
}

/** Writes one log event, to a stream of its own. */
async function writeLogEvent(
  { calls }: DeliveryHost,
  { message, timestampMs, streamName }: LogEvent,
  { target, scope, sourceArn }: Delivery,
): Promise<void> {
  const { region = scope.region, resource = '' } = parseArn(target.arn) ?? {}
  const logGroupName = resource.replace(/^log-group:/, '').replace(/:\*$/, '')
  const caller = servicePrincipal(eventsPrincipal, { arn: sourceArn, accountId: scope.accountId })
  const call = { caller, region, service: 'logs' as const }
  try {
    const input = { logGroupName, logStreamName: streamName }
    await calls.invoke({ ...call, operation: 'CreateLogStream', input })
  } catch (error) {
    if (!(error instanceof ServiceError && error.code === 'ResourceAlreadyExistsException')) throw error
  }
  const input = { logGroupName, logStreamName: streamName, logEvents: [{ timestamp: timestampMs, message }] }
  await calls.invoke({ ...call, operation: 'PutLogEvents', input })
}
