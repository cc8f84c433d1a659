import { randomUUID } from 'node:crypto'
import type {
  CreateScheduleGroupInput,
  CreateScheduleGroupOutput,
  DeleteScheduleGroupInput,
  GetScheduleGroupInput,
  GetScheduleGroupOutput,
  ListTagsForResourceInput,
  ListTagsForResourceOutput,
  TagResourceInput,
  UntagResourceInput,
} from '@aws-sdk/client-scheduler'
import type { Validated } from '../../../core/operation.ts'
import type { WorkRunner } from '../../../core/scheduler.ts'
import type { Scope } from '../../../core/store.ts'
import { type Tag, tagging } from '../../../kit/tags.ts'
import { defaultGroupStays, groupExists, groupNotFound, reservedTag, tooManyTags } from '../domain/errors.ts'
import { defaultGroupName, groupArn } from '../domain/names.ts'
import type { ScheduleGroup } from '../domain/schedule.ts'
import type { SchedulerContext } from '../scheduler-context.ts'
import { countOfGroups, groups, readGroup, requestTokens, scheduleId, schedules } from '../storage/collections.ts'
import { groupOfArn } from './permissions.ts'
import { planRun } from './runs.ts'

/** The kind of due work that deletes the schedules of groups. */
export const deleteGroupWork = 'scheduler.delete-group'

const groupTags = tagging({ most: 50, reservedKey: reservedTag, tooMany: tooManyTags })

/** @throws ServiceError ConflictException, ServiceQuotaExceededException, ValidationException. */
export async function createScheduleGroup(
  { call }: SchedulerContext,
  { Name: name, Tags = [], ClientToken }: Validated<CreateScheduleGroupInput>,
): Promise<CreateScheduleGroupOutput> {
  const scope = { accountId: call.accountId, region: call.region }
  const tags = groupTags.merge([], Tags)
  const nowMs = call.clock.nowMs()
  return call.transaction((tx) =>
    requestTokens.once(tx, call, { token: ClientToken, input: { name, tags } }, async () => {
      if (await readGroup(tx, scope, name)) throw groupExists(name)
      await countOfGroups.change(tx, scope, 'all', { groups: 1 })
      const group = { name, id: randomUUID(), tags, createdAtMs: nowMs, modifiedAtMs: nowMs }
      await tx.in(groups).put(scope, name, group)
      return { ScheduleGroupArn: groupArn(scope, name) }
    }),
  )
}

/**
 * Deletes a group with its schedules. None of them runs from now on; they are removed behind the request.
 * @throws ServiceError ResourceNotFoundException, ValidationException - it is the default group.
 */
export async function deleteScheduleGroup(
  { call }: SchedulerContext,
  { Name, ClientToken }: Validated<DeleteScheduleGroupInput>,
): Promise<Record<string, never>> {
  if (Name === defaultGroupName) throw defaultGroupStays()
  const scope = { accountId: call.accountId, region: call.region }
  return call.transaction((tx) =>
    requestTokens.once(tx, call, { token: ClientToken, input: { Name } }, async () => {
      const group = await tx.in(groups).get(scope, Name)
      if (!group) throw groupNotFound(Name)
      await tx.in(groups).put(scope, Name, { ...group, isDeleting: true })
      const key = `${call.accountId}/${call.region}/${Name}`
      await tx.schedule({ kind: deleteGroupWork, key, dueAtMs: call.clock.nowMs(), scope, payload: { name: Name } })
      return {}
    }),
  )
}

/** How many schedules are removed in one transaction. */
const removedAtOnce = 200

/** Removes some schedules of a group, and at the end the group. */
export const deleteGroupRunner: WorkRunner =
  async ({ scope, payload }) =>
  async (tx) => {
    const { name } = payload as { name: string }
    const inside = await tx.in(schedules).list(scope, { idPrefix: scheduleId(name, ''), limit: removedAtOnce })
    for (const { id, document } of inside) {
      await tx.in(schedules).delete(scope, id)
      await planRun(tx, scope, { ...document, state: 'DISABLED' })
    }
    if (inside.length === removedAtOnce) return { payload }
    if (await tx.in(groups).delete(scope, name)) await countOfGroups.change(tx, scope, 'all', { groups: -1 })
    return undefined
  }

export const shownGroup = (scope: Scope, { name, createdAtMs, modifiedAtMs, isDeleting }: ScheduleGroup) => ({
  ...{ Arn: groupArn(scope, name), Name: name, State: isDeleting ? ('DELETING' as const) : ('ACTIVE' as const) },
  ...(createdAtMs > 0 && { CreationDate: new Date(createdAtMs), LastModificationDate: new Date(modifiedAtMs) }),
})

/** @throws ServiceError ResourceNotFoundException. */
export async function getScheduleGroup(
  { call }: SchedulerContext,
  { Name }: Validated<GetScheduleGroupInput>,
): Promise<GetScheduleGroupOutput> {
  const scope = { accountId: call.accountId, region: call.region }
  const group = await readGroup(call.store, scope, Name)
  if (!group) throw groupNotFound(Name)
  return shownGroup(scope, group)
}

async function changeTags(
  context: SchedulerContext,
  arn: string,
  change: (tags: readonly Tag[]) => Tag[],
): Promise<Record<string, never>> {
  const { call } = context
  const scope = { accountId: call.accountId, region: call.region }
  const name = groupOfArn(context, arn)
  return call.transaction(async (tx) => {
    const group = await tx.in(groups).get(scope, name)
    if (!group) throw groupNotFound(name)
    const modifiedAtMs = call.clock.nowMs()
    await tx.in(groups).put(scope, name, { ...group, tags: change(group.tags), modifiedAtMs })
    return {}
  })
}

/** @throws ServiceError ResourceNotFoundException, ValidationException. */
export const tagResource = (context: SchedulerContext, { ResourceArn, Tags }: Validated<TagResourceInput>) =>
  changeTags(context, ResourceArn, (present) => groupTags.merge(present, Tags))

/** @throws ServiceError ResourceNotFoundException. */
export const untagResource = (context: SchedulerContext, { ResourceArn, TagKeys }: Validated<UntagResourceInput>) =>
  changeTags(context, ResourceArn, (present) => groupTags.remove(present, TagKeys))

/** @throws ServiceError ResourceNotFoundException. */
export async function listTagsForResource(
  context: SchedulerContext,
  { ResourceArn }: Validated<ListTagsForResourceInput>,
): Promise<ListTagsForResourceOutput> {
  const { call } = context
  const name = groupOfArn(context, ResourceArn)
  const group = await readGroup(call.store, call, name)
  if (!group) throw groupNotFound(name)
  return { Tags: group.tags.map((tag) => ({ ...tag })) }
}
