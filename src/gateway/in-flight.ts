/** Counts what is under way, so that nothing is taken from under it. */
export class InFlight {
  #count = 0
  #waiting: (() => void)[] = []

  enter(): void {
    this.#count++
  }

  leave(): void {
    if (--this.#count > 0 || this.#waiting.length === 0) return
    for (const resume of this.#waiting.splice(0)) resume()
  }

  none(): Promise<void> {
    return this.#count === 0 ? Promise.resolve() : new Promise((resolve) => this.#waiting.push(resolve))
  }
}
