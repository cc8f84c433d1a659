/**
 * Runs tasks a few at a time, those of one account one after the other, and accounts in turn: however much one account asks
 * for, another one waits for a single task of it at most.
 */
export class FairQueue {
  readonly #most: number
  readonly #mostWaiting: number
  /** Accounts whose turn comes first stand first. */
  readonly #waiting = new Map<string, (() => Promise<void>)[]>()
  readonly #running = new Set<string>()

  /** @param most - how many tasks run at once. @param mostWaiting - how many tasks of an account may wait. */
  constructor(most: number, mostWaiting: number) {
    this.#most = most
    this.#mostWaiting = mostWaiting
  }

  /** @returns what the task answers; undefined without running it when too many of the account wait already. */
  async run<T>(accountId: string, task: () => Promise<T>): Promise<T | undefined> {
    const tasks = this.#waiting.get(accountId) ?? []
    if (tasks.length >= this.#mostWaiting) return undefined
    const done = Promise.withResolvers<T>()
    tasks.push(async () => {
      try {
        done.resolve(await task())
      } catch (fault) {
        done.reject(fault)
      }
    })
    this.#waiting.set(accountId, tasks)
    this.#startNext()
    return done.promise
  }

  #startNext(): void {
    for (const [accountId, tasks] of this.#waiting) {
      if (this.#running.size >= this.#most) return
      if (this.#running.has(accountId)) continue
      const task = tasks.shift()
      if (tasks.length === 0) this.#waiting.delete(accountId)
      if (task) void this.#start(accountId, task)
    }
  }

  async #start(accountId: string, task: () => Promise<void>): Promise<void> {
    this.#running.add(accountId)
    await task()
    this.#running.delete(accountId)
    // An account that wants more stands behind the others.
    const more = this.#waiting.get(accountId)
    this.#waiting.delete(accountId)
    if (more) this.#waiting.set(accountId, more)
    this.#startNext()
  }
}
