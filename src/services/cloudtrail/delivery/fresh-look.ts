import { secondMs } from '../../../core/durations.ts'

/** How long a server may not notice what another node has changed. */
const freshMs = secondMs

/** Looks at what other nodes may have changed, now and then, behind those who ask. */
export class FreshLook {
  readonly #look: () => Promise<void>
  readonly #onFault: (fault: unknown) => void
  #lookedAtMs = Number.NEGATIVE_INFINITY
  #looking: Promise<void> | undefined

  /** @param onFault - hears of what fails; the next look is a second later. */
  constructor(look: () => Promise<void>, onFault: (fault: unknown) => void) {
    this.#look = look
    this.#onFault = onFault
  }

  /** Begins a look, unless there was one within the last second. */
  ask(): void {
    const nowMs = performance.now()
    if (nowMs - this.#lookedAtMs < freshMs) return
    this.#lookedAtMs = nowMs
    this.#looking ??= this.#look()
      .catch(this.#onFault)
      .finally(() => {
        this.#looking = undefined
      })
  }
}
