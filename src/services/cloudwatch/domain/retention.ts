import { dayMs, daySeconds, hourMs, hourSeconds, minuteSeconds, secondMs } from '../../../core/durations.ts'

/** How data of one resolution are kept: data points of so many seconds each, for a time. */
export interface Resolution {
  seconds: number
  keptMs: number
  /** Data are stored, read and removed by stretches of so many seconds. */
  chunkSeconds: number
  /** Whether data that are too old wait to be put together into coarser ones. */
  waits?: boolean
}

/** AWS's retention. What is too old for one resolution is put together to the next; that of a second is in the minute already.
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_concepts.html#metrics-retention
 */
export const resolutions: Readonly<Record<'second' | 'minute' | 'fiveMinutes' | 'hour', Resolution>> = {
  second: { seconds: 1, keptMs: 3 * hourMs, chunkSeconds: hourSeconds },
  minute: { seconds: minuteSeconds, keptMs: 15 * dayMs, chunkSeconds: daySeconds, waits: true },
  fiveMinutes: { seconds: 300, keptMs: 63 * dayMs, chunkSeconds: 7 * daySeconds, waits: true },
  hour: { seconds: hourSeconds, keptMs: 455 * dayMs, chunkSeconds: 63 * daySeconds },
}

export const floorTo = (seconds: number, step: number): number => Math.floor(seconds / step) * step

export const chunkOf = ({ chunkSeconds }: Resolution, startSeconds: number): number =>
  Math.floor(startSeconds / chunkSeconds)

/** Returns whether data that begin at a time still have a resolution. */
export const isKept = ({ keptMs }: Resolution, startSeconds: number, nowMs: number): boolean =>
  startSeconds * secondMs >= nowMs - keptMs

/**
 * Rounds the begin of a request's range down, as AWS does: to the minute, or what else data of that age have.
 * @param periodSeconds - below a minute, a request begins where such a period does.
 */
export function roundedStart(startMs: number, periodSeconds: number, nowMs: number): number {
  const start = Math.floor(startMs / secondMs)
  const age = nowMs - startMs
  if (age <= resolutions.second.keptMs && periodSeconds < minuteSeconds) return floorTo(start, periodSeconds)
  if (age <= resolutions.minute.keptMs) return floorTo(start, minuteSeconds)
  return floorTo(start, age <= resolutions.fiveMinutes.keptMs ? resolutions.fiveMinutes.seconds : hourSeconds)
}

/** Returns whether a period is one that data can be asked for in. */
export const isPeriod = (seconds: number): boolean =>
  [1, 5, 10, 20, 30].includes(seconds) || (seconds > 0 && seconds % minuteSeconds === 0)
