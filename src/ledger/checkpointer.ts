import type { Clock } from '../core/clock.ts'
import { signAnchor, writeAnchor } from './anchor-file.ts'
import type { LedgerAppender } from './appender.ts'
import { signCheckpoint } from './checkpoint.ts'
import { CoalescedTimer } from './coalesced-timer.ts'
import type { LedgerKey } from './ledger-key.ts'
import { insertCheckpoint, type LedgerIo } from './tables.ts'

/** How long a record may wait for a checkpoint that vouches for it. */
const checkpointDelayMs = 1000

/**
 * Signs the ledger's head a second after records were appended, at the start (for what a crash left unsigned) and at the
 * end, and keeps in the anchor file how far the ledger has come. A head that is not the server's own is never signed.
 */
export class Checkpointer {
  readonly #options: CheckpointerOptions
  readonly #later = new CoalescedTimer(checkpointDelayMs, () => this.#signSoon())
  #signing: Promise<void> = Promise.resolve()
  #signedSeq = 0

  constructor(options: CheckpointerOptions) {
    this.#options = options
  }

  /** Records were appended. */
  appended(): void {
    this.#later.ask()
  }

  async stop(): Promise<void> {
    this.#later.stop()
    await this.#signing
    await this.sign()
  }

  /** Signs what was appended until now, behind what is being signed. */
  signNow(): Promise<void> {
    const signed = this.#signing.then(() => this.sign())
    this.#signing = signed.catch(() => {})
    return signed
  }

  /** Signs the head, unless it is signed already. */
  async sign(): Promise<void> {
    const { io, appender, anchorFile, clock, key } = this.#options
    const head = await io.read((sql) => appender.head(sql))
    if (head.seq <= this.#signedSeq) return
    const timeMs = clock.nowMs()
    await io.write((sql) => insertCheckpoint(sql, signCheckpoint(head, timeMs, key.privateKey)))
    if (anchorFile) await writeAnchor(anchorFile, signAnchor(head, timeMs, key.privateKey))
    this.#signedSeq = head.seq
  }

  // One after another, so that an older checkpoint never replaces a later one in the file.
  #signSoon(): void {
    this.#signing = this.#signing
      .then(() => this.sign())
      .catch((fault) => {
        this.#options.onFault(fault)
        this.#later.ask()
      })
  }
}

export interface CheckpointerOptions {
  io: LedgerIo
  appender: LedgerAppender
  clock: Clock
  key: LedgerKey
  /** Absent where nothing is kept on disk. */
  anchorFile: string | undefined
  onFault(fault: unknown): void
}
