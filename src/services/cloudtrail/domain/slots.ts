import { minuteMs } from '../../../core/durations.ts'

/** Files are written when the clock shows a multiple of this. */
export const slotMs = 5 * minuteMs

/** Returns when the files of events that were taken at a time are written. */
export const slotAfter = (timeMs: number): number => slotOf(timeMs) + slotMs

/** Returns the multiple of five minutes that a time is in. */
export const slotOf = (timeMs: number): number => Math.floor(timeMs / slotMs) * slotMs
