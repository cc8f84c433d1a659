import type { AuditRecord } from '../audit.ts'

/** A call of an operation that is recorded as a data event, before its record is made. */
export interface DataEvent {
  /** `s3.amazonaws.com` */
  eventSource: string
  eventName: string
  region: string
  /** Of the caller. */
  accountId: string
  readOnly: boolean
}

/** Decides which data events are recorded: trails and event data stores ask for them. */
export interface DataEventInterest {
  /** Rules out what is surely not wanted, before a record is made. Asked in every such call, so it must be fast. */
  mayWant(event: DataEvent): boolean
  /** Decides on a record that was not ruled out. */
  wants(record: AuditRecord): boolean
}
