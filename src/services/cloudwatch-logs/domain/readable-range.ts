import { dayMs } from '../../../core/durations.ts'
import type { LogGroup } from './log-group.ts'

/** The latest time that there is for events. */
const endOfTime = 2 ** 47

/** Returns the times that can be read: what has expired cannot, even while it is still there. */
export function readableRange(
  { retentionDays }: LogGroup,
  nowMs: number,
  startTime: number | undefined,
  endTime: number | undefined,
): { fromMs: number; toMs: number } {
  const oldest = retentionDays === undefined ? 0 : nowMs - retentionDays * dayMs
  return { fromMs: Math.max(startTime ?? 0, oldest, 0), toMs: Math.min(endTime ?? endOfTime, endOfTime) }
}
