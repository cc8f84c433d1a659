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
