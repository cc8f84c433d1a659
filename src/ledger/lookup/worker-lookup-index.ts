import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { EventPage, EventQuery } from '../../core/event-history.ts'
import { StoreUnavailableError } from '../../core/store.ts'
import { CoalescedTimer } from '../coalesced-timer.ts'

export interface IndexFiles {
  databaseFile: string
  indexFile: string
}

/** Each message brings the server's time: its clock may be moved, and the worker has none of its own. */
export type ToWorker = { nowMs: number } & (
  | { kind: 'wake' }
  | { kind: 'find'; id: number; query: EventQuery }
  | { kind: 'stop' }
)

export type FromWorker =
  | { kind: 'found'; id: number; page: EventPage }
  | { kind: 'failed'; id: number; message: string }
  | { kind: 'fault'; message: string }

const gatheringMs = 25
const restartMs = 1000

/** The index of a file database, kept and asked in a worker thread, so that the serving thread has no part in it. */
export class WorkerLookupIndex {
  readonly #options: WorkerLookupIndexOptions
  readonly #waking = new CoalescedTimer(gatheringMs, () => this.#send({ kind: 'wake' }))
  readonly #restart = new CoalescedTimer(restartMs, () => this.#start())
  readonly #asked = new Map<number, PromiseWithResolvers<EventPage>>()
  #lastId = 0
  #worker: Worker | undefined
  #stopping = false

  constructor(options: WorkerLookupIndexOptions) {
    this.#options = options
    this.#start()
  }

  wake(): void {
    this.#waking.ask()
  }

  /** @throws StoreUnavailableError while the worker is being restarted. */
  find(query: EventQuery): Promise<EventPage> {
    const answer = Promise.withResolvers<EventPage>()
    const id = ++this.#lastId
    this.#asked.set(id, answer)
    this.#worker?.ref()
    if (!this.#send({ kind: 'find', id, query })) this.#failAll('the index is being restarted')
    return answer.promise
  }

  async stop(): Promise<void> {
    this.#stopping = true
    this.#waking.stop()
    this.#restart.stop()
    const worker = this.#worker
    if (!worker) return
    worker.ref()
    const ended = new Promise((resolve) => worker.once('exit', resolve))
    this.#send({ kind: 'stop' })
    await ended
  }

  #start(): void {
    const { databaseFile, indexFile } = this.#options
    const workerData: IndexFiles = { databaseFile, indexFile }
    // The same module runs from source and as built.
    const entry = new URL(`./index-worker${extname(import.meta.filename)}`, import.meta.url)
    const worker = new Worker(entry, { workerData })
    // It keeps the process alive only while an answer is awaited.
    worker.unref()
    worker.on('message', (message: FromWorker) => this.#receive(message))
    worker.on('error', (fault) => this.#options.onFault(fault))
    worker.on('exit', () => this.#ended())
    this.#worker = worker
    this.#waking.ask()
  }

  #receive(message: FromWorker): void {
    if (message.kind === 'fault') {
      this.#options.onFault(new Error(message.message))
      return
    }
    const asked = this.#asked.get(message.id)
    this.#asked.delete(message.id)
    if (this.#asked.size === 0 && !this.#stopping) this.#worker?.unref()
    if (message.kind === 'found') asked?.resolve(message.page)
    else asked?.reject(unavailable(message.message))
  }

  /** @returns false when there is no worker to send to. */
  #send(message: { kind: 'wake' } | { kind: 'find'; id: number; query: EventQuery } | { kind: 'stop' }): boolean {
    this.#worker?.postMessage({ ...message, nowMs: this.#options.nowMs() } satisfies ToWorker)
    return this.#worker !== undefined
  }

  #ended(): void {
    this.#worker = undefined
    this.#failAll('the index ended')
    if (!this.#stopping) this.#restart.ask()
  }

  #failAll(reason: string): void {
    for (const { reject } of this.#asked.values()) reject(unavailable(reason))
    this.#asked.clear()
  }
}

export interface WorkerLookupIndexOptions extends IndexFiles {
  nowMs(): number
  onFault(fault: unknown): void
}

const unavailable = (reason: string) => new StoreUnavailableError(`The event history cannot be read now: ${reason}.`)
