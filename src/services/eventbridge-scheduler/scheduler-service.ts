import type { AuditDeclaration, Operation, Permission } from '../../core/operation.ts'
import {
  createScheduleGroup,
  deleteScheduleGroup,
  getScheduleGroup,
  listTagsForResource,
  tagResource,
  untagResource,
} from './operations/groups.ts'
import { listScheduleGroups, listSchedules } from './operations/lists.ts'
import { onAll, onGroup, onSchedule, onTagged } from './operations/permissions.ts'
import { createSchedule, deleteSchedule, getSchedule, updateSchedule } from './operations/schedules.ts'
import type { SchedulerContext } from './scheduler-context.ts'

type Handle<I, O> = (context: SchedulerContext, input: I) => Promise<O>
type Decide<I> = (context: SchedulerContext, input: I) => readonly Permission[] | Promise<readonly Permission[]>

const read = <I extends object, O>(
  handle: Handle<I, O>,
  permissions: Decide<I>,
): Operation<SchedulerContext, I, O> => ({ handle, permissions, readOnly: true })

const write = <I extends object, O>(
  handle: Handle<I, O>,
  permissions: Decide<I>,
  audit?: AuditDeclaration<SchedulerContext, I, O>,
): Operation<SchedulerContext, I, O> => ({ handle, permissions, readOnly: false, ...(audit && { audit }) })

const hidesInput = { hideRequest: ['target.input'] }

/** Everything EventBridge Scheduler can do. */
export const schedulerOperations = {
  CreateSchedule: write(createSchedule, onSchedule, hidesInput),
  UpdateSchedule: write(updateSchedule, onSchedule, hidesInput),
  DeleteSchedule: write(deleteSchedule, onSchedule),
  GetSchedule: read(getSchedule, onSchedule),
  ListSchedules: read(listSchedules, onAll('schedule')),

  CreateScheduleGroup: write(createScheduleGroup, onGroup),
  DeleteScheduleGroup: write(deleteScheduleGroup, onGroup),
  GetScheduleGroup: read(getScheduleGroup, onGroup),
  ListScheduleGroups: read(listScheduleGroups, onAll('schedule-group')),

  TagResource: write(tagResource, onTagged),
  UntagResource: write(untagResource, onTagged),
  ListTagsForResource: read(listTagsForResource, onTagged),
} satisfies Record<string, Operation<SchedulerContext, never, unknown>>
