import type { KeyObject } from 'node:crypto'
import type { AuditRecord } from '../core/audit.ts'
import type { Sql } from '../core/sql.ts'
import { type Checkpoint, checkpointInterval, isSignedBy } from './checkpoint.ts'
import { type ChainHead, chainStart, hashAt } from './hash-chain.ts'
import { isSealedBy } from './head.ts'
import {
  checkpointsBetween,
  entriesAfter,
  hashOf,
  knowsHeads,
  type LedgerEnd,
  type LedgerEntry,
  lastCheckpoint,
  lastEntry,
  ledgerEnd,
  strayRows,
} from './tables.ts'

export interface VerifyOptions {
  /** What checkpoints must be signed with. */
  publicKey: KeyObject
  /** Opens the proof of the records behind the last checkpoint; without it the end is taken as it stands. */
  headKey?: KeyObject
  /** The ledger is as earlier versions kept it, which proved nothing behind the last checkpoint. */
  earlier?: boolean
  /** Anchors, their signatures proven: of the anchor file, of copies of it. */
  kept?: readonly Checkpoint[]
  /** Begin at the last checkpoint, whose signature vouches for what is before it. */
  fromLastCheckpoint?: boolean
  /** Called now and then with how many of how many records have been checked. */
  onProgress?(checked: number, total: number): void
}

export interface VerifyReport {
  sound: boolean
  /** Records from the first on that were found sound. */
  records: number
  /** The last record that a signed checkpoint vouches for; those behind it are proven by the sealed head alone. */
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
  #lastRead = Number.MIN_SAFE_INTEGER
  #signedThrough = 0
  /** Where the ledger ended when this began. */
  #end: LedgerEnd | undefined
  #endDiffers = false
  /** The first record behind the last signed one. */
  #firstUnsigned: LedgerEntry | undefined

  constructor(sql: Sql, options: VerifyOptions) {
    this.#sql = sql
    this.#options = options
  }

  async run(): Promise<VerifyReport> {
    // Found before the records are read: what a running server adds meanwhile vouches for records not read here.
    this.#end = (await knowsHeads(this.#sql)) ? await ledgerEnd(this.#sql) : undefined
    const latest = await lastCheckpoint(this.#sql)
    if (this.#options.fromLastCheckpoint) await this.#beginAt(latest)
    const firstBad =
      (await this.#checkRecords()) ??
      (await this.#checkStrays()) ??
      this.#checkLatest(latest) ??
      (await this.#checkEnd())
    return {
      sound: firstBad === undefined,
      records: this.#head.seq,
      signedThrough: this.#signedThrough,
      ...(firstBad && { firstBad }),
    }
  }

  /** One that does not hold is found on the way from the first record on. */
  async #beginAt(checkpoint: Checkpoint | undefined): Promise<void> {
    if (!checkpoint || !isSignedBy(checkpoint, this.#options.publicKey)) return
    const { seq, hash } = checkpoint
    const found = await hashOf(this.#sql, seq)
    if (!found || Buffer.compare(found, hash) !== 0) return
    this.#head = { seq, hash }
    this.#signedThrough = seq
    this.#lastRead = seq
    this.#compareEnd(seq)
  }

  async #checkRecords(): Promise<BadRecord | undefined> {
    const total = (await lastEntry(this.#sql)).seq
    for (;;) {
      const entries = await entriesAfter(this.#sql, this.#lastRead, batchSize)
      const last = entries.at(-1)
      if (!last) return undefined
      const checkpoints = await this.#checkpointsBetween(this.#lastRead, last.seq)
      for (const entry of entries) {
        const bad = (await this.#checkLink(entry)) ?? this.#checkSignatures(entry, checkpoints.get(entry.seq) ?? [])
        if (bad) return bad
        this.#compareEnd(entry.seq)
      }
      this.#lastRead = last.seq
      this.#options.onProgress?.(last.seq, Math.max(total, last.seq))
    }
  }

  /** Noted for the end: what else is wrong is worse. */
  #compareEnd(seq: number): void {
    const head = this.#end?.head
    if (head?.seq === seq && Buffer.compare(head.hash, this.#head.hash) !== 0) this.#endDiffers = true
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

  /** What follows shows which of the two was changed: it still continues from the other. */
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
      if (!this.#isProven(checkpoint)) return this.#unsigned(checkpoint)
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
      detail: `${seq} cannot be the number of a record: it was inserted`,
    }
  }

  #checkLatest(latest: Checkpoint | undefined): BadRecord | undefined {
    for (const checkpoint of [latest, ...(this.#options.kept ?? [])]) {
      if (!checkpoint || checkpoint.seq <= this.#head.seq) continue
      if (!this.#isProven(checkpoint)) return this.#unsigned(checkpoint)
      const time = new Date(checkpoint.timeMs).toISOString()
      const detail = `the ledger ends before it, but a checkpoint of ${time} vouches for records up to ${checkpoint.seq}`
      return { seq: this.#head.seq + 1, problem: 'cut-off', detail }
    }
    return undefined
  }

  async #checkEnd(): Promise<BadRecord | undefined> {
    const { headKey, earlier } = this.#options
    const head = this.#end?.head
    const last = this.#end?.last ?? this.#head
    if (earlier) {
      // Where nodes shared a database, there was a head, but it proved nothing.
      if (head && head.seq > last.seq) return this.#cutOff(last.seq + 1, `the server had written ${head.seq} records`)
      return this.#unproven(
        this.#signedThrough + 1,
        'the earlier version of the server that wrote it was not stopped, but ended',
      )
    }
    if (headKey && !(head && isSealedBy(head, headKey))) {
      const proof = head ? 'what proves the end of the ledger was altered' : 'what proves the end of the ledger is gone'
      return (await this.#unproven(this.#signedThrough + 1, proof)) ?? this.#cutOff(last.seq + 1, proof)
    }
    if (!head) return undefined
    if (last.seq < head.seq) return this.#cutOff(last.seq + 1, `the server had written ${head.seq} records`)
    if (this.#endDiffers)
      return this.#unproven(this.#signedThrough + 1, 'it, or one that follows, is not what the server wrote')
    if (last.seq > head.seq) return this.#unproven(head.seq + 1, `the server had written ${head.seq} records`)
    return undefined
  }

  #cutOff(seq: number, detail: string): BadRecord {
    return { seq, problem: 'cut-off', detail: `the ledger ends before it, but ${detail}`, acceptable: true }
  }

  /** Undefined when there is no such record. */
  async #unproven(seq: number, detail: string): Promise<BadRecord | undefined> {
    const [entry] = await entriesAfter(this.#sql, seq - 1, 1)
    return entry && { ...bad(entry, 'unproven', detail), acceptable: true }
  }

  /** Kept ones were proven when they were read. */
  #isProven(checkpoint: Checkpoint): boolean {
    return this.#options.kept?.includes(checkpoint) || isSignedBy(checkpoint, this.#options.publicKey)
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
