import { BoundedMap } from './bounded-map.ts'
import type { Clock } from './clock.ts'

interface Entry<V> {
  value: V
  setAtMs: number
  untilMs: number
}

/**
 * A map of bounded size whose entries hold for a time, for what was decided and may be decided otherwise later: data keys, sessions of
 * roles. An entry from a time that a clock which was set back has not reached again is gone too.
 */
export class ExpiringMap<K, V> {
  readonly #clock: Clock
  readonly #entries: BoundedMap<K, Entry<V>>

  /** @param most - entries; more push out what was used longest ago. */
  constructor(clock: Clock, most: number) {
    this.#clock = clock
    this.#entries = new BoundedMap(most)
  }

  get(key: K): V | undefined {
    const entry = this.#entries.get(key)
    const nowMs = this.#clock.nowMs()
    return entry && entry.setAtMs <= nowMs && nowMs < entry.untilMs ? entry.value : undefined
  }

  /** @param untilMs - by the clock; the entry is gone from then on. */
  set(key: K, value: V, untilMs: number): void {
    this.#entries.set(key, { value, setAtMs: this.#clock.nowMs(), untilMs })
  }
}
