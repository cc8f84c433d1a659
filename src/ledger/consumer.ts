import { setImmediate } from 'node:timers/promises'
import type { Sql } from '../core/sql.ts'
import { StoppedError } from '../core/stopped-error.ts'
import { CoalescedTimer } from './coalesced-timer.ts'
import { type ChainHead, chainStart } from './hash-chain.ts'
import type { LedgerEntry } from './tables.ts'

/** How long new records may gather before they are taken, so that there is one transaction for many. */
const gatheringMs = 25
const retryMs = 1000

/** Follows the ledger by sequence number, at its own pace, and forgets nothing over a crash. */
export interface ConsumerOptions {
  /** Entries after a sequence number, in ascending order. */
  entriesAfter(seq: number, limit: number): Promise<readonly LedgerEntry[]>
  /** The sequence number of the last entry taken, as it is stored; 0 at the beginning. */
  position(): Promise<number>
  /**
   * Does what is to be done with the entries and moves the position from `from` to the last of them, in one transaction:
   * then nothing is lost or done twice, whenever the process ends. Slow work comes before that transaction and must bear
   * to be done again.
   * @returns false, with nothing done, when the position was no longer `from`: another node has taken these entries.
   */
  take(entries: readonly LedgerEntry[], from: number): Promise<boolean>
  /** Whether it wants nothing now: it is then not woken, and reads its position again afterwards. Asked often, so it must be fast. */
  isIdle?(): boolean
  /** Does a little housekeeping when there are no entries to take. @returns whether there is more of it. */
  housekeep?(): Promise<boolean>
  /** Entries taken at once at most: bounds how long a slice keeps the thread. */
  batchSize: number
  /** Called with what failed. It is tried again a second later. */
  onFault(fault: unknown): void
}

/** Runs one consumer. */
export class Consumer {
  readonly #options: ConsumerOptions
  readonly #soon = new CoalescedTimer(gatheringMs, () => this.#start())
  readonly #again = new CoalescedTimer(retryMs, () => this.#start())
  #position: number | undefined
  #waiting: { seq: number; resolve: () => void }[] = []
  #running: Promise<void> | undefined
  #asides: { begin: PromiseWithResolvers<void>; ended: Promise<void> }[] = []
  #awaited = false
  #stopped = false

  constructor(options: ConsumerOptions) {
    this.#options = options
  }

  /** There is something new. */
  wake(): void {
    if (!this.#options.isIdle?.()) this.#soon.ask()
  }

  /** Resolves when every entry up to this one is taken, or when the time is over. */
  async reach(seq: number, timeoutMs: number): Promise<void> {
    if (this.#stopped || (this.#position ?? -1) >= seq) return
    const { promise, resolve } = Promise.withResolvers<void>()
    const waiter = { seq, resolve }
    this.#waiting.push(waiter)
    const timeout = setTimeout(resolve, timeoutMs)
    this.#start()
    await promise
    clearTimeout(timeout)
    this.#waiting = this.#waiting.filter((other) => other !== waiter)
  }

  /** The sequence number of the last entry taken, as it is stored. */
  storedPosition(): Promise<number> {
    return this.#options.position()
  }

  /** Runs work while no entries are being taken. @throws what the work throws; StoppedError when the consumer was stopped. */
  async aside<R>(work: () => Promise<R>): Promise<R> {
    const turn = Promise.withResolvers<void>()
    const ended = Promise.withResolvers<void>()
    if (this.#stopped) throw stopped()
    this.#asides.push({ begin: turn, ended: ended.promise })
    this.#start()
    await turn.promise
    try {
      return await work()
    } finally {
      ended.resolve()
    }
  }

  /** Resolves when nothing runs any more. */
  async stop(): Promise<void> {
    this.#stopped = true
    this.#soon.stop()
    this.#again.stop()
    await this.#running
    this.#reached(Number.POSITIVE_INFINITY)
    for (const { begin } of this.#asides.splice(0)) begin.reject(stopped())
  }

  #start(): void {
    this.#awaited = true
    if (!this.#stopped) this.#running ??= this.#run()
  }

  async #run(): Promise<void> {
    try {
      while (this.#awaited && !this.#stopped) {
        this.#awaited = false
        while (!this.#stopped && (await this.#hasMore())) await setImmediate()
      }
    } catch (fault) {
      this.#position = undefined
      this.#options.onFault(fault)
      this.#again.ask()
    } finally {
      if (this.#options.isIdle) this.#position = undefined
      // In the same turn as the last look at what is awaited: a call from now on starts a new run.
      this.#running = undefined
    }
  }

  async #hasMore(): Promise<boolean> {
    this.#position ??= await this.#options.position()
    const aside = this.#asides.shift()
    aside?.begin.resolve()
    await aside?.ended
    return aside !== undefined || (await this.#takeBatch()) || ((await this.#options.housekeep?.()) ?? false)
  }

  /** @returns whether there may be more. */
  async #takeBatch(): Promise<boolean> {
    const { entriesAfter, take, position, batchSize } = this.#options
    const from = this.#position ?? (await position())
    this.#reached(from)
    const entries = await entriesAfter(from, batchSize)
    const last = entries.at(-1)
    if (!last) return false
    this.#position = (await take(entries, from)) ? last.seq : await position()
    this.#reached(this.#position)
    return true
  }

  #reached(position: number): void {
    const reached = this.#waiting.filter(({ seq }) => seq <= position)
    this.#waiting = this.#waiting.filter(({ seq }) => seq > position)
    for (const { resolve } of reached) resolve()
  }
}

const stopped = () => new StoppedError('The consumer of the ledger was stopped.')

/** The stored position of a consumer that keeps what it makes in SQL tables. */
export async function positionOf(sql: Sql, name: string): Promise<ChainHead> {
  const [row] = await sql.all<{ seq: number; hash: Uint8Array }>(
    'SELECT seq, hash FROM ledger_positions WHERE name = ?',
    [name],
  )
  return row ?? chainStart
}

/**
 * Moves a stored position, inside the transaction that holds what was made of the entries in between.
 * @returns false, with nothing changed, when it no longer stood at `from`.
 */
export async function movePosition(sql: Sql, name: string, from: number, to: ChainHead): Promise<boolean> {
  if (from === chainStart.seq) {
    await sql.run('INSERT INTO ledger_positions (name, seq, hash) VALUES (?, ?, ?) ON CONFLICT (name) DO NOTHING', [
      name,
      chainStart.seq,
      chainStart.hash,
    ])
  }
  const statement = 'UPDATE ledger_positions SET seq = ?, hash = ? WHERE name = ? AND seq = ?'
  return (await sql.run(statement, [to.seq, to.hash, name, from])) > 0
}
