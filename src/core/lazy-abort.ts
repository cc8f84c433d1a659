/** An abort signal that costs nothing until it is asked for: most requests never do. */
export class LazyAbort {
  #controller: AbortController | undefined
  #reason: Error | undefined

  /** Always the same; aborted from the start when `abort` came before it was asked for. */
  get signal(): AbortSignal {
    if (!this.#controller) {
      this.#controller = new AbortController()
      if (this.#reason) this.#controller.abort(this.#reason)
    }
    return this.#controller.signal
  }

  /** The first reason stays. */
  abort(reason: Error): void {
    if (this.#reason) return
    this.#reason = reason
    this.#controller?.abort(reason)
  }
}
