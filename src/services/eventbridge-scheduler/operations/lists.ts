import type {
  ListScheduleGroupsInput,
  ListScheduleGroupsOutput,
  ListSchedulesInput,
  ListSchedulesOutput,
} from '@aws-sdk/client-scheduler'
import type { Validated } from '../../../core/operation.ts'
import { groupNotFound } from '../domain/errors.ts'
import { defaultGroupName, scheduleArn } from '../domain/names.ts'
import type { SchedulerContext } from '../scheduler-context.ts'
import { groups, readGroup, scheduleId, schedules } from '../storage/collections.ts'
import { shownGroup } from './groups.ts'
import { pageOf } from './pages.ts'

/** @throws ServiceError ResourceNotFoundException, ValidationException. */
export async function listSchedules(
  context: SchedulerContext,
  { GroupName, NamePrefix, State, NextToken, MaxResults }: Validated<ListSchedulesInput>,
): Promise<ListSchedulesOutput> {
  const { call } = context
  const scope = { accountId: call.accountId, region: call.region }
  if (GroupName !== undefined && !(await readGroup(call.store, scope, GroupName))) throw groupNotFound(GroupName)
  const idPrefix = GroupName === undefined ? '' : scheduleId(GroupName, NamePrefix ?? '')
  const list = [GroupName, NamePrefix, State]
  const isFiltered = State !== undefined || (GroupName === undefined && NamePrefix !== undefined)
  const { rows, next } = await pageOf(
    context,
    { token: NextToken, limit: MaxResults, list },
    (afterId, limit) => call.store.in(schedules).list(scope, { idPrefix, afterId, limit }),
    isFiltered
      ? ({ name, state }) => (State === undefined || state === State) && name.startsWith(NamePrefix ?? '')
      : undefined,
  )
  return {
    Schedules: rows.map(({ name, group, state, target, createdAtMs, modifiedAtMs }) => ({
      ...{ Arn: scheduleArn(scope, group, name), Name: name, GroupName: group, State: state },
      ...{ CreationDate: new Date(createdAtMs), LastModificationDate: new Date(modifiedAtMs) },
      Target: { Arn: target.Arn },
    })),
    ...(next !== undefined && { NextToken: next }),
  }
}

/** @throws ServiceError ValidationException. */
export async function listScheduleGroups(
  context: SchedulerContext,
  { NamePrefix = '', NextToken, MaxResults }: Validated<ListScheduleGroupsInput>,
): Promise<ListScheduleGroupsOutput> {
  const { call } = context
  const scope = { accountId: call.accountId, region: call.region }
  const fallback = defaultGroupName.startsWith(NamePrefix)
    ? await readGroup(call.store, scope, defaultGroupName)
    : undefined
  const page = { token: NextToken, limit: MaxResults, list: [NamePrefix] }
  const { rows, next } = await pageOf(context, page, async (after, limit) => {
    const found = await call.store.in(groups).list(scope, { idPrefix: NamePrefix, afterId: after, limit })
    if (fallback && (after === undefined || after < defaultGroupName))
      found.push({ id: defaultGroupName, document: fallback })
    return found.sort((a, b) => (a.id < b.id ? -1 : 1)).slice(0, limit)
  })
  return {
    ScheduleGroups: rows.map((group) => shownGroup(scope, group)),
    ...(next !== undefined && { NextToken: next }),
  }
}
