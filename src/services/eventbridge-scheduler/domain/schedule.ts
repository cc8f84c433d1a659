import type { Target as SdkTarget } from '@aws-sdk/client-scheduler'
import { minuteMs } from '../../../core/durations.ts'
import { nextRun, parseSchedule } from '../../../kit/schedules/schedule-expression.ts'
import type { Tag } from '../../../kit/tags.ts'

export type Target = SdkTarget & { Arn: string; RoleArn: string }

export interface ScheduleGroup {
  name: string
  /** Distinguishes it from one of the same name before. */
  id: string
  createdAtMs: number
  modifiedAtMs: number
  tags: readonly Tag[]
  /** It is gone as soon as its schedules are. */
  isDeleting?: true
}

export interface Schedule {
  name: string
  group: string
  /** Another one after each change, so that runs of what it was before are not made. */
  version: string
  expression: string
  timeZone?: string
  startMs?: number
  endMs?: number
  description?: string
  state: 'ENABLED' | 'DISABLED'
  target: Target
  /** How many minutes after its time a run may begin; absent where it begins in time. */
  windowMinutes?: number
  deletesItself?: true
  createdAtMs: number
  modifiedAtMs: number
}

/**
 * Returns the time of the next run of a schedule.
 * @param afterMs - only runs behind it. Absent: the first run of all.
 * @returns undefined when there is none.
 */
export function nextTimeOf(schedule: Schedule, afterMs?: number): number | undefined {
  const { expression, timeZone, startMs, endMs, modifiedAtMs, state } = schedule
  const parsed = parseSchedule(expression)
  if (!parsed || state === 'DISABLED') return undefined
  const fromMs = Math.max(startMs ?? modifiedAtMs, modifiedAtMs)
  // A rate counts from the start date, and runs for the first time then, or at once.
  const options = {
    startMs: startMs ?? (parsed.every === 'rate' ? modifiedAtMs : 0),
    ...(timeZone !== undefined && { timeZone }),
  }
  const nextMs = nextRun(parsed, afterMs ?? fromMs - 1, options)
  return nextMs === undefined || (endMs !== undefined && nextMs > endMs) ? undefined : nextMs
}

/** Returns when a run begins: within the window of the schedule, at random. */
export const beginOf = ({ windowMinutes = 0 }: Schedule, timeMs: number, random: number): number =>
  timeMs + Math.floor(windowMinutes * minuteMs * random)
