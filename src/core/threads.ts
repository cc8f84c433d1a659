import { Worker } from 'node:worker_threads'

/** A message to a thread. Buffers in it should not be parts of larger ones: a message takes along the whole. */
export interface ThreadRequest<Question> {
  id: number
  question: Question
}

/** The message that a thread sends back: its answer, or the text of the error that it threw, which holds no secret. */
export type ThreadResponse<Answer> = { id: number; answer: Answer } | { id: number; fault: string }

/** A thread had not answered when its time was up, and was ended. */
export class OverdueError extends Error {
  constructor() {
    super('the thread did not answer in time')
  }
}

/**
 * Worker threads that answer questions, for work that would block the event loop. They start when there is something to do,
 * stay, and keep the process alive only while an answer is awaited.
 */
export class Threads<Question, Answer> {
  readonly #entry: URL
  readonly #most: number
  readonly #options: ThreadOptions
  readonly #threads: Thread<Question, Answer>[] = []
  #closed = false

  /**
   * @param entry - the module that runs in each thread: it calls `answerQuestions`.
   * @param most - how many there may be.
   */
  constructor(entry: URL, most: number, options: ThreadOptions = {}) {
    this.#entry = entry
    this.#most = most
    this.#options = options
  }

  /** Asks the least busy thread. Each takes its questions in order. @throws Error that the thread threw, its end, OverdueError. */
  ask(question: Question): Promise<Answer> {
    if (this.#closed) return Promise.reject(new Error('the threads were ended'))
    return this.#leastBusy().ask(question)
  }

  /** Ends all threads, with what they were asked, and resolves when they are gone. */
  async close(): Promise<void> {
    this.#closed = true
    await Promise.all(this.#threads.map((thread) => thread.end()))
  }

  #leastBusy(): Thread<Question, Answer> {
    const [least] = this.#threads.toSorted((a, b) => a.waiting - b.waiting)
    if (least && (least.waiting === 0 || this.#threads.length >= this.#most)) return least
    const another = new Thread<Question, Answer>(this.#entry, this.#options, () => {
      const place = this.#threads.indexOf(another)
      if (place >= 0) this.#threads.splice(place, 1)
    })
    this.#threads.push(another)
    return another
  }
}

export interface ThreadOptions {
  /** When a thread that has not answered is ended, with all that it was asked; default: never. */
  deadlineMs?: number
  /** What each thread finds as its `workerData`. */
  workerData?: unknown
}

class Thread<Question, Answer> {
  readonly #worker: Worker
  readonly #deadlineMs: number | undefined
  readonly #onEnd: () => void
  readonly #asked = new Map<number, PromiseWithResolvers<Answer> & { timer: NodeJS.Timeout | undefined }>()
  #lastId = 0

  /** @param onEnd - called once or twice. */
  constructor(entry: URL, { deadlineMs, workerData }: ThreadOptions, onEnd: () => void) {
    this.#deadlineMs = deadlineMs
    this.#onEnd = onEnd
    this.#worker = new Worker(entry, { workerData })
    this.#worker.unref()
    this.#worker.on('message', (response: ThreadResponse<Answer>) => this.#receive(response))
    this.#worker.on('error', (fault) => this.#failAll(fault))
    this.#worker.on('exit', () => {
      onEnd()
      this.#failAll(new Error('the thread has ended'))
    })
  }

  get waiting(): number {
    return this.#asked.size
  }

  ask(question: Question): Promise<Answer> {
    const id = ++this.#lastId
    const answer = Promise.withResolvers<Answer>()
    // An answer that has come while this thread stood still is taken before the check.
    const check = () => setImmediate(() => this.#asked.has(id) && this.#end())
    const timer = this.#deadlineMs === undefined ? undefined : setTimeout(check, this.#deadlineMs)
    this.#asked.set(id, { ...answer, timer })
    this.#worker.ref()
    this.#worker.postMessage({ id, question } satisfies ThreadRequest<Question>)
    return answer.promise
  }

  async end(): Promise<void> {
    await this.#worker.terminate()
  }

  #receive(response: ThreadResponse<Answer>): void {
    const asked = this.#asked.get(response.id)
    clearTimeout(asked?.timer)
    this.#asked.delete(response.id)
    if (this.#asked.size === 0) this.#worker.unref()
    if ('answer' in response) asked?.resolve(response.answer)
    else asked?.reject(new Error(response.fault))
  }

  #end(): void {
    this.#onEnd()
    void this.#worker.terminate()
    this.#failAll(new OverdueError())
  }

  #failAll(fault: unknown): void {
    for (const { reject, timer } of this.#asked.values()) {
      clearTimeout(timer)
      reject(fault)
    }
    this.#asked.clear()
  }
}
