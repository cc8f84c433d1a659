/** Runs an action some time after it is first asked for: once, however often it is asked for meanwhile. */
export class CoalescedTimer {
  readonly #delayMs: number
  readonly #action: () => void
  #timer: NodeJS.Timeout | undefined
  #stopped = false

  constructor(delayMs: number, action: () => void) {
    this.#delayMs = delayMs
    this.#action = action
  }

  ask(): void {
    if (this.#stopped) return
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined
      this.#action()
    }, this.#delayMs).unref()
  }

  /** Stops the timer for good. */
  stop(): void {
    this.#stopped = true
    clearTimeout(this.#timer)
  }
}
