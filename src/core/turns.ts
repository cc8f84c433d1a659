/** Lets at most so many things happen at once; whatever else is asked for waits for its turn, first come first served. */
export class Turns {
  #free: number
  readonly #waiting: (() => void)[] = []

  constructor(atOnce: number) {
    this.#free = atOnce
  }

  async take<T>(work: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free--
    else await new Promise<void>((resolve) => this.#waiting.push(resolve))
    try {
      return await work()
    } finally {
      // A turn goes from hand to hand, so that nobody who comes just now overtakes those who wait.
      const next = this.#waiting.shift()
      if (next) next()
      else this.#free++
    }
  }
}
