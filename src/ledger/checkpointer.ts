import { createPublicKey, type KeyObject } from 'node:crypto'
import { readAnchor, toGoOn, writeAnchor } from './anchor-file.ts'
import type { LedgerAppender } from './appender.ts'
import { Later } from './later.ts'
import { hashOf, insertCheckpoint, type LedgerIo, lastEntry } from './tables.ts'

/** How long a record may wait for a checkpoint that vouches for it. */
const checkpointDelayMs = 1000

/**
 * Signs the ledger's head a second after records were appended, at the start (for what a crash left unsigned) and at the
 * end, and keeps the last checkpoint in the anchor file.
 */
export class Checkpointer {
  readonly #options: CheckpointerOptions
  readonly #later = new Later(checkpointDelayMs, () => this.#signSoon())
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

  /** Signs the head, unless it is signed already. */
  async sign(): Promise<void> {
    const { io, appender, anchorFile } = this.#options
    const head = await io.read((sql) => appender.head(sql))
    if (head.seq <= this.#signedSeq) return
    const checkpoint = appender.checkpoint(head)
    await io.write((sql) => insertCheckpoint(sql, checkpoint))
    if (anchorFile) await writeAnchor(anchorFile, checkpoint)
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
  /** Absent where the database is not a file of this machine. */
  anchorFile: string | undefined
  onFault(fault: unknown): void
}

/** The database ends before, or differs from, the checkpoint that the anchor file holds. */
export class AnchorMismatchError extends Error {
  constructor(file: string, anchorSeq: number, lastSeq: number) {
    const found = lastSeq < anchorSeq ? `the ledger ends at record ${lastSeq}` : 'the ledger holds another record there'
    super(
      `${file} vouches for the ledger up to record ${anchorSeq}, but ${found}. Records were cut off or replaced, or an ` +
        `older copy of the database was put in place. ${toGoOn}`,
    )
    this.name = 'AnchorMismatchError'
  }
}

/**
 * Compares the database with the anchor file. The anchor is written after what it vouches for is durable, so an honest
 * crash never leaves it ahead.
 * @throws AnchorMismatchError, MissingAnchorError, UnreadableAnchorError
 */
export async function checkAnchor(io: LedgerIo, file: string, privateKey: KeyObject): Promise<void> {
  const anchor = await readAnchor(file, createPublicKey(privateKey))
  // A ledger without records vouches for nothing.
  if (anchor.seq === 0) return
  const found = await io.read((sql) => hashOf(sql, anchor.seq))
  if (found && Buffer.compare(found, anchor.hash) === 0) return
  const { seq } = await io.read(lastEntry)
  throw new AnchorMismatchError(file, anchor.seq, seq)
}
