import type { DeliveryHost, DeliverySender } from '../../../kit/deliveries/delivery-source.ts'
import type { RoleSessions } from '../../../kit/role-sessions.ts'
import { schedulerPrincipal } from '../domain/names.ts'
import type { SdkCall } from './delivery-of.ts'

/** Calls the operation of a universal target as the role of the schedule. */
export const sdkSender =
  (host: DeliveryHost, roles: RoleSessions): DeliverySender =>
  async (input, { roleArn = '', sourceArn, scope }) => {
    const { service, operation, document } = input as SdkCall
    const { accountId, region } = scope
    const source = { arn: sourceArn, accountId }
    const session = { roleArn, sessionName: 'scheduler', principal: schedulerPrincipal, source, region }
    const caller = await roles.caller(session)
    await host.calls.invokeDocument({ caller, region, service, operation, input: document })
  }
