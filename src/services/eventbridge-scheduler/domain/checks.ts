import type { CreateScheduleInput } from '@aws-sdk/client-scheduler'
import { minuteMs } from '../../../core/durations.ts'
import { parseSchedule } from '../../../kit/schedules/schedule-expression.ts'
import {
  endsBeforeStart,
  endsInPast,
  invalidExpression,
  invalidTimeZone,
  startsTooEarly,
  windowNeeded,
} from './errors.ts'

/** Checks what a request says about the times of a schedule. @throws ServiceError ValidationException. */
export function checkTimes(
  {
    ScheduleExpression = '',
    ScheduleExpressionTimezone,
    StartDate,
    EndDate,
    FlexibleTimeWindow,
  }: Pick<
    CreateScheduleInput,
    'ScheduleExpression' | 'ScheduleExpressionTimezone' | 'StartDate' | 'EndDate' | 'FlexibleTimeWindow'
  >,
  nowMs: number,
): void {
  if (!parseSchedule(ScheduleExpression)) throw invalidExpression(ScheduleExpression)
  if (ScheduleExpressionTimezone !== undefined && !isTimeZone(ScheduleExpressionTimezone)) {
    throw invalidTimeZone(ScheduleExpressionTimezone)
  }
  if (StartDate && StartDate.getTime() < nowMs - 5 * minuteMs) throw startsTooEarly()
  if (EndDate && EndDate.getTime() <= nowMs) throw endsInPast()
  if (StartDate && EndDate && EndDate <= StartDate) throw endsBeforeStart()
  const { Mode, MaximumWindowInMinutes } = FlexibleTimeWindow ?? {}
  if ((Mode === 'FLEXIBLE') !== (MaximumWindowInMinutes !== undefined)) throw windowNeeded()
}

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name })
    return true
  } catch {
    return false
  }
}
