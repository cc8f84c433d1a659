import { randomUUID } from 'node:crypto'
import type {
  CreateScheduleInput,
  CreateScheduleOutput,
  DeleteScheduleInput,
  GetScheduleInput,
  GetScheduleOutput,
  UpdateScheduleInput,
  UpdateScheduleOutput,
} from '@aws-sdk/client-scheduler'
import type { Validated } from '../../../core/operation.ts'
import { ServiceError } from '../../../core/service-error.ts'
import { checkTimes } from '../domain/checks.ts'
import {
  groupIsDeleted,
  groupNotFound,
  notSupported,
  roleNotAssumable,
  scheduleExists,
  scheduleNotFound,
} from '../domain/errors.ts'
import { defaultGroupName, groupArn, scheduleArn, schedulerPrincipal } from '../domain/names.ts'
import type { Schedule, Target } from '../domain/schedule.ts'
import { checkTarget } from '../domain/target-checks.ts'
import { universalTarget } from '../domain/universal-target.ts'
import type { SchedulerContext } from '../scheduler-context.ts'
import { readGroup, requestTokens, scheduleId, schedules } from '../storage/collections.ts'
import { planRun } from './runs.ts'

/**
 * Makes a schedule.
 * @throws ServiceError ConflictException, ResourceNotFoundException, ValidationException.
 * @see https://docs.aws.amazon.com/scheduler/latest/APIReference/API_CreateSchedule.html
 */
export async function createSchedule(
  context: SchedulerContext,
  { ClientToken, ...input }: Validated<CreateScheduleInput>,
): Promise<CreateScheduleOutput> {
  const { call } = context
  const schedule = await scheduleOf(context, input)
  const { group, name } = schedule
  const arn = scheduleArn(call, group, name)
  const scope = { accountId: call.accountId, region: call.region }
  return call.transaction((tx) =>
    requestTokens.once(tx, call, { token: ClientToken, input }, async () => {
      const present = await readGroup(tx, scope, group)
      if (!present) throw groupNotFound(group)
      if (present.isDeleting) throw groupIsDeleted(group)
      if (await tx.in(schedules).get(scope, scheduleId(group, name))) throw scheduleExists(name)
      await tx.in(schedules).put(scope, scheduleId(group, name), schedule)
      await planRun(tx, scope, schedule)
      return { ScheduleArn: arn }
    }),
  )
}

/**
 * Replaces all of a schedule: what the request leaves out has its default again.
 * @throws ServiceError ConflictException, ResourceNotFoundException, ValidationException.
 * @see https://docs.aws.amazon.com/scheduler/latest/APIReference/API_UpdateSchedule.html
 */
export async function updateSchedule(
  context: SchedulerContext,
  { ClientToken, ...input }: Validated<UpdateScheduleInput>,
): Promise<UpdateScheduleOutput> {
  const { call } = context
  const { accountId, region } = call
  const scope = { accountId, region }
  const group = input.GroupName ?? defaultGroupName
  if (!(await call.store.in(schedules).get(scope, scheduleId(group, input.Name)))) throw scheduleNotFound(input.Name)
  const schedule = await scheduleOf(context, input)
  return call.transaction((tx) =>
    requestTokens.once(tx, call, { token: ClientToken, input }, async () => {
      const present = await tx.in(schedules).get(scope, scheduleId(group, input.Name))
      if (!present) throw scheduleNotFound(input.Name)
      const changed = { ...schedule, createdAtMs: present.createdAtMs }
      await tx.in(schedules).put(scope, scheduleId(group, input.Name), changed)
      await planRun(tx, scope, changed)
      return { ScheduleArn: scheduleArn(call, group, input.Name) }
    }),
  )
}

/** @throws ServiceError ResourceNotFoundException. */
export async function deleteSchedule(
  { call }: SchedulerContext,
  { Name, GroupName = defaultGroupName, ClientToken }: Validated<DeleteScheduleInput>,
): Promise<Record<string, never>> {
  const scope = { accountId: call.accountId, region: call.region }
  return call.transaction((tx) =>
    requestTokens.once(tx, call, { token: ClientToken, input: { Name, GroupName } }, async () => {
      const schedule = await tx.in(schedules).get(scope, scheduleId(GroupName, Name))
      if (!schedule) throw scheduleNotFound(Name)
      await tx.in(schedules).delete(scope, scheduleId(GroupName, Name))
      await planRun(tx, scope, { ...schedule, state: 'DISABLED' })
      return {}
    }),
  )
}

/** @throws ServiceError ResourceNotFoundException. */
export async function getSchedule(
  { call }: SchedulerContext,
  { Name, GroupName = defaultGroupName }: Validated<GetScheduleInput>,
): Promise<GetScheduleOutput> {
  const scope = { accountId: call.accountId, region: call.region }
  const schedule = await call.store.in(schedules).get(scope, scheduleId(GroupName, Name))
  if (!schedule) throw scheduleNotFound(Name)
  const { windowMinutes, startMs, endMs, description } = schedule
  return {
    ...{ Arn: scheduleArn(scope, GroupName, Name), GroupName, Name, State: schedule.state },
    ScheduleExpression: schedule.expression,
    ScheduleExpressionTimezone: schedule.timeZone ?? 'UTC',
    ...(startMs !== undefined && { StartDate: new Date(startMs) }),
    ...(endMs !== undefined && { EndDate: new Date(endMs) }),
    ...(description !== undefined && { Description: description }),
    Target: schedule.target,
    FlexibleTimeWindow:
      windowMinutes === undefined ? { Mode: 'OFF' } : { Mode: 'FLEXIBLE', MaximumWindowInMinutes: windowMinutes },
    ActionAfterCompletion: schedule.deletesItself ? 'DELETE' : 'NONE',
    CreationDate: new Date(schedule.createdAtMs),
    LastModificationDate: new Date(schedule.modifiedAtMs),
  }
}

/** Checks a request, and the role that it names, and makes a schedule of it. @throws ServiceError ValidationException. */
async function scheduleOf(
  context: SchedulerContext,
  input: Validated<Omit<CreateScheduleInput, 'ClientToken'>>,
): Promise<Schedule> {
  const { call } = context
  const nowMs = call.clock.nowMs()
  checkTimes(input, nowMs)
  if (input.KmsKeyArn) throw notSupported('KmsKeyArn')
  const target = input.Target as Target
  const group = input.GroupName ?? defaultGroupName
  const universal = checkTarget(target) === 'universal' ? universalTarget(target.Arn) : undefined
  if (universal && !(await context.calls.has(universal.service, universal.operation))) {
    throw notSupported(`The target ${target.Arn}`)
  }
  await checkRole(context, target.RoleArn, group)
  const { Description, StartDate, EndDate, State, ScheduleExpressionTimezone, FlexibleTimeWindow } = input
  return {
    ...{ name: input.Name, group, version: randomUUID(), expression: input.ScheduleExpression, target },
    ...(ScheduleExpressionTimezone !== undefined && { timeZone: ScheduleExpressionTimezone }),
    ...(StartDate && { startMs: StartDate.getTime() }),
    ...(EndDate && { endMs: EndDate.getTime() }),
    ...(Description !== undefined && { description: Description }),
    state: State === 'DISABLED' ? 'DISABLED' : 'ENABLED',
    ...(FlexibleTimeWindow.Mode === 'FLEXIBLE' && { windowMinutes: FlexibleTimeWindow.MaximumWindowInMinutes ?? 1 }),
    ...(input.ActionAfterCompletion === 'DELETE' && { deletesItself: true }),
    ...{ createdAtMs: nowMs, modifiedAtMs: nowMs },
  }
}

/** @throws ServiceError ValidationException - the role cannot be assumed by the service. */
async function checkRole({ call, roles }: SchedulerContext, roleArn: string, group: string): Promise<void> {
  const source = { arn: groupArn(call, group), accountId: call.accountId }
  try {
    await roles.caller({
      roleArn,
      sessionName: 'scheduler',
      principal: schedulerPrincipal,
      source,
      region: call.region,
    })
  } catch (error) {
    throw error instanceof ServiceError ? roleNotAssumable() : error
  }
}
