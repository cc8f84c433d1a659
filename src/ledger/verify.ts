import type { KeyObject } from 'node:crypto'
import type { AuditRecord } from '../core/audit.ts'
import type { Sql } from '../core/sql.ts'
import { type Checkpoint, checkpointInterval, isSignedBy } from './checkpoint.ts'
import { type ChainHead, chainStart, hashAt } from './hash-chain.ts'
import { checkpointsBetween, entriesAfter, type LedgerEntry, lastCheckpoint, lastEntry, strayRows } from './tables.ts'

export interface VerifyOptions {
  /** What checkpoints must be signed with; `ledgerPublicKey` finds it. */
  publicKey: KeyObject
  /** Checkpoints that were kept outside the database: the anchor file, copies of it. */
  kept?: readonly Checkpoint[]
  /** Told now and then how many of how many records have been checked. */
  onProgress?(checked: number, total: number): void
}

export interface VerifyReport {
  sound: boolean
  /** Records from the first on that were found sound. */
  records: number
  /** The last record that a signed checkpoint vouches for; those behind it are chained, but not yet signed. */
  signedThrough: number
  firstBad?: BadRecord
}

export interface BadRecord {
  /** Its sequence number; where records are missing or were replaced, the first of them. */
  seq: number
  eventId?: string
  time?: string
  problem: Problem
  /** What is wrong, in a sentence. */
  detail: string
}

/**
 * `changed`: the record or its hash differs from what was written · `displaced`: it does not continue the chain (inserted,
 * moved, or what was before it removed) · `missing` · `rewritten`: record and hashes are consistent, but not those that were
 * signed · `cut-off`: the end is missing · `unsigned`: a checkpoint is missing or not signed by this ledger.
 */
export type Problem = 'changed' | 'displaced' | 'missing' | 'rewritten' | 'cut-off' | 'unsigned'

/**
 * Proves that no record was changed, removed, inserted or reordered, or names the first that is not as it was written.
 * Reads in slices, so it can run beside a server and over any number of records.
 */
export function verifyLedger(sql: Sql, options: VerifyOptions): Promise<VerifyReport> {
  return new Verification(sql, options).run()
}

const batchSize = 512

class Verification {
  readonly #sql: Sql
  readonly #options: VerifyOptions
  /** The last sound record. */
  #head: ChainHead = chainStart
  #signedThrough = 0
  /** The first record behind the last signed one. */
  #firstUnsigned: LedgerEntry | undefined

  constructor(sql: Sql, options: VerifyOptions) {
    this.#sql = sql
    this.#options = options
  }

  async run(): Promise<VerifyReport> {
    // Found before the records are read: checkpoints that a running server adds meanwhile vouch for records not read here.
    const latest = [await lastCheckpoint(this.#sql), ...(this.#options.kept ?? [])].filter(
      (found) => found !== undefined,
    )
    const firstBad = (await this.#checkRecords()) ?? (await this.#checkStrays()) ?? this.#checkEnd(latest)
    return {
      sound: firstBad === undefined,
      records: this.#head.seq,
      signedThrough: this.#signedThrough,
      ...(firstBad && { firstBad }),
    }
  }

  async #checkRecords(): Promise<BadRecord | undefined> {
    const total = (await lastEntry(this.#sql)).seq
    let lastRead = Number.MIN_SAFE_INTEGER
    for (;;) {
      const entries = await entriesAfter(this.#sql, lastRead, batchSize)
      const last = entries.at(-1)
      if (!last) return undefined
      const checkpoints = await this.#checkpointsBetween(lastRead, last.seq)
      for (const entry of entries) {
        const bad = (await this.#checkLink(entry)) ?? this.#checkSignatures(entry, checkpoints.get(entry.seq) ?? [])
        if (bad) return bad
      }
      lastRead = last.seq
      this.#options.onProgress?.(lastRead, Math.max(total, lastRead))
    }
  }

  async #checkLink(entry: LedgerEntry): Promise<BadRecord | undefined> {
    const seq = this.#head.seq + 1
    if (entry.seq > seq) {
      const through = entry.seq - 1
      const detail = through > seq ? `records ${seq} to ${through} are missing` : `record ${seq} is missing`
      return { seq, problem: 'missing', detail }
    }
    if (entry.seq < seq) return bad(entry, 'displaced', 'its number is below that of any record that is written')
    const hash = hashAt(seq, this.#head.hash, entry.record)
    if (hash.equals(entry.hash)) {
      this.#head = { seq, hash }
      this.#firstUnsigned ??= entry
      return undefined
    }
    return this.#explainBreak(entry, hash)
  }

  /** What follows tells which of the two was changed: it still continues from the other. */
  async #explainBreak(entry: LedgerEntry, hash: Uint8Array): Promise<BadRecord> {
    const [next] = await entriesAfter(this.#sql, entry.seq, 1)
    const continues = (from: Uint8Array) =>
      next?.seq === entry.seq + 1 && hashAt(next.seq, from, next.record).equals(next.hash)
    if (continues(entry.hash)) return bad(entry, 'changed', 'its content is not what was written')
    if (continues(hash)) return bad(entry, 'changed', 'its hash is not the one that was written')
    if (!next) return bad(entry, 'changed', 'its content and its hash do not fit')
    return bad(
      entry,
      'displaced',
      'it does not follow the record before it: it was inserted or moved, or others removed',
    )
  }

  #checkSignatures(entry: LedgerEntry, checkpoints: readonly Checkpoint[]): BadRecord | undefined {
    for (const checkpoint of checkpoints) {
      if (!isSignedBy(checkpoint, this.#options.publicKey)) return this.#unsigned(checkpoint)
      if (Buffer.compare(checkpoint.hash, this.#head.hash) !== 0) return this.#rewritten(entry)
    }
    if (entry.seq % checkpointInterval === 0 && checkpoints.length === 0) {
      return bad(entry, 'unsigned', 'the checkpoint that was written with it is missing')
    }
    if (checkpoints.length > 0) {
      this.#signedThrough = entry.seq
      this.#firstUnsigned = undefined
    }
    return undefined
  }

  async #checkStrays(): Promise<BadRecord | undefined> {
    const [seq] = await strayRows(this.#sql)
    if (seq === undefined) return undefined
    return {
      seq: Number(seq),
      problem: 'displaced',
      detail: `${seq} is no number that a record can have: it was inserted`,
    }
  }

  #checkEnd(latest: readonly Checkpoint[]): BadRecord | undefined {
    for (const checkpoint of latest) {
      if (checkpoint.seq <= this.#head.seq) continue
      if (!isSignedBy(checkpoint, this.#options.publicKey)) return this.#unsigned(checkpoint)
      const time = new Date(checkpoint.timeMs).toISOString()
      const detail = `the ledger ends before it, but a checkpoint of ${time} vouches for records up to ${checkpoint.seq}`
      return { seq: this.#head.seq + 1, problem: 'cut-off', detail }
    }
    return undefined
  }

  async #checkpointsBetween(afterSeq: number, throughSeq: number): Promise<Map<number, Checkpoint[]>> {
    const stored = await checkpointsBetween(this.#sql, afterSeq, throughSeq)
    const kept = (this.#options.kept ?? []).filter(({ seq }) => seq > afterSeq && seq <= throughSeq)
    return Map.groupBy([...stored, ...kept], ({ seq }) => seq)
  }

  #rewritten(entry: LedgerEntry): BadRecord {
    const first = this.#firstUnsigned ?? entry
    return bad(first, 'rewritten', `one of the records ${first.seq} to ${entry.seq} is not the one that was signed`)
  }

  #unsigned({ seq }: Checkpoint): BadRecord {
    return {
      seq,
      problem: 'unsigned',
      detail: `the checkpoint for record ${seq} is not signed by this ledger's key`,
    }
  }
}

function bad(entry: LedgerEntry, problem: Problem, detail: string): BadRecord {
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
