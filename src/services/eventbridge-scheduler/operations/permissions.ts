import { parseArn } from '../../../core/arn.ts'
import type { Permission } from '../../../core/operation.ts'
import { createdTagKeys, removedTagKeys, requestTagKeys, resourceTagKeys } from '../../../kit/tag-keys.ts'
import type { GivenTag } from '../../../kit/tags.ts'
import { groupNotFound } from '../domain/errors.ts'
import { defaultGroupName, groupArn, scheduleArn, schedulerPrincipal } from '../domain/names.ts'
import type { SchedulerContext } from '../scheduler-context.ts'
import { readGroup } from '../storage/collections.ts'

// What each operation asks for, as the Service Authorization Reference, "Amazon EventBridge Scheduler", lists it.

const action = ({ call }: SchedulerContext) => `scheduler:${call.operation}`

/** Asks for the permission to list. */
export const onAll =
  (kind: 'schedule' | 'schedule-group') =>
  (context: SchedulerContext): Permission[] => {
    const { accountId, region } = context.call
    const path = kind === 'schedule' ? 'schedule/*/*' : 'schedule-group/*'
    return [{ action: action(context), resource: `arn:aws:scheduler:${region}:${accountId}:${path}` }]
  }

interface ScheduleInput {
  Name?: string | undefined
  GroupName?: string | undefined
  Target?: { RoleArn?: string | undefined } | undefined
}

/** Asks for what an operation on a schedule needs; a caller who gives it a role must be allowed to pass that. */
export async function onSchedule(
  context: SchedulerContext,
  { Name = '', GroupName = defaultGroupName, Target }: ScheduleInput,
): Promise<Permission[]> {
  const { call } = context
  const group = await readGroup(call.store, call, GroupName)
  const permissions: Permission[] = [
    {
      action: action(context),
      resource: scheduleArn(call, GroupName, Name),
      context: resourceTagKeys(group?.tags ?? []),
    },
  ]
  if (Target?.RoleArn) {
    permissions.push({
      action: 'iam:PassRole',
      resource: Target.RoleArn,
      resourceAccountId: parseArn(Target.RoleArn)?.accountId ?? call.accountId,
      context: { 'iam:PassedToService': schedulerPrincipal },
    })
  }
  return permissions
}

/** Asks for what an operation on a group needs. */
export async function onGroup(
  context: SchedulerContext,
  { Name = '', Tags }: { Name?: string | undefined; Tags?: readonly GivenTag[] | undefined },
): Promise<Permission[]> {
  const { call } = context
  const group = await readGroup(call.store, call, Name)
  const keys = group ? resourceTagKeys(group.tags) : createdTagKeys(Tags)
  return [{ action: action(context), resource: groupArn(call, Name), context: keys }]
}

/** Asks for what an operation on the tags of a group needs. */
export async function onTagged(
  context: SchedulerContext,
  {
    ResourceArn = '',
    Tags = [],
    TagKeys,
  }: {
    ResourceArn?: string | undefined
    Tags?: readonly GivenTag[] | undefined
    TagKeys?: readonly string[] | undefined
  },
): Promise<Permission[]> {
  const { call } = context
  const name = groupOfArn(context, ResourceArn)
  const group = await readGroup(call.store, call, name)
  if (!group) throw groupNotFound(name)
  const given = TagKeys ? removedTagKeys(TagKeys) : requestTagKeys(Tags)
  return [
    { action: action(context), resource: groupArn(call, name), context: { ...resourceTagKeys(group.tags), ...given } },
  ]
}

/** @throws ServiceError ResourceNotFoundException - the ARN is of another account or Region. */
export function groupOfArn({ call }: SchedulerContext, arn: string): string {
  const { accountId, region, resource = '' } = parseArn(arn) ?? {}
  const name = resource.replace(/^schedule-group\//, '')
  if (accountId !== call.accountId || region !== call.region) throw groupNotFound(name)
  return name
}
