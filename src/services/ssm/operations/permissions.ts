import type { AuditResource } from '../../../core/audit.ts'
import type { Permission, RequestContext } from '../../../core/operation.ts'
import { createdTagKeys, resourceTagKeys } from '../../../kit/tag-keys.ts'
import type { GivenTag } from '../../../kit/tags.ts'
import { isPublicName, type Place, parameterArn, publicArn } from '../domain/parameter-name.ts'
import { sharingPolicies } from '../domain/resource-policies.ts'
import type { SsmContext } from '../ssm-context.ts'

// What each operation asks for, as the Service Authorization Reference, "AWS Systems Manager", lists it.

/** A parameter where a permission is asked for it. */
export interface PermissionTarget {
  /** Owner of the parameter. */
  accountId: string
  qualified: string
}

/**
 * The permission for this call's operation on a parameter, whether or not it exists.
 * @param more.context - condition keys of the request.
 */
export async function parameterPermission(
  { call, identity, parameters }: SsmContext,
  { accountId, qualified }: PermissionTarget,
  { action = `ssm:${call.operation}`, context = {} }: { action?: string; context?: RequestContext } = {},
): Promise<Permission> {
  if (isPublicName(qualified)) return { action, resource: publicArn(call, qualified), context }
  const parameter = await parameters.find({ accountId, qualified })
  return {
    action,
    resource: arnIn(call, { accountId, qualified }),
    resourceAccountId: accountId,
    policy: await sharingPolicies.inForce(identity, ...(parameter?.resourcePolicies ?? [])),
    context: { ...context, ...resourceTagKeys(parameter?.tags ?? [], ownTagName) },
  }
}

/** Returns the permissions for operations on one parameter of the caller's account, named by a member of the request. */
export const arnIn = (place: Place, { accountId, qualified }: PermissionTarget): string =>
  parameterArn({ ...place, accountId }, qualified)

/** Returns the permissions for operations that no single parameter is the resource of. */
export const onAccount = ({ call }: SsmContext): Permission[] => [
  { action: `ssm:${call.operation}`, resource: `arn:${call.partition}:ssm:${call.region}:${call.accountId}:*` },
]

/** Returns how a record names a parameter. */
export const parameterResource = (accountId: string, arn: string): AuditResource => ({
  accountId,
  type: 'AWS::SSM::Parameter',
  ARN: arn,
})

const ownTagName = 'ssm:resourceTag'

/** Returns the condition keys of PutParameter: tags are given to new parameters alone. */
export const newParameterTagConditionKeys = (given?: readonly GivenTag[]): RequestContext =>
  createdTagKeys(given, ownTagName)
