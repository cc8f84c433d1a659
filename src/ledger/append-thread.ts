import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import { StoreUnavailableError } from '../core/store.ts'
import type { AppendBatch } from './append-behind.ts'
import type { ChainHead } from './hash-chain.ts'

export interface AppendWorkerData {
  databaseFile: string
  key: AppendBatch['key']
}

/** What the worker is sent. */
export type AppendOrder = Pick<AppendBatch, 'head' | 'texts' | 'timeMs'>

/** What the worker sends: once that it can begin, then one answer for each order. */
export type AppendReply = 'ready' | { head: ChainHead } | { failure: string }

const restMs = 1000

/**
 * A thread that appends to a file database, so that the serving thread neither writes nor waits for the disk. It is started
 * when it is first asked for, and again after it has ended.
 */
export class AppendThread {
  readonly #data: AppendWorkerData
  readonly #onFault: (fault: unknown) => void
  #worker: Worker | undefined
  #ready = false
  #asked: PromiseWithResolvers<ChainHead> | undefined
  #resting = false
  #stopped = false

  constructor(data: AppendWorkerData, onFault: (fault: unknown) => void) {
    this.#data = data
    this.#onFault = onFault
  }

  /** Returns whether it can append now; where it does not run yet, it is started. */
  isReady(): boolean {
    if (!this.#worker && !this.#stopped && !this.#resting) this.#start()
    return this.#ready
  }

  /**
   * One order after the other. @returns the new head, once it is durable.
   * @throws StoreUnavailableError - nothing was appended; or the thread has ended, and it is unknown whether it was.
   */
  append(order: AppendOrder): Promise<ChainHead> {
    if (this.#asked) throw new Error('the thread is appending already')
    this.#asked = Promise.withResolvers()
    this.#worker?.ref()
    this.#worker?.postMessage(order)
    return this.#asked.promise
  }

  /** Called when nothing is being appended any more. */
  async stop(): Promise<void> {
    this.#stopped = true
    this.#ready = false
    const worker = this.#worker
    if (!worker) return
    worker.ref()
    const ended = new Promise((resolve) => worker.once('exit', resolve))
    worker.postMessage('stop')
    await ended
  }

  #start(): void {
    // The same module runs from source and as built.
    const entry = new URL(`./append-worker${extname(import.meta.filename)}`, import.meta.url)
    const worker = new Worker(entry, { workerData: this.#data })
    // It keeps the process alive only while an answer is awaited.
    worker.unref()
    worker.on('message', (reply: AppendReply) => this.#receive(reply))
    worker.on('error', this.#onFault)
    worker.on('exit', () => this.#ended())
    this.#worker = worker
  }

  #receive(reply: AppendReply): void {
    if (reply === 'ready') {
      this.#ready = !this.#stopped
      return
    }
    const asked = this.#asked
    this.#asked = undefined
    if (!this.#stopped) this.#worker?.unref()
    if ('head' in reply) asked?.resolve(reply.head)
    else asked?.reject(new StoreUnavailableError(`The database cannot be used now: ${reply.failure}.`))
  }

  #ended(): void {
    this.#worker = undefined
    this.#ready = false
    // One that cannot even begin is not tried with every group.
    this.#resting = true
    setTimeout(() => {
      this.#resting = false
    }, restMs).unref()
    this.#asked?.reject(new StoreUnavailableError('The thread that appends to the ledger has ended.'))
    this.#asked = undefined
  }
}
