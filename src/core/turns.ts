import { ServiceError } from './service-error.ts'

/** Work that can pause: it yields where the thread may do something else for a while, and returns its result. */
export type Steps<T> = Generator<void, T, void>

/** Runs steps to their end without a pause: for tests and measurements. */
export function runAtOnce<T>(steps: Steps<T>): T {
  for (;;) {
    const step = steps.next()
    if (step.done) return step.value
  }
}

export interface TurnOptions {
  /** Accounts take turns. */
  accountId: string
  /** Ends the work at its next pause. Read only when the work does not end before its first one. */
  signal?: AbortSignal | undefined
}

/**
 * Runs steps at once up to their first pause, and what is left in turns with such work of all accounts: for two milliseconds in
 * each turn of the event loop, between which the thread serves everything else.
 * @returns the result, at once if the steps never pause.
 * @throws ServiceError ServiceUnavailable - the signal aborted.
 */
export function runInTurns<T>(steps: Steps<T>, options: TurnOptions): T | Promise<T> {
  const first = steps.next()
  if (first.done) return first.value
  return new Promise<T>((resolve, reject) =>
    turns.add(options.accountId, new Job(steps, options.signal, resolve, reject)),
  )
}

const sliceMs = 2

/** An erased `Job`: the queue does not know what the results are. */
type Advance = (endMs: number) => boolean

class Job<T> {
  readonly #steps: Steps<T>
  readonly #signal: AbortSignal | undefined
  readonly #resolve: (result: T) => void
  readonly #reject: (reason: unknown) => void

  constructor(
    steps: Steps<T>,
    signal: AbortSignal | undefined,
    resolve: (result: T) => void,
    reject: (reason: unknown) => void,
  ) {
    this.#steps = steps
    this.#signal = signal
    this.#resolve = resolve
    this.#reject = reject
  }

  /** Goes on until the time is over. @returns whether the job has ended. */
  readonly advance: Advance = (endMs) => {
    try {
      if (this.#signal?.aborted) throw abandoned()
      do {
        const step = this.#steps.next()
        if (!step.done) continue
        this.#resolve(step.value)
        return true
      } while (performance.now() < endMs)
      return false
    } catch (thrown) {
      this.#reject(thrown)
      return true
    }
  }
}

const abandoned = () =>
  new ServiceError(
    'ServiceUnavailable',
    503,
    'The evaluation of policies was ended before a decision, because the client closed its connection or the server stops.',
  )

/** What waits for the thread, one queue for each account. There is one thread, so all servers of a process share the turns. */
class Turns {
  /** The account whose turn is next stands first. */
  readonly #waiting = new Map<string, Advance[]>()

  add(accountId: string, { advance }: { advance: Advance }): void {
    if (this.#waiting.size === 0) setImmediate(this.#turn)
    const jobs = this.#waiting.get(accountId)
    if (jobs) jobs.push(advance)
    else this.#waiting.set(accountId, [advance])
  }

  readonly #turn = (): void => {
    const endMs = performance.now() + sliceMs
    for (const [accountId, jobs] of this.#waiting) {
      const [advance] = jobs
      if (advance?.(endMs)) jobs.shift()
      // The other accounts have their turns first. An entry that is set again comes at the end of the same iteration.
      this.#waiting.delete(accountId)
      if (jobs.length > 0) this.#waiting.set(accountId, jobs)
      if (performance.now() >= endMs) break
    }
    if (this.#waiting.size > 0) setImmediate(this.#turn)
  }
}

const turns = new Turns()
