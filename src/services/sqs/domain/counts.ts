import { minuteMs, secondMs } from '../../../core/durations.ts'

/**
 * How many messages a queue has, and how many of them cannot be received now. The latter change as time passes, without a
 * request: they are counted by the time at which they can be received again, in entries that are as exact as that time is near.
 * So a count costs the same however many messages there are, and nothing has to run when a time has come.
 */
export interface Counts {
  messages: number
  /** How many were ever sent: gives sequence numbers. */
  sent: number
  /** By the entry's time, in milliseconds: messages that were received and not deleted. */
  inFlight: Readonly<Record<string, number>>
  /** Likewise: messages that are delayed. */
  delayed: Readonly<Record<string, number>>
  /** When the removal of expired messages is scheduled. */
  expiryAtMs?: number
}

export const noCounts: Counts = { messages: 0, sent: 0, inFlight: {}, delayed: {} }

export interface Totals {
  visible: number
  inFlight: number
  delayed: number
}

export function totalsOf(counts: Counts, nowMs: number): Totals {
  const inFlight = sumAfter(counts.inFlight, nowMs)
  const delayed = sumAfter(counts.delayed, nowMs)
  return { visible: Math.max(0, counts.messages - inFlight - delayed), inFlight, delayed }
}

function sumAfter(entries: Readonly<Record<string, number>>, nowMs: number): number {
  let sum = 0
  for (const [time, count] of Object.entries(entries)) if (Number(time) > nowMs) sum += count
  return sum
}

/**
 * The entry for a time: to the second within a minute, to five seconds within a quarter of an hour, to the minute behind that.
 * Counts are approximate to that extent, as the names of AWS's attributes say, and a queue has at most about a thousand entries.
 */
export function bucketOf(atMs: number, nowMs: number): number {
  const ahead = atMs - nowMs
  const step = ahead <= minuteMs ? secondMs : ahead <= 15 * minuteMs ? 5 * secondMs : minuteMs
  return atMs - (atMs % step)
}

export type Hidden = 'inFlight' | 'delayed'

/** Counts in one transaction, written once at its end. */
export class CountChange {
  #counts: Counts
  readonly #nowMs: number
  #changed = false

  constructor(counts: Counts, nowMs: number) {
    this.#nowMs = nowMs
    this.#counts = { ...counts, inFlight: future(counts.inFlight, nowMs), delayed: future(counts.delayed, nowMs) }
  }

  get counts(): Counts {
    return this.#counts
  }

  get isChanged(): boolean {
    return this.#changed
  }

  get totals(): Totals {
    return totalsOf(this.#counts, this.#nowMs)
  }

  /** @returns the number of the new message among all that were ever sent. */
  add(): number {
    const { messages, sent } = this.#counts
    this.#set({ messages: messages + 1, sent: sent + 1 })
    return sent + 1
  }

  remove(): void {
    this.#set({ messages: this.#counts.messages - 1 })
  }

  /** Counts a message as one that cannot be received before a time. @returns its entry; undefined where the time has come. */
  hide(kind: Hidden, untilMs: number): number | undefined {
    if (untilMs <= this.#nowMs) return undefined
    const bucket = bucketOf(untilMs, this.#nowMs)
    if (bucket <= this.#nowMs) return undefined
    this.#add(kind, bucket, 1)
    return bucket
  }

  /** Takes a message out of its entry, unless the entry's time has come. */
  show(kind: Hidden, bucket: number | undefined): void {
    if (bucket !== undefined && bucket > this.#nowMs) this.#add(kind, bucket, -1)
  }

  expireAt(atMs: number | undefined): void {
    this.#set({ expiryAtMs: atMs })
  }

  #add(kind: Hidden, bucket: number, by: number): void {
    const { [bucket]: present = 0, ...others } = this.#counts[kind]
    const count = present + by
    this.#set({ [kind]: count > 0 ? { ...others, [bucket]: count } : others })
  }

  #set(change: Partial<Counts>): void {
    this.#changed = true
    this.#counts = { ...this.#counts, ...change }
  }
}

const future = (entries: Readonly<Record<string, number>>, nowMs: number) =>
  Object.fromEntries(Object.entries(entries).filter(([time]) => Number(time) > nowMs))
