import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { EventPage, EventQuery } from '../../core/event-history.ts'
import { StoreUnavailableError } from '../../core/store.ts'
import { CoalescedTimer } from '../coalesced-timer.ts'

export interface IndexFiles {
  databaseFile: string
  indexFile: string
  /** As for `LookupIndexOptions`. */
  keptMs?: number
}

/** Each message brings the server's time: its clock may be moved, and the worker has none of its own. */
export type ToWorker = { nowMs: number } & Order

type Order = { kind: 'wake' } | ({ kind: 'ask'; id: number } & Question) | { kind: 'stop' }

/** What is answered: a page of events, or up to which entry the index needs none any more. */
export type Question = { find: EventQuery } | { release: { seq: number; exactly: boolean } }
export type Answer = EventPage | number

export type FromWorker =
  | { kind: 'answer'; id: number; answer: Answer }
  | { kind: 'failed'; id: number; message: string }
  | { kind: 'fault'; message: string }

const gatheringMs = 25
const restartMs = 1000

/** The index of a file database, kept and asked in a worker thread, so that the serving thread has no part in it. */
export class WorkerLookupIndex {
  readonly #options: WorkerLookupIndexOptions
  readonly #waking = new CoalescedTimer(gatheringMs, () => this.#send({ kind: 'wake' }))
  readonly #restart = new CoalescedTimer(restartMs, () => this.#start())
  readonly #asked = new Map<number, PromiseWithResolvers<Answer>>()
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
    return this.#ask({ find: query }) as Promise<EventPage>
  }

  /** Does what `release` of LookupIndex does. @throws StoreUnavailableError likewise. */
  release(seq: number, exactly: boolean): Promise<number> {
    return this.#ask({ release: { seq, exactly } }) as Promise<number>
  }

  #ask(question: Question): Promise<Answer> {
    const answer = Promise.withResolvers<Answer>()
    const id = ++this.#lastId
    this.#asked.set(id, answer)
    this.#worker?.ref()
    if (!this.#send({ kind: 'ask', id, ...question })) this.#failAll('the index is being restarted')
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
    const { databaseFile, indexFile, keptMs } = this.#options
    const workerData: IndexFiles = { databaseFile, indexFile, keptMs }
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
    if (message.kind === 'answer') asked?.resolve(message.answer)
    else asked?.reject(unavailable(message.message))
  }

  /** @returns false when there is no worker to send to. */
  #send(message: Order): boolean {
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
