import type { Clock } from '../core/clock.ts'
import { minuteMs, secondMs } from '../core/durations.ts'
import type { LedgerRecord, LedgerTail, RecordFollower } from '../core/services/record-follower.ts'
import type { CollectionSpec, Scope, Store, Transaction } from '../core/store.ts'

const everywhere: Scope = { accountId: '', region: '' }

/** How long a server that follows nothing may not notice that another node has begun to want records. */
const noticedWithinMs = secondMs

/** Larger than the place of any record. */
const noPosition = Number.MAX_SAFE_INTEGER

/** What a service makes of the ledger's records, while something wants them. */
export interface RecordTaker {
  /** Where the position is kept; no document while nothing wants records. */
  positions: CollectionSpec<LedgerPosition>
  /** The id of the position in that collection. */
  name: string
  /** Returns whether something wants records. Read in the transaction that takes them, too, so it costs one or two reads. */
  isWanted(reader: Pick<Store, 'in'>): Promise<boolean>
  /** Makes what records give, in order. @returns what writes it, in the transaction that moves the position; it may run again. */
  take(records: readonly LedgerRecord[]): Promise<(tx: Transaction) => Promise<void>>
}

export interface LedgerPosition {
  seq: number
  /** When something was last about to want records. */
  begunAtMs: number
}

/** A position is kept so long for what is about to want records: its change may not be committed yet. */
const keptForMs = minuteMs

/**
 * Follows the ledger for a service while something wants records. While nothing does, the ledger is neither read nor parsed, and no
 * position is written.
 */
export class LedgerFollower implements RecordFollower {
  readonly #store: Store
  readonly #ledger: LedgerTail
  readonly #clock: Clock
  readonly #taker: RecordTaker
  #isFollowing = false
  #lookedAtMs = Number.NEGATIVE_INFINITY

  constructor({ store, ledger, clock }: { store: Store; ledger: LedgerTail; clock: Clock }, taker: RecordTaker) {
    this.#store = store
    this.#ledger = ledger
    this.#clock = clock
    this.#taker = taker
  }

  /**
   * Begins to follow the ledger at its present end, if nothing wanted records before. Called before the change that makes something
   * want them: calls behind the answer are then not missed.
   */
  async begin(): Promise<number> {
    const lastSeq = await this.#ledger.lastSeq()
    const begunAtMs = this.#clock.nowMs()
    const { seq } = await this.#store.transaction(async (tx) => {
      // Also where there is one: so that it is not forgotten before the change is committed.
      const position = { seq: (await this.#stored(tx))?.seq ?? lastSeq, begunAtMs }
      await this.#put(tx, position)
      return position
    })
    this.#isFollowing = true
    return seq
  }

  isIdle(): boolean {
    if (this.#isFollowing) return false
    const nowMs = performance.now()
    if (nowMs - this.#lookedAtMs < noticedWithinMs) return true
    this.#lookedAtMs = nowMs
    return false
  }

  async position(): Promise<number> {
    const stored = await this.#stored(this.#store)
    this.#isFollowing = stored !== undefined
    if (stored) return stored.seq
    // Something may have begun to want records while what wanted them before was forgotten.
    return (await this.#taker.isWanted(this.#store)) ? this.begin() : noPosition
  }

  async take(records: readonly LedgerRecord[], from: number): Promise<boolean> {
    const last = records.at(-1)?.seq ?? from
    const write = await this.#taker.take(records)
    return this.#store.transaction(async (tx) => {
      const stored = await this.#stored(tx)
      if (stored?.seq !== from) return false
      const isWanted = await this.#taker.isWanted(tx)
      if (!isWanted && Math.abs(this.#clock.nowMs() - stored.begunAtMs) > keptForMs) {
        await tx.in(this.#taker.positions).delete(everywhere, this.#taker.name)
        return false
      }
      if (isWanted) await write(tx)
      await this.#put(tx, { ...stored, seq: last })
      return true
    })
  }

  #stored(reader: Pick<Store, 'in'>) {
    return readPosition(reader, this.#taker)
  }

  #put(tx: Transaction, position: LedgerPosition): Promise<void> {
    return tx.in(this.#taker.positions).put(everywhere, this.#taker.name, position)
  }
}

/** Returns up to where a service has taken the ledger; undefined while nothing wants records. */
export const readPosition = (
  reader: Pick<Store, 'in'>,
  { positions, name }: Pick<RecordTaker, 'positions' | 'name'>,
): Promise<LedgerPosition | undefined> => Promise.resolve(reader.in(positions).get(everywhere, name))
