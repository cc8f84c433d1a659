/**
 * Admits requests at a rate, counted for each key apart: token buckets, as AWS's services use them. A bucket holds what a
 * second brings, and at least one whole request, so that a rate of a quarter admits one request every four seconds.
 */
export class RequestRate {
  readonly #buckets = new Map<string, Bucket>()

  /** @param tokens - what the request costs; a refused one costs nothing. */
  admit(key: string, perSecond: number, nowMs: number, tokens = 1): boolean {
    const capacity = Math.max(perSecond, tokens)
    const before = this.#buckets.get(key)
    // A clock that was moved back brings nothing and takes nothing.
    const elapsedMs = before ? Math.max(0, nowMs - before.atMs) : 0
    const available = before ? Math.min(capacity, before.tokens + (elapsedMs * perSecond) / 1000) : capacity
    const admitted = available >= tokens
    const left = admitted ? available - tokens : available
    this.#buckets.delete(key)
    this.#buckets.set(key, { tokens: left, atMs: nowMs, fullAtMs: nowMs + ((capacity - left) / perSecond) * 1000 })
    this.#forgetOldest(nowMs)
    return admitted
  }

  /** A full bucket is as good as none. They stand in the order of their last request. */
  #forgetOldest(nowMs: number): void {
    for (const [key, { fullAtMs, atMs }] of this.#buckets) {
      if (fullAtMs > nowMs && atMs <= nowMs) return
      this.#buckets.delete(key)
    }
  }
}

interface Bucket {
  tokens: number
  atMs: number
  fullAtMs: number
}
