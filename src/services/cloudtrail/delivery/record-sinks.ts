import type { AuditRecord } from '../../../core/audit.ts'
import type { LedgerRecord } from '../../../core/services/record-follower.ts'
import type { DocumentReader, Transaction } from '../../../core/store.ts'
import type { RecordTaker } from '../../../kit/ledger-follower.ts'
import { followedPosition } from '../storage/ledger-position.ts'

/** A record of the ledger, parsed. */
export interface ReadRecord {
  seq: number
  record: AuditRecord
  /** Of its JSON text. */
  bytes: number
}

/** What takes the ledger's records for one kind of resource. */
export interface RecordSink {
  isWanted(reader: DocumentReader): Promise<boolean>
  /** Makes what records give, in order. @returns what writes it, in the transaction that takes them; it may run again. */
  take(read: readonly ReadRecord[]): Promise<(tx: Transaction) => Promise<void>>
}

/** Takes the ledger's records for all kinds of resources: each is parsed once. */
export class RecordSinks implements RecordTaker {
  readonly positions = followedPosition.positions
  readonly name = followedPosition.name
  readonly #sinks: readonly RecordSink[]

  constructor(sinks: readonly RecordSink[]) {
    this.#sinks = sinks
  }

  async isWanted(reader: DocumentReader): Promise<boolean> {
    for (const sink of this.#sinks) if (await sink.isWanted(reader)) return true
    return false
  }

  async take(records: readonly LedgerRecord[]): Promise<(tx: Transaction) => Promise<void>> {
    const read = records.map(({ seq, record }) => ({
      seq,
      record: JSON.parse(record) as AuditRecord,
      bytes: Buffer.byteLength(record),
    }))
    const writes = await Promise.all(this.#sinks.map((sink) => sink.take(read)))
    return async (tx) => {
      for (const write of writes) await write(tx)
    }
  }
}
