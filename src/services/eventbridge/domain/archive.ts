/** An archive of the events of a bus. */
export interface Archive {
  name: string
  busName: string
  arn: string
  description?: string
  pattern?: string
  /** 0: for ever. */
  retentionDays: number
  createdAtMs: number
  /** Distinguishes it from one of the same name before. */
  id: string
}

export interface Replay {
  name: string
  /** Distinguishes it from one of the same name before. */
  id: string
  archiveName: string
  archiveId: string
  busName: string
  description?: string
  /** Events from the one time on, up to but without the other. */
  fromMs: number
  untilMs: number
  /** Only these rules get the events. Absent: all. */
  onlyRules?: readonly string[]
  state: 'STARTING' | 'RUNNING' | 'CANCELLING' | 'COMPLETED' | 'CANCELLED'
  startedAtMs: number
  endedAtMs?: number
  lastReplayedMs?: number
}

export const isActive = (state: Replay['state']): boolean => state !== 'COMPLETED' && state !== 'CANCELLED'
