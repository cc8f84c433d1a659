import type { EventPosition, LookupKey } from '../../core/event-history.ts'
import type { IndexedEvent } from './indexed-event.ts'

/** What events are listed by: account, region, key and value; the key `''` lists all events. */
export interface Listing {
  account: string
  region: string
  key: LookupKey | ''
  value: string
}

/** By value. */
type Lists = Map<string, EventPosition[]>

/** The newest events, which are in no segment yet: found in memory, and read from the ledger again after a crash. */
export class RecentEvents {
  /** Events up to this one are in segments. */
  readonly afterSeq: number
  readonly #places = new Map<string, Map<Listing['key'], Lists>>()

  constructor(afterSeq: number) {
    this.afterSeq = afterSeq
  }

  add(event: IndexedEvent): void {
    if (event.seq <= this.afterSeq) return
    const { seq, timeS, account, region, values } = event
    const position: EventPosition = { timeS, seq }
    const keys = entryOf(this.#places, `${account}/${region}`, () => new Map<Listing['key'], Lists>())
    for (const [key, value] of values) {
      const lists = entryOf(keys, key, () => new Map<string, EventPosition[]>())
      entryOf(lists, value, (): EventPosition[] => []).push(position)
    }
  }

  /** Returns positions in the order in which they were added. */
  positionsOf({ account, region, key, value }: Listing): readonly EventPosition[] {
    return this.#places.get(`${account}/${region}`)?.get(key)?.get(value) ?? []
  }

  /** Every listing with its events. */
  *lists(): Generator<Listing & { positions: readonly EventPosition[] }> {
    for (const [place, keys] of this.#places) {
      const [account = '', region = ''] = place.split('/')
      for (const [key, lists] of keys) {
        for (const [value, positions] of lists) yield { account, region, key, value, positions }
      }
    }
  }

  /** Those behind a later event. */
  behind(seq: number): RecentEvents {
    const left = new RecentEvents(seq)
    for (const { account, region, key, value, positions } of this.lists()) {
      for (const position of positions) left.add({ ...position, account, region, values: [[key, value]] })
    }
    return left
  }
}

function entryOf<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  let entry = map.get(key)
  if (entry === undefined) {
    entry = make()
    map.set(key, entry)
  }
  return entry
}
