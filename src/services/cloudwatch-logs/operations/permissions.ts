import { parseArn } from '../../../core/arn.ts'
import type { Permission, RequestContext } from '../../../core/operation.ts'
import { createdTagKeys, resourceTagKeys } from '../../../kit/tag-keys.ts'
import { tagsOfRecord } from '../../../kit/tags.ts'
import { invalidArn } from '../domain/errors.ts'
import { type GroupChoice, groupArn, nameOfChoice, nameOfIdentifier, streamArn } from '../domain/log-names.ts'
import type { LogsContext } from '../logs-context.ts'
import { groupIfThere } from './find-group.ts'
import { policyInForce } from './resource-policies.ts'

// What each operation asks for, as the Service Authorization Reference, "Amazon CloudWatch Logs", lists it.

/** Returns what operations ask for that no resource belongs to. */
export const onNothing = ({ call }: LogsContext): Permission[] => [{ action: `logs:${call.operation}`, resource: '*' }]

/** Returns what lists of groups ask for: AWS writes a group and a stream without names. */
export const onGroups = ({ call }: LogsContext): Permission[] => [
  { action: `logs:${call.operation}`, resource: streamArn(groupArn(call, ''), '') },
]

/**
 * The permission for this call's operation on a group, whether or not it exists. AWS asks for the group with `:log-stream:`
 * behind it, which policies that name `<group>:*` match; policies that name the group alone match as well.
 */
export async function groupPermission(
  context: LogsContext,
  name: string,
  { action = context.call.operation, keys = {} }: { action?: string; keys?: RequestContext } = {},
): Promise<Permission> {
  const { call } = context
  const arn = groupArn(call, name)
  const group = await groupIfThere(context, name)
  const policy = await policyInForce(context)
  return {
    action: `logs:${action}`,
    resource: streamArn(arn, ''),
    otherArns: [arn],
    ...(policy && { policy }),
    context: { ...resourceTagKeys(tagsOfRecord(group?.tags ?? {})), ...keys },
  }
}

/** Returns what operations ask for on the group that a request names. */
export const onGroup = async (context: LogsContext, choice: GroupChoice): Promise<Permission[]> => [
  await groupPermission(context, nameOfChoice(context.call, choice)),
]

/** Returns what a list asks for that may be of one group or of all. */
export const onGroupOrGroups = async (
  context: LogsContext,
  { logGroupName }: { logGroupName?: string | undefined },
): Promise<Permission[]> =>
  logGroupName === undefined ? onGroups(context) : [await groupPermission(context, logGroupName)]

/** Returns what operations ask for on a stream. */
export const onStream = async (
  context: LogsContext,
  choice: GroupChoice & { logStreamName: string },
): Promise<Permission[]> => {
  const name = nameOfChoice(context.call, choice)
  const { otherArns: _, ...permission } = await groupPermission(context, name)
  return [{ ...permission, resource: streamArn(groupArn(context.call, name), choice.logStreamName) }]
}

/** Returns what is asked for a stream that is to be: AWS asks for the stream, and policies that name the group match as well. */
export const onNewStream = async (
  context: LogsContext,
  choice: GroupChoice & { logStreamName: string },
): Promise<Permission[]> => {
  const name = nameOfChoice(context.call, choice)
  const { resource, otherArns = [], ...permission } = await groupPermission(context, name)
  const stream = streamArn(groupArn(context.call, name), choice.logStreamName)
  return [{ ...permission, resource: stream, otherArns: [resource, ...otherArns] }]
}

/** Returns what is asked for a group that is to be: tags at its creation need their own permission. */
export async function onNewGroup(
  context: LogsContext,
  { logGroupName, tags = {} }: { logGroupName: string; tags?: Record<string, string> | undefined },
): Promise<Permission[]> {
  const keys = createdTagKeys(tagsOfRecord(tags))
  const create = await groupPermission(context, logGroupName, { keys })
  if (Object.keys(tags).length === 0) return [create]
  return [create, taggingPermission(create, groupArn(context.call, logGroupName), 'TagResource')]
}

/** For operations on the tags of a group: AWS asks for the group's ARN alone. */
const taggingPermission = (permission: Permission, arn: string, operation: string): Permission => ({
  ...permission,
  action: `logs:${operation}`,
  resource: arn,
  otherArns: [`${arn}:*`],
})

export const onTags =
  <I extends object>(
    nameOf: (context: LogsContext, input: NoInfer<I>) => string,
    keysOf: (input: NoInfer<I>) => RequestContext,
  ) =>
  async (context: LogsContext, input: I): Promise<Permission[]> => {
    const name = nameOf(context, input)
    const permission = await groupPermission(context, name, { keys: keysOf(input) })
    return [taggingPermission(permission, groupArn(context.call, name), context.call.operation)]
  }

/** The group of an ARN. @throws ServiceError ResourceNotFoundException, ValidationException. */
export function nameOfArn({ call }: LogsContext, { resourceArn }: { resourceArn: string }): string {
  if (!parseArn(resourceArn)) throw invalidArn(resourceArn)
  return nameOfIdentifier(call, resourceArn)
}

/** Asks for what shows data that a policy masks, where a request wants that. */
export const unmasked =
  <I extends object>(decide: (context: LogsContext, input: I) => Promise<Permission[]>) =>
  async (context: LogsContext, input: I & { unmask?: boolean | undefined }): Promise<Permission[]> => {
    const permissions = await decide(context, input)
    if (!input.unmask) return permissions
    return [...permissions, ...permissions.map((permission) => ({ ...permission, action: 'logs:Unmask' }))]
  }

/** Returns what a subscription asks for, with the condition key of its destination. */
export const onSubscription = async (
  context: LogsContext,
  { logGroupName, destinationArn }: { logGroupName: string; destinationArn: string },
): Promise<Permission[]> => [
  await groupPermission(context, logGroupName, { keys: { 'logs:DestinationArn': destinationArn } }),
]
