import { extname } from 'node:path'
import type { SqlValue } from '../core/sql.ts'
import { StoreUnavailableError } from '../core/store.ts'
import { Threads } from '../core/threads.ts'
import type { ApartDatabase } from './connection.ts'

/** What a thread is asked. */
export interface ReadQuestion {
  statement: string
  parameters: readonly SqlValue[]
  maxRows: number
  /** One byte: not zero when the answer is not waited for any more. */
  ended: SharedArrayBuffer
}

/** `overflow`: there are more rows than may be asked for. `wrong`: what SQLite says of the statement. */
export type ReadAnswer = { rows: Record<string, SqlValue>[] } | { overflow: true } | { wrong: string }

const mostThreads = 2

/**
 * Threads that read a SQLite file on connections of their own, beside the connection that writes (write-ahead log). They are started
 * when something is first asked.
 */
export class ReaderThreads implements ApartDatabase {
  readonly #threads: Threads<ReadQuestion, ReadAnswer>
  readonly #open = new Set<SharedArrayBuffer>()
  readonly #maxRows: number

  constructor(file: string, maxRows: number) {
    // The same module runs from source and as built.
    const entry = new URL(`./reader-worker${extname(import.meta.filename)}`, import.meta.url)
    this.#threads = new Threads(entry, mostThreads, { workerData: { file } })
    this.#maxRows = maxRows
  }

  /** A statement that aborts is ended at its next row. @throws the signal's reason, StoreUnavailableError, RangeError */
  async all(
    statement: string,
    parameters: readonly SqlValue[],
    signal?: AbortSignal,
  ): Promise<Record<string, SqlValue>[]> {
    signal?.throwIfAborted()
    const ended = new SharedArrayBuffer(1)
    const abort = Promise.withResolvers<never>()
    const onAbort = () => {
      end(ended)
      abort.reject(signal?.reason)
    }
    signal?.addEventListener('abort', onAbort, { once: true })
    this.#open.add(ended)
    try {
      const asked = this.#threads.ask({ statement, parameters, maxRows: this.#maxRows, ended })
      const answer = await Promise.race([abort.promise, asked.catch(unavailable)])
      if ('rows' in answer) return answer.rows
      throw 'wrong' in answer ? new Error(answer.wrong) : tooManyRows(this.#maxRows)
    } finally {
      signal?.removeEventListener('abort', onAbort)
      this.#open.delete(ended)
    }
  }

  /** Ends what is being read. */
  async close(): Promise<void> {
    for (const ended of this.#open) end(ended)
    await this.#threads.close()
  }
}

export const tooManyRows = (maxRows: number) =>
  new RangeError(`A statement that reads apart gives at most ${maxRows} rows: ask for a page at a time.`)

const end = (ended: SharedArrayBuffer) => Atomics.store(new Uint8Array(ended), 0, 1)

function unavailable(cause: unknown): never {
  throw new StoreUnavailableError('The database cannot be read now: the thread that reads it has ended.', { cause })
}
