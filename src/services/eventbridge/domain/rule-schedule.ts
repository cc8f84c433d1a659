import { parseSchedule, type Schedule } from '../../../kit/schedules/schedule-expression.ts'
import { invalidParameter } from './errors.ts'

/** Reads `rate(…)` or `cron(…)` of a rule. @throws ServiceError ValidationException. */
export function checkRuleSchedule(text: string): Schedule {
  const schedule = parseSchedule(text)
  if (!schedule || schedule.every === 'once') throw invalidParameter('ScheduleExpression')
  return schedule
}
