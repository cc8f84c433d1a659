/** Admits so many requests in any second, counted for each key apart. */
export class RequestRate {
  readonly #perSecond: number
  readonly #admittedMs = new Map<string, number[]>()

  constructor(perSecond: number) {
    this.#perSecond = perSecond
  }

  admit(key: string, nowMs: number): boolean {
    // A clock that was moved back leaves no times ahead of it.
    const recent = (this.#admittedMs.get(key) ?? []).filter((ms) => ms <= nowMs && ms > nowMs - 1000)
    const admitted = recent.length < this.#perSecond
    if (admitted) recent.push(nowMs)
    this.#admittedMs.delete(key)
    this.#admittedMs.set(key, recent)
    this.#forgetOldest(nowMs)
    return admitted
  }

  /** Keys stand in the order of their last request: the first ones are over first. */
  #forgetOldest(nowMs: number): void {
    for (const [key, times] of this.#admittedMs) {
      const last = times.at(-1) ?? nowMs
      if (last <= nowMs && last > nowMs - 1000) return
      this.#admittedMs.delete(key)
    }
  }
}
