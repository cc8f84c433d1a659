import type { AuditRecord } from '../audit.ts'

/** A record as it was parsed, with its place in the ledger. */
export interface PlacedRecord {
  /** Its place: 1 for the first. */
  seq: number
  record: AuditRecord
}

/** Knows which records a trail takes that logs: events of calls come to event buses only with one. */
export interface TrailCoverage {
  /** @returns for each record, in their order, whether a trail takes it. */
  covered(records: readonly PlacedRecord[]): Promise<readonly boolean[]>
}
