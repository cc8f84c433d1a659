import type { Scope } from '../../../../core/store.ts'
import type { BlockRow } from '../../storage/blocks.ts'

/** What a put has stored. */
export interface StoredPut {
  groupId: string
  streamName: string
  block: BlockRow
}

/** Puts that a session has not looked at yet, at most: older ones are dropped. */
const mostWaiting = 5_000

/** The sessions of Live Tail in this server, and what was put for them here. */
export class LiveTails {
  readonly #sessions = new Map<string, Set<TailedPuts>>()
  /** How many there are in each account and Region. */
  readonly #counts = new Map<string, number>()

  /** @returns undefined where there are as many sessions already as there may be. */
  join({ accountId, region }: Scope, groupIds: ReadonlySet<string>, most: number): TailedPuts | undefined {
    const place = `${accountId} ${region}`
    const count = this.#counts.get(place) ?? 0
    if (count >= most) return undefined
    this.#counts.set(place, count + 1)
    const puts = new TailedPuts(() => {
      const left = (this.#counts.get(place) ?? 1) - 1
      if (left > 0) this.#counts.set(place, left)
      else this.#counts.delete(place)
      for (const id of groupIds) this.#leave(id, puts)
    })
    for (const id of groupIds) this.#sessions.set(id, (this.#sessions.get(id) ?? new Set()).add(puts))
    return puts
  }

  /** Notes what was put, once it is durable. */
  note(put: StoredPut): void {
    for (const puts of this.#sessions.get(put.groupId) ?? []) puts.add(put)
  }

  #leave(groupId: string, puts: TailedPuts): void {
    const sessions = this.#sessions.get(groupId)
    sessions?.delete(puts)
    if (sessions?.size === 0) this.#sessions.delete(groupId)
  }
}

/** What was put for one session. */
export class TailedPuts {
  readonly #end: () => void
  #waiting: StoredPut[] = []
  #isCut = false
  #ended = false

  constructor(end: () => void) {
    this.#end = end
  }

  add(put: StoredPut): void {
    this.#waiting.push(put)
    if (this.#waiting.length <= mostWaiting) return
    this.#waiting.shift()
    this.#isCut = true
  }

  /** Takes what has come since the last time. @returns whether some of it was dropped, too. */
  take(): { puts: StoredPut[]; isCut: boolean } {
    const taken = { puts: this.#waiting, isCut: this.#isCut }
    this.#waiting = []
    this.#isCut = false
    return taken
  }

  /** Ends the session. May be called again. */
  readonly leave = (): void => {
    if (this.#ended) return
    this.#ended = true
    this.#waiting = []
    this.#end()
  }
}
