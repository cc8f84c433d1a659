import { Worker } from 'node:worker_threads'

/** What a thread is sent. Buffers in it should not be parts of larger ones: a message takes along the whole. */
export interface Asked<Question> {
  id: number
  question: Question
}

/** What a thread sends back: its answer, or the words of what it has thrown, which hold no secret. */
export type Told<Answer> = { id: number; answer: Answer } | { id: number; fault: string }

/**
 * Threads that answer questions, for work that would keep everybody else waiting. They are started when there is something
 * to do, stay, and keep the process alive only while somebody waits for an answer.
 */
export class Threads<Question, Answer> {
  readonly #entry: URL
  readonly #most: number
  readonly #threads: Thread<Question, Answer>[] = []

  /** @param entry - the module that runs in each thread: it calls `answerQuestions`. @param most - how many there may be. */
  constructor(entry: URL, most: number) {
    this.#entry = entry
    this.#most = most
  }

  /** Each thread takes its questions one after the other. @throws Error - what the thread has thrown, or its end. */
  ask(question: Question): Promise<Answer> {
    return this.#leastBusy().ask(question)
  }

  #leastBusy(): Thread<Question, Answer> {
    const [least] = this.#threads.toSorted((a, b) => a.waiting - b.waiting)
    if (least && (least.waiting === 0 || this.#threads.length >= this.#most)) return least
    const another = new Thread<Question, Answer>(this.#entry, () => {
      this.#threads.splice(this.#threads.indexOf(another), 1)
    })
    this.#threads.push(another)
    return another
  }
}

class Thread<Question, Answer> {
  readonly #worker: Worker
  readonly #asked = new Map<number, PromiseWithResolvers<Answer>>()
  #lastId = 0

  constructor(entry: URL, onEnd: () => void) {
    this.#worker = new Worker(entry)
    this.#worker.unref()
    this.#worker.on('message', (told: Told<Answer>) => this.#receive(told))
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
    this.#asked.set(id, answer)
    this.#worker.ref()
    this.#worker.postMessage({ id, question } satisfies Asked<Question>)
    return answer.promise
  }

  #receive(told: Told<Answer>): void {
    const asked = this.#asked.get(told.id)
    this.#asked.delete(told.id)
    if (this.#asked.size === 0) this.#worker.unref()
    if ('answer' in told) asked?.resolve(told.answer)
    else asked?.reject(new Error(told.fault))
  }

  #failAll(fault: unknown): void {
    for (const { reject } of this.#asked.values()) reject(fault)
    this.#asked.clear()
  }
}
