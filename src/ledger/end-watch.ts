import { StoreUnavailableError } from '../core/store.ts'
import type { OwnEnd } from './own-end.ts'
import type { LedgerIo } from './tables.ts'

/** How long a change of the ledger by another program may stay unnoticed where nothing is recorded. */
const lookEveryMs = 1000

export interface EndWatchOptions {
  io: LedgerIo
  end: OwnEnd
  onFault(fault: unknown): void
}

/** Looks every second whether the ledger still ends as the server left it. */
export class EndWatch {
  readonly #options: EndWatchOptions
  readonly #timer: NodeJS.Timeout

  constructor(options: EndWatchOptions) {
    this.#options = options
    this.#timer = setInterval(() => this.look().catch(options.onFault), lookEveryMs).unref()
  }

  /** @returns what is wrong. */
  async look(): Promise<string | undefined> {
    const { io, end } = this.#options
    try {
      await io.read((sql) => end.look(sql))
    } catch (failure) {
      // Without its database a server has nothing to look at, and its requests say so.
      if (!(failure instanceof StoreUnavailableError)) throw failure
    }
    return end.alarm
  }

  stop(): void {
    clearInterval(this.#timer)
  }
}
