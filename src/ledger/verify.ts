import type { KeyObject } from 'node:crypto'
import type { Sql } from '../core/sql.ts'
import { type BadRecord, badRecord } from './bad-record.ts'
import { type Base, isBaseSignedBy, provenBase, storedBase } from './base.ts'
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
  /** The last record that was found sound: all from the first on are, but those that were removed. */
  records: number
  /** What retention has removed, by the server's signed statement: records 1 to `through`. */
  removed?: { through: number; timeMs: number; reason: string }
  /** The last record that a signed checkpoint vouches for; those behind it are proven by the sealed head alone. */
  signedThrough: number
  firstBad?: BadRecord
}

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
  /** What was removed before the records that are read. */
  #base: Base | undefined
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
    await this.#goOnFromBase()
    if (this.#options.fromLastCheckpoint) await this.#beginAt(latest)
    const firstBad =
      (await this.#checkRecords()) ??
      (await this.#checkStrays()) ??
      this.#checkLatest(latest) ??
      (await this.#checkEnd()) ??
      (await this.#checkBase())
    const { seq: through, timeMs, reason } = this.#base ?? {}
    return {
      sound: firstBad === undefined,
      records: this.#head.seq,
      signedThrough: this.#signedThrough,
      ...(through !== undefined &&
        timeMs !== undefined &&
        reason !== undefined && { removed: { through, timeMs, reason } }),
      ...(firstBad && { firstBad }),
    }
  }

  /**
   * Goes on behind what the server has removed, if that is more than was read: a running server may have removed it meanwhile.
   * A base that this ledger did not sign is as none.
   */
  async #goOnFromBase(): Promise<boolean> {
    const base = await provenBase(this.#sql, this.#options.publicKey)
    if (!base || base.seq <= this.#head.seq) return false
    this.#base = base
    this.#head = { seq: base.seq, hash: base.hash }
    this.#signedThrough = base.seq
    this.#firstUnsigned = undefined
    this.#compareEnd(base.seq)
    return true
  }

  /** One that does not hold is found on the way from the first record on. */
  async #beginAt(checkpoint: Checkpoint | undefined): Promise<void> {
    if (!checkpoint || checkpoint.seq < this.#head.seq || !isSignedBy(checkpoint, this.#options.publicKey)) return
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
      let bad: BadRecord | undefined
      for (const entry of entries) {
        bad = (await this.#checkLink(entry)) ?? this.#checkSignatures(entry, checkpoints.get(entry.seq) ?? [])
        if (bad) break
        this.#compareEnd(entry.seq)
      }
      if (bad) {
        if (bad.problem !== 'missing' || !(await this.#goOnFromBase())) return bad
        this.#lastRead = this.#head.seq
        continue
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
    if (entry.seq < seq) {
      const removed = this.#base && entry.seq > 0 && entry.seq <= this.#base.seq
      const place = removed
        ? 'is that of a record that retention has removed'
        : 'is below that of any record that is written'
      return badRecord(entry, 'displaced', `its number ${place}`)
    }
    const hash = hashAt(seq, this.#head.hash, entry.record)
    if (hash.equals(entry.hash)) {
      this.#head = { seq, hash }
      this.#firstUnsigned ??= entry
      return undefined
    }
    return this.#explainBreak(entry, hash)
  }

  /** Names the one of two records that was changed: what follows still continues from the other. */
  async #explainBreak(entry: LedgerEntry, hash: Uint8Array): Promise<BadRecord> {
    const [next] = await entriesAfter(this.#sql, entry.seq, 1)
    const continues = (from: Uint8Array) =>
      next?.seq === entry.seq + 1 && hashAt(next.seq, from, next.record).equals(next.hash)
    if (continues(entry.hash)) return badRecord(entry, 'changed', 'its content is not what was written')
    if (continues(hash)) return badRecord(entry, 'changed', 'its hash is not the one that was written')
    if (!next) return badRecord(entry, 'changed', 'its content and its hash do not fit')
    return badRecord(
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
      return badRecord(entry, 'unsigned', 'the checkpoint that was written with it is missing')
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

  /** Checks the base: one that is not signed has removed nothing here, but was not written by the server. */
  async #checkBase(): Promise<BadRecord | undefined> {
    const stored = await storedBase(this.#sql)
    if (!stored || isBaseSignedBy(stored, this.#options.publicKey)) return undefined
    const detail = `the statement that records up to ${stored.seq} were removed is not signed by this ledger's key`
    return { seq: 1, problem: 'unsigned', detail }
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
    return entry && { ...badRecord(entry, 'unproven', detail), acceptable: true }
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
    return badRecord(
      first,
      'rewritten',
      `one of the records ${first.seq} to ${entry.seq} is not the one that was signed`,
    )
  }

  #unsigned({ seq }: Checkpoint): BadRecord {
    return {
      seq,
      problem: 'unsigned',
      detail: `the checkpoint for record ${seq} is not signed by this ledger's key`,
    }
  }
}
