import type { PutPermissionRequest, RemovePermissionRequest } from '@aws-sdk/client-eventbridge'
import type { Validated } from '../../../core/operation.ts'
import { addStatements, hasStatement, removeStatement } from '../../../kit/resource-policies/statements.ts'
import { busPolicies } from '../domain/bus-policies.ts'
import { invalidParameter, noPolicy, permissionParameters, statementNotFound } from '../domain/errors.ts'
import { busArn } from '../domain/names.ts'
import type { EventBridgeContext } from '../eventbridge-context.ts'
import { changeBus, findBus } from './find-bus.ts'

/**
 * Sets the policy of a bus, or adds a statement to it; one with the same id is replaced.
 * @throws ServiceError ValidationException, PolicyLengthExceededException, ResourceNotFoundException.
 * @see https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutPermission.html
 */
export async function putPermission(
  context: EventBridgeContext,
  { EventBusName, Policy, Action, Principal, StatementId, Condition }: Validated<PutPermissionRequest>,
): Promise<undefined> {
  const bus = await findBus(context, EventBusName)
  const { identity } = context
  if (Policy !== undefined) {
    if (Action ?? Principal ?? StatementId ?? Condition) throw permissionParameters()
    const policy = await busPolicies.accept(identity, Policy)
    return changeBus(context, bus, (present) => ({ ...present, policy }))
  }
  for (const [name, value] of Object.entries({ Action, Principal, StatementId })) {
    if (!value) throw invalidParameter(name, `${name} is a required argument.`)
  }
  const statement = {
    Sid: StatementId,
    Effect: 'Allow',
    Principal: Principal === '*' ? '*' : { AWS: `arn:aws:iam::${Principal}:root` },
    Action,
    Resource: busArn(bus),
    ...(Condition && { Condition: { [Condition.Type ?? '']: { [Condition.Key ?? '']: Condition.Value } } }),
  }
  const added = await busPolicies.bind(identity, JSON.stringify({ Version: '2012-10-17', Statement: [statement] }))
  return changeBus(context, bus, (present) => {
    const before = present.policy && removeStatement(present.policy, StatementId ?? '')
    const policy = addStatements(before, added)
    busPolicies.checkSize(policy.document)
    return { ...present, policy }
  })
}

/** @throws ServiceError ResourceNotFoundException. */
export async function removePermission(
  context: EventBridgeContext,
  { EventBusName, StatementId, RemoveAllPermissions }: Validated<RemovePermissionRequest>,
): Promise<undefined> {
  const bus = await findBus(context, EventBusName)
  if (!RemoveAllPermissions && !StatementId)
    throw invalidParameter('StatementId', 'StatementId is a required argument.')
  return changeBus(context, bus, ({ policy, ...present }) => {
    if (RemoveAllPermissions) return present
    if (!policy) throw noPolicy()
    if (!hasStatement(policy, StatementId ?? '')) throw statementNotFound()
    const left = removeStatement(policy, StatementId ?? '')
    return { ...present, ...(left && { policy: left }) }
  })
}
