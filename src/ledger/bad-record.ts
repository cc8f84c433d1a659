import type { AuditRecord } from '../core/audit.ts'
import type { LedgerEntry } from './tables.ts'

/** The first record that is not as it was written. */
export interface BadRecord {
  /** Its sequence number; where records are missing or were replaced, the first of them. */
  seq: number
  eventId?: string
  time?: string
  problem: Problem
  /** What is wrong, in a sentence. */
  detail: string
  /** The records are a chain as it was signed, and only their end is not proven: `strongroom ledger accept` can go on from there. */
  acceptable?: true
}

/**
 * `changed`: the record or its hash differs from what was written · `displaced`: it does not continue the chain (inserted,
 * moved, or what was before it removed) · `missing` · `rewritten`: record and hashes are consistent, but not those that were
 * signed · `cut-off`: the end is missing · `unsigned`: a checkpoint is missing or not signed by this ledger · `unproven`: it
 * stands behind the last signature, and nothing shows that the server has written it.
 */
export type Problem = 'changed' | 'displaced' | 'missing' | 'rewritten' | 'cut-off' | 'unsigned' | 'unproven'

/** A record that is there, under its name. */
export function badRecord(entry: LedgerEntry, problem: Problem, detail: string): BadRecord {
  return { seq: entry.seq, ...namesOf(entry.record), problem, detail }
}

/** What a record is called; a damaged one may say nothing. */
function namesOf(record: string): Pick<BadRecord, 'eventId' | 'time'> {
  try {
    const { eventID, eventTime } = JSON.parse(record) as Partial<AuditRecord>
    return { eventId: eventID, time: eventTime }
  } catch {
    return {}
  }
}
