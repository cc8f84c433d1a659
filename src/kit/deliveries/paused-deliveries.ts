import { hourMs, minuteMs } from '../../core/durations.ts'
import type { Outgoing } from './outbox.ts'

/** The longest pause of any source, and how far the clocks of nodes may be apart. */
const longestPauseMs = hourMs + minuteMs

/** Returns when a delivery may be made: at once, where a clock that was set back had postponed it. */
export function dueAtMs({ acceptedAtMs, notBeforeMs, tries }: Outgoing, nowMs: number): number {
  const isStranded = acceptedAtMs > nowMs + minuteMs || (tries > 0 && notBeforeMs > nowMs + longestPauseMs)
  return isStranded ? nowMs : notBeforeMs
}

/** The deliveries at the beginning of an outbox, all of which wait behind others of their order. */
export interface PausedLanes {
  /** The last of them. */
  afterId: string
  orders: ReadonlySet<string>
  /** When this was found, and when the first of them is tried again. */
  fromMs: number
  untilMs: number
}

/**
 * Notes, page by page, how far the beginning of an outbox is paused: it need not be read again until one of its deliveries is to be
 * tried. What is new stands behind it: the clocks of nodes are a minute apart at most.
 */
export class PausedBeginning {
  readonly #fromMs: number
  readonly #orders = new Set<string>()
  #afterId: string | undefined
  #untilMs = Number.POSITIVE_INFINITY
  #isOver = false

  constructor(fromMs: number) {
    this.#fromMs = fromMs
  }

  /** @param isUntouched - none of the page was tried. */
  note(page: readonly Outgoing[], paused: Paused, isUntouched: boolean): void {
    const last = page.at(-1)
    const isPaused = ({ order, acceptedAtMs }: Outgoing) =>
      order !== undefined && paused.has(order) && acceptedAtMs < this.#fromMs - minuteMs
    if (this.#isOver || !last || !isUntouched || !page.every(isPaused)) {
      this.#isOver = true
      return
    }
    this.#afterId = last.id
    for (const { order = '', notBeforeMs } of page) {
      this.#orders.add(order)
      if (notBeforeMs > this.#fromMs) this.#untilMs = Math.min(this.#untilMs, notBeforeMs)
    }
  }

  get lanes(): PausedLanes | undefined {
    if (this.#afterId === undefined || this.#untilMs === Number.POSITIVE_INFINITY) return undefined
    return { afterId: this.#afterId, orders: this.#orders, fromMs: this.#fromMs, untilMs: this.#untilMs }
  }
}

/** What waits for another try, during one run; what follows it in its order waits with it. */
export class Paused {
  readonly #orders = new Set<string>()
  /** When the first of it is tried again. */
  nextMs: number | undefined

  /** Has what is of these orders wait until a time. */
  addLanes({ orders, untilMs }: PausedLanes): void {
    for (const order of orders) this.#orders.add(order)
    this.nextMs = Math.min(this.nextMs ?? untilMs, untilMs)
  }

  has(order: string): boolean {
    return this.#orders.has(order)
  }

  add({ order, notBeforeMs }: Pick<Outgoing, 'order' | 'notBeforeMs'>): void {
    if (order !== undefined) this.#orders.add(order)
    this.nextMs = Math.min(this.nextMs ?? notBeforeMs, notBeforeMs)
  }

  /** Returns true when a delivery may be made now; notes it as paused when it waits for its time. */
  admits(outgoing: Outgoing, nowMs: number): boolean {
    if (outgoing.order !== undefined && this.#orders.has(outgoing.order)) return false
    if (dueAtMs(outgoing, nowMs) <= nowMs) return true
    this.add(outgoing)
    return false
  }
}

/** Addresses that did not answer. They are left alone for a time. */
export class SilentTargets {
  readonly #times = new Map<string, { fromMs: number; untilMs: number }>()

  add(arn: string, fromMs: number, untilMs: number): void {
    this.#times.set(arn, { fromMs, untilMs })
  }

  /** @returns until when an address is left alone; undefined for others. */
  until(arn: string, nowMs: number): number | undefined {
    const times = this.#times.get(arn)
    return times && isWithin(times, nowMs) ? times.untilMs : undefined
  }

  forgetPast(nowMs: number): void {
    for (const [arn, times] of this.#times) if (!isWithin(times, nowMs)) this.#times.delete(arn)
  }
}

/** A clock that was set back before the beginning ends the time, too. */
export const isWithin = ({ fromMs, untilMs }: { fromMs: number; untilMs: number }, nowMs: number) =>
  nowMs >= fromMs && nowMs < untilMs
