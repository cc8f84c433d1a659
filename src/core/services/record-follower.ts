/** A record as it stands in the ledger. */
export interface LedgerRecord {
  /** Its place: 1 for the first. */
  seq: number
  /** The JSON text of an AuditRecord. */
  record: string
}

/** Takes the ledger's records behind the calls that made them, in order, and forgets none over a crash. */
export interface RecordFollower {
  /** The place of the last record taken, as it is stored. While it wants none, any number that is large enough. */
  position(): Promise<number>
  /**
   * Does what is to be done with records, and moves the position from `from` to the last of them, in one transaction.
   * @returns false, with nothing done, when the position was no longer `from`: another node has taken these records.
   */
  take(records: readonly LedgerRecord[], from: number): Promise<boolean>
  /** Whether it wants none now. Asked whenever something is recorded, so it must be fast. */
  isIdle(): boolean
}

/** The end of the ledger, for services that make something of what is recorded. */
export interface LedgerTail {
  /** The place of the last record; 0 where there is none. */
  lastSeq(): Promise<number>
  /**
   * Reads records by their places, beside the serving thread where the database can. Those that have left the ledger are left out.
   * @throws StoreUnavailableError
   */
  read(seqs: readonly number[]): Promise<LedgerRecord[]>
  /** Hands records to a follower until the server stops. */
  follow(follower: RecordFollower): void
}
