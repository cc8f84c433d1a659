import { setImmediate } from 'node:timers/promises'
import type { Clock } from '../core/clock.ts'
import { baseOf, isBaseSignedBy, putBase, signBase } from './base.ts'
import { checkpointInterval, isSignedBy } from './checkpoint.ts'
import { type ChainHead, chainStart, hashAt } from './hash-chain.ts'
import type { LedgerKey } from './ledger-key.ts'
import { checkpointsBetween, deleteEntries, entriesAfter, type LedgerEntry, type LedgerIo } from './tables.ts'

/** Which records may leave the ledger: those that any of these lets go. Everything stays when both are absent. */
export interface RetentionRule {
  /** Records that a checkpoint of at least this age vouches for. */
  maxAgeMs?: number
  /** All but so many of the latest, and a few more. At least two checkpoint intervals, so that what leaves is signed. */
  maxRecords?: number
  /** The rule in a few words, for the statement of what was removed: `older than 90d`. */
  reason: string
}

export interface RetentionOptions {
  io: LedgerIo
  clock: Clock
  key: LedgerKey
  rule: RetentionRule
  /** The last record. @throws StoreUnavailableError - the ledger does not end as the server left it. */
  head(): Promise<ChainHead>
  /**
   * Has those who read the ledger let go of entries up to a sequence number.
   * @returns the last one that no reader needs any more; at most `seq`.
   */
  release(seq: number, exactly: boolean): Promise<number>
}

/** What was to be removed is not a chain as it was signed: nothing of it is removed, so that it can be looked at. */
export class UnsoundRecordsError extends Error {
  constructor(detail: string) {
    super(`Retention removes nothing from the ledger: ${detail}. Run: strongroom ledger verify`)
    this.name = 'UnsoundRecordsError'
  }
}

/** What one transaction removes at most; a record that is larger goes alone. */
const sliceRecords = 128
const sliceCharacters = 256 * 1024

/** How many records their readers let go of together. */
const recordsAtOnce = 64 * checkpointInterval

/**
 * Removes the oldest records in small transactions. Each of them also moves the signed base, so that the ledger can be verified
 * from there on after a crash between any two. Records leave only after their chain up to the next signed checkpoint was proven,
 * after their readers have let go of them, and never the last one.
 */
export class Retention {
  readonly #options: RetentionOptions
  #last: Promise<unknown> = Promise.resolve()
  readonly #ending = new AbortController()

  constructor(options: RetentionOptions) {
    this.#options = options
  }

  /**
   * Removes what may leave now. One run at a time.
   * @param signal - ends it between two slices.
   * @returns whether there may be more to remove, because it was ended.
   * @throws UnsoundRecordsError, StoreUnavailableError - what was removed before is removed.
   */
  enforce(signal?: AbortSignal): Promise<boolean> {
    const ending = this.#ending.signal
    const run = this.#last.then(() => this.#enforce(signal ? AbortSignal.any([signal, ending]) : ending))
    this.#last = run.catch(() => {})
    return run
  }

  /** Ends what runs between two slices, and resolves when it has ended. */
  async stop(): Promise<void> {
    this.#ending.abort()
    await this.#last
  }

  get isByAge(): boolean {
    return this.#options.rule.maxAgeMs !== undefined
  }

  /** Returns when the next record may leave by its age; undefined while there is none but the last. */
  async nextMs(): Promise<number | undefined> {
    const { io, head, rule } = this.#options
    const [base, last] = [await this.#base(), await head()]
    const [next] = await io.read((sql) => checkpointsBetween(sql, base.seq, last.seq - 1, 1))
    return next && rule.maxAgeMs !== undefined ? next.timeMs + rule.maxAgeMs : undefined
  }

  async #enforce(signal: AbortSignal): Promise<boolean> {
    for (;;) {
      if (signal.aborted) return true
      const base = await this.#base()
      const end = base.seq + recordsAtOnce
      const { seq, exactly } = await this.#wanted(base.seq)
      if (seq <= base.seq) return false
      const through = Math.min(seq, end)
      const released = await this.#options.release(through, exactly && seq <= end)
      const removed = await this.#removeThrough(released, base, signal)
      if (removed === base.seq) return signal.aborted
    }
  }

  /** @returns how far it came. */
  async #removeThrough(seq: number, from: ChainHead, signal: AbortSignal): Promise<number> {
    let base = from
    while (base.seq < seq) {
      const proven = await this.#proveNext(base)
      for (const slice of slicesOf(proven.filter((entry) => entry.seq <= seq))) {
        if (signal.aborted) return base.seq
        const moved = await this.#remove(base, slice)
        // Another node does the same.
        if (!moved) return base.seq
        base = moved
        await setImmediate()
      }
    }
    return base.seq
  }

  async #base(): Promise<ChainHead> {
    const { io, key } = this.#options
    const base = await io.read(baseOf)
    if (!base) return chainStart
    if (!isBaseSignedBy(base, key.publicKey)) {
      throw new UnsoundRecordsError('the statement of what was removed before is not signed by its key')
    }
    return base
  }

  /** Up to which record the rule lets them go. */
  async #wanted(afterSeq: number): Promise<{ seq: number; exactly: boolean }> {
    const { clock, rule, head } = this.#options
    const last = await head()
    const surplusSeq = rule.maxRecords === undefined ? 0 : last.seq - rule.maxRecords
    const end = Math.min(last.seq - 1, afterSeq + recordsAtOnce)
    const agedSeq = rule.maxAgeMs === undefined ? 0 : await this.#agedSeq(afterSeq, end, clock.nowMs() - rule.maxAgeMs)
    return { seq: Math.max(surplusSeq, agedSeq), exactly: agedSeq >= surplusSeq }
  }

  /** The last checkpoint before which all are of a time or older: with a clock that was set back, times do not only grow. */
  async #agedSeq(afterSeq: number, throughSeq: number, timeMs: number): Promise<number> {
    const checkpoints = await this.#options.io.read((sql) => checkpointsBetween(sql, afterSeq, throughSeq))
    const young = checkpoints.findIndex((checkpoint) => checkpoint.timeMs > timeMs)
    return (young === -1 ? checkpoints : checkpoints.slice(0, young)).at(-1)?.seq ?? afterSeq
  }

  /** The records behind a base up to the next checkpoint. @throws UnsoundRecordsError */
  async #proveNext(base: ChainHead): Promise<LedgerEntry[]> {
    const { io, key } = this.#options
    const end = base.seq + checkpointInterval
    const checkpoints = await io.read((sql) => checkpointsBetween(sql, base.seq, end))
    // Where there are some between the regular ones, the last vouches for all.
    const checkpoint = checkpoints.at(-1)
    if (!checkpoint) throw new UnsoundRecordsError(`the checkpoint behind record ${base.seq} is missing`)
    if (!isSignedBy(checkpoint, key.publicKey)) {
      throw new UnsoundRecordsError(`the checkpoint for record ${checkpoint.seq} is not signed by its key`)
    }
    const entries = await io.readApart((sql) => entriesAfter(sql, base.seq, checkpoint.seq - base.seq))
    let head = base
    for (const entry of entries) {
      const seq = head.seq + 1
      const hash = hashAt(seq, head.hash, entry.record)
      if (entry.seq !== seq || !hash.equals(entry.hash)) break
      head = { seq, hash }
    }
    if (head.seq === checkpoint.seq && Buffer.compare(head.hash, checkpoint.hash) === 0) return entries
    throw new UnsoundRecordsError(
      `one of the records ${base.seq + 1} to ${checkpoint.seq} is not the one that was signed`,
    )
  }

  /** @returns the new base; undefined, with nothing done, when the base has moved. */
  async #remove(base: ChainHead, slice: readonly LedgerEntry[]): Promise<ChainHead | undefined> {
    const { io, clock, key, rule } = this.#options
    const last = slice.at(-1)
    if (!last) return undefined
    const moved = signBase(last, clock.nowMs(), rule.reason, key.privateKey)
    const done = await io.write(async (sql) => {
      if (((await baseOf(sql))?.seq ?? chainStart.seq) !== base.seq) return false
      await putBase(sql, moved)
      const removed = await deleteEntries(sql, base.seq, last.seq)
      if (removed !== slice.length) throw new UnsoundRecordsError('other records are there than a moment ago')
      return true
    })
    return done ? moved : undefined
  }
}

/** Cuts records into what one transaction removes. */
function* slicesOf(entries: readonly LedgerEntry[]): Generator<readonly LedgerEntry[]> {
  let slice: LedgerEntry[] = []
  let characters = 0
  for (const entry of entries) {
    if (slice.length === sliceRecords || (slice.length > 0 && characters + entry.record.length > sliceCharacters)) {
      yield slice
      slice = []
      characters = 0
    }
    slice.push(entry)
    characters += entry.record.length
  }
  if (slice.length > 0) yield slice
}
