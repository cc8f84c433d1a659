/** How many receivers wait at most in one server; another is answered as if it had not asked to wait. */
const mostWaiters = 10_000

interface Waiter {
  wake(): void
}

interface WaitersOfQueue {
  /** The one that has waited longest first. */
  waiting: Set<Waiter>
  timer?: NodeJS.Timeout
  dueMs?: number
}

/**
 * Receivers that wait for messages, by queue. One is woken when a message has come or becomes visible. It passes that on: when it
 * has received something, it wakes the next; when there was nothing, it says when there will be. So nothing asks the store while
 * nothing happens, and one message does not wake all.
 */
export class QueueWaiters {
  readonly #queues = new Map<string, WaitersOfQueue>()
  #count = 0

  /**
   * Joins those who wait for a queue. It must happen before the queue is looked at: a message that comes meanwhile is then not missed.
   * @returns undefined where too many wait.
   */
  join(queueId: string): JoinedWaiter | undefined {
    if (this.#count >= mostWaiters) return undefined
    const queue = this.#queues.get(queueId) ?? { waiting: new Set() }
    this.#queues.set(queueId, queue)
    this.#count++
    return new JoinedWaiter(queue.waiting, (unused) => {
      this.#count--
      if (queue.waiting.size === 0) {
        clearTimeout(queue.timer)
        this.#queues.delete(queueId)
      } else if (unused) this.wake(queueId)
    })
  }

  /** Wakes one: there may be something to receive. */
  wake(queueId: string): void {
    const queue = this.#queues.get(queueId)
    const [first] = queue?.waiting ?? []
    first?.wake()
  }

  /** Wakes one receiver of each queue: the clock was moved, and messages may be visible. */
  wakeAll(): void {
    for (const queueId of [...this.#queues.keys()]) this.wake(queueId)
  }

  /** Wakes one when a message becomes visible. */
  wakeIn(queueId: string, ms: number): void {
    const queue = this.#queues.get(queueId)
    if (!queue || ms > longestMs) return
    const dueMs = performance.now() + Math.max(0, ms)
    if (queue.timer && (queue.dueMs ?? 0) <= dueMs) return
    clearTimeout(queue.timer)
    queue.dueMs = dueMs
    // A timer may fire a fraction of a millisecond early.
    queue.timer = setTimeout(() => {
      queue.timer = undefined
      this.wake(queueId)
    }, Math.max(0, ms) + 1)
    queue.timer.unref()
  }
}

/** No receiver waits longer. */
const longestMs = 20_000

class JoinedWaiter implements Waiter {
  readonly #waiting: Set<Waiter>
  readonly #left: (unused: boolean) => void
  #isWoken = false
  #resolve: (() => void) | undefined

  constructor(waiting: Set<Waiter>, left: (unused: boolean) => void) {
    this.#waiting = waiting
    this.#left = left
    waiting.add(this)
  }

  wake(): void {
    // The next message is for the next one.
    this.#waiting.delete(this)
    this.#isWoken = true
    this.#resolve?.()
  }

  /** Waits until it is woken, or the signal aborts. @returns whether it was woken. */
  async woken(signal: AbortSignal): Promise<boolean> {
    if (!this.#isWoken && !signal.aborted) {
      const { promise, resolve } = Promise.withResolvers<void>()
      const end = () => resolve()
      this.#resolve = end
      signal.addEventListener('abort', end, { once: true })
      await promise
      // A receiver may wait many times on one signal.
      signal.removeEventListener('abort', end)
    }
    const woken = this.#isWoken
    this.#isWoken = false
    // It stands last among those who wait from now on.
    this.#waiting.add(this)
    return woken
  }

  /** Ends the waiting; a wake that it has not used goes to the next. */
  leave(): void {
    this.#waiting.delete(this)
    this.#left(this.#isWoken)
  }
}
