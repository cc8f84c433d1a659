import { BoundedMap } from '../core/bounded-map.ts'
import { secondMs } from '../core/durations.ts'
import { type Store, StoreUnavailableError, type Transaction } from '../core/store.ts'

/** The time of a use; services add what else they show of it. */
export interface Use {
  atMs: number
}

export interface UseRecorderOptions<Recorded extends Use> {
  store: Pick<Store, 'transaction'>
  /** How long a use stays in memory before it is written: what a killed server loses at most. */
  writeAfterMs: number
  /** Uses of one thing that are less than this apart count as one. 0: the last use is kept exactly. */
  resolutionMs: number
  /** Writes a use unless the store knows better: what was used may be gone, or another server may have written. */
  write(tx: Transaction, id: string, use: Recorded): Promise<void>
  /** Reports why uses could not be written, other than a store that cannot write. They are tried again. */
  onFault(fault: unknown): void
  /** So many are written at once, so that memory stays bounded. Default: 10,000. */
  pendingAtMost?: number
}

/** In one transaction, so that others do not wait long for theirs. */
const writtenTogether = 100

/** At least, so that a store that cannot write is not asked again at once. */
const retryAfterMs = secondMs

/** Forgetting when something was noted costs one more look into the store, no more. */
const rememberedAtMost = 10_000

/**
 * Records when things were last used: in memory first, and written together a little later, so that no request waits for it
 * or writes. A service calls `flush` when it stops.
 */
export class UseRecorder<Recorded extends Use> {
  readonly #options: UseRecorderOptions<Recorded>
  readonly #pendingAtMost: number
  /** What is not written yet. */
  readonly #pending = new Map<string, Recorded>()
  /** When each was last noted by this process. */
  readonly #notedAtMs = new BoundedMap<string, number>(rememberedAtMost)
  #timer: NodeJS.Timeout | undefined
  #writing: Promise<void> | undefined

  constructor(options: UseRecorderOptions<Recorded>) {
    this.#options = options
    this.#pendingAtMost = options.pendingAtMost ?? 10_000
  }

  note(id: string, use: Recorded): void {
    const { resolutionMs } = this.#options
    // While many are written, as many again may come, and no more.
    if (this.#pending.size >= 2 * this.#pendingAtMost && !this.#pending.has(id)) return
    if (resolutionMs > 0) {
      const notedAtMs = this.#notedAtMs.get(id)
      // In both directions: the clock may have been moved back.
      if (notedAtMs !== undefined && Math.abs(use.atMs - notedAtMs) < resolutionMs) return
      this.#notedAtMs.set(id, use.atMs)
    }
    this.#pending.set(id, use)
    if (this.#pending.size >= this.#pendingAtMost) void this.flush()
    else this.#writeAfter(this.#options.writeAfterMs)
  }

  /** A use that is not written yet. */
  pending(id: string): Recorded | undefined {
    return this.#pending.get(id)
  }

  /** Resolves when all that was noted before is written, or cannot be written. Never rejects. */
  async flush(): Promise<void> {
    // What is being written began without what was noted since.
    if (this.#writing) await this.#writing
    if (this.#pending.size === 0) return
    this.#writing ??= this.#writePending().finally(() => {
      this.#writing = undefined
    })
    await this.#writing
  }

  #writeAfter(ms: number): void {
    this.#timer ??= setTimeout(() => this.flush(), ms).unref()
  }

  /** Writes what is pending now. What is noted meanwhile waits for its time, however busy the server is. */
  async #writePending(): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const uses = [...this.#pending]
    try {
      for (let start = 0; start < uses.length; start += writtenTogether) {
        await this.#write(uses.slice(start, start + writtenTogether))
      }
      if (this.#pending.size > 0) this.#writeAfter(this.#options.writeAfterMs)
    } catch (fault) {
      // What stays noted is written later. A store that cannot write fails every request loudly.
      if (!(fault instanceof StoreUnavailableError)) this.#options.onFault(fault)
      if (this.#pending.size >= this.#pendingAtMost) this.#forgetAll()
      else this.#writeAfter(Math.max(this.#options.writeAfterMs, retryAfterMs))
    }
  }

  #forgetAll(): void {
    for (const id of this.#pending.keys()) this.#notedAtMs.delete(id)
    this.#pending.clear()
  }

  async #write(batch: readonly [id: string, use: Recorded][]): Promise<void> {
    await this.#options.store.transaction(async (tx) => {
      for (const [id, use] of batch) await this.#options.write(tx, id, use)
    })
    // A use that was noted meanwhile is still to be written.
    for (const [id, use] of batch) if (this.#pending.get(id) === use) this.#pending.delete(id)
  }
}
