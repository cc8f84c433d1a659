import type { Clock } from '../../../core/clock.ts'
import { secondMs } from '../../../core/durations.ts'
import type { LedgerRecord, LedgerTail, RecordFollower } from '../../../core/services/record-follower.ts'
import type { CollectionSpec, Store, Transaction } from '../../../core/store.ts'
import { compilePattern } from '../../../kit/event-patterns/compile-pattern.ts'
import { apiCallEvent, mayFitApiCalls } from '../domain/api-call-event.ts'
import type { Archive } from '../domain/archive.ts'
import { defaultBusName } from '../domain/names.ts'
import type { Rule } from '../domain/rule.ts'
import { everywhere, ledgerPositions, onlyPosition } from '../storage/ledger-position.ts'
import type { Router } from './router.ts'

/** How many rules and archives want events of calls, in all accounts and Regions. */
const wanting: CollectionSpec<{ count: number }> = { name: 'eventbridge.wanting-api-calls' }

/** How long a server that follows nothing may not notice that another node has made the first rule. */
const noticedWithinMs = secondMs

/** Larger than the place of any record. */
const noPosition = Number.MAX_SAFE_INTEGER

/**
 * Brings the records of calls to the rules that want them. While no rule does, it follows nothing: the ledger is neither read nor
 * parsed, and no position is written.
 */
export class ApiCalls implements RecordFollower {
  readonly #store: Store
  readonly #ledger: LedgerTail
  readonly #clock: Clock
  readonly #router: Router
  #isFollowing = false
  #lookedAtMs = Number.NEGATIVE_INFINITY

  constructor({ store, ledger, clock }: { store: Store; ledger: LedgerTail; clock: Clock }, router: Router) {
    this.#store = store
    this.#ledger = ledger
    this.#clock = clock
    this.#router = router
  }

  /**
   * Begins to follow the ledger at its present end, if something wants events of calls and nothing did before. Called before the
   * change that makes it want them: calls behind the answer are then not missed.
   */
  async prepare(subscriber: Subscribing): Promise<void> {
    if (wantsApiCalls(subscriber)) await this.#begin()
  }

  async #begin(): Promise<number> {
    const stored = await this.#store.in(ledgerPositions).get(everywhere, onlyPosition)
    const seq = stored?.seq ?? (await this.#ledger.lastSeq())
    if (!stored) {
      await this.#store.transaction(async (tx) => {
        if (!(await tx.in(ledgerPositions).get(everywhere, onlyPosition)))
          await tx.in(ledgerPositions).put(everywhere, onlyPosition, { seq })
      })
    }
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
    const stored = await this.#store.in(ledgerPositions).get(everywhere, onlyPosition)
    this.#isFollowing = stored !== undefined
    if (stored) return stored.seq
    // The first rule may have been made while the last one before it was forgotten.
    return (await readCount(this.#store)) > 0 ? this.#begin() : noPosition
  }

  async take(records: readonly LedgerRecord[], from: number): Promise<boolean> {
    const last = records.at(-1)?.seq ?? from
    const nowMs = this.#clock.nowMs()
    const events = records.map(({ record }) => apiCallEvent(record, nowMs)).filter((event) => event !== undefined)
    return this.#store.transaction(async (tx) => {
      if ((await tx.in(ledgerPositions).get(everywhere, onlyPosition))?.seq !== from) return false
      // Nothing wants them any more.
      if ((await readCount(tx)) === 0) {
        await tx.in(ledgerPositions).delete(everywhere, onlyPosition)
        return false
      }
      for (const { bus, event } of events) await this.#router.route(tx, bus, event)
      await tx.in(ledgerPositions).put(everywhere, onlyPosition, { seq: last })
      return true
    })
  }
}

/** A rule, or an archive, which has no state. */
type Subscribing = Pick<Rule | Archive, 'busName' | 'pattern'> & { state?: string }

const readCount = async (reader: Pick<Store, 'in'>): Promise<number> =>
  (await reader.in(wanting).get(everywhere, onlyPosition))?.count ?? 0

/** Returns whether a rule or an archive may get events of calls. They come to the default bus, and go on to others from there. */
export function wantsApiCalls({ busName, pattern, state }: Subscribing): boolean {
  if (busName !== defaultBusName || state === 'DISABLED') return false
  // An archive without a pattern takes everything; a rule without one takes nothing.
  if (pattern === undefined) return state === undefined
  return mayFitApiCalls(compilePattern(pattern))
}

/** Counts what wants events of calls, in the transaction of its change. */
export async function countWanting(tx: Transaction, before: boolean, after: boolean): Promise<void> {
  if (before === after) return
  const count = (await readCount(tx)) + (after ? 1 : -1)
  await tx.in(wanting).put(everywhere, onlyPosition, { count })
}
