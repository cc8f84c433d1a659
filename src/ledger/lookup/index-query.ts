import type { AuditRecord } from '../../core/audit.ts'
import type { EventPosition, EventQuery } from '../../core/event-history.ts'
import type { Sql } from '../../core/sql.ts'
import { decodePositions } from './position-list.ts'
import type { Listing, RecentEvents } from './recent-events.ts'
import { listsBetween, segmentsBetween } from './segments.ts'
import { eventIdBytes, findTermIds, termKey, termOf } from './terms.ts'

/** Places of a page's worth of events, in descending order of time, then of sequence number. */
export async function findPositions(sql: Sql, recent: RecentEvents, query: EventQuery): Promise<EventPosition[]> {
  const { accountId: account, region, attribute, limit } = query
  const listing: Listing = { account, region, key: attribute?.key ?? '', value: attribute?.value ?? '' }
  const times = timesOf(query)
  const page = new Page(times, limit)
  page.add(recent.positionsOf(listing))
  const term = termOf(listing)
  const termId = (await findTermIds(sql, [term])).get(termKey(term))
  const within = termId && (await segmentsBetween(sql, times.fromS, times.before.timeS, recent.afterSeq))
  if (!within) return page.positions
  // A common term fills a page from one list; a rare one has few events in each.
  for (
    let [lastId, count] = [within.lastId, 2];
    lastId >= within.firstId;
    count = Math.min(count * 4, mostListsAtOnce)
  ) {
    const lists = await listsBetween(sql, termId, { firstId: within.firstId, lastId }, count)
    for (const list of lists) {
      if (page.isFilledBefore(list.ceilingS)) return page.positions
      page.add(decodePositions(list.positions, list.afterSeq))
    }
    if (lists.length < count) break
    lastId = (lists.at(-1)?.id ?? 0) - 1
  }
  return page.positions
}

const mostListsAtOnce = 64

/** From when on, and behind which position. */
interface Times {
  fromS: number
  before: EventPosition
}

function timesOf({ fromMs, toMs, after }: EventQuery): Times {
  const fromS = Math.max(Math.ceil(fromMs / 1000), Number.MIN_SAFE_INTEGER)
  const toS = toMs === undefined ? Number.MAX_SAFE_INTEGER : Math.floor(toMs / 1000)
  return { fromS, before: after && after.timeS <= toS ? after : { timeS: toS, seq: Number.MAX_SAFE_INTEGER } }
}

const newestFirst = (a: EventPosition, b: EventPosition) => b.timeS - a.timeS || b.seq - a.seq

/** The newest of the positions that it is given, within its times. */
class Page {
  positions: EventPosition[] = []
  readonly #times: Times
  readonly #limit: number

  constructor(times: Times, limit: number) {
    this.#times = times
    this.#limit = limit
  }

  add(positions: readonly EventPosition[]): void {
    const { fromS, before } = this.#times
    const fitting = positions.filter((position) => position.timeS >= fromS && newestFirst(position, before) > 0)
    this.positions = [...this.positions, ...fitting].sort(newestFirst).slice(0, this.#limit)
  }

  /** Returns true when no event of this time or earlier, with a lower sequence number, can be on the page. */
  isFilledBefore(ceilingS: number): boolean {
    const last = this.positions[this.#limit - 1]
    return last !== undefined && last.timeS >= ceilingS
  }
}

/**
 * Sequence numbers of the events with an id: one, or none. Whether it is one that may be shown is for `matches` to say.
 */
export async function findByEventId(sql: Sql, recent: RecentEvents, query: EventQuery): Promise<number[]> {
  const { accountId: account, region, attribute } = query
  const value = attribute?.value ?? ''
  const positions = recent.positionsOf({ account, region, key: 'EventId', value })
  if (positions.length > 0) return positions.map(({ seq }) => seq)
  const rows = await sql.all<{ seq: number }>('SELECT seq FROM lookup_event_ids WHERE event_id = ? ORDER BY seq DESC', [
    eventIdBytes(value),
  ])
  return rows.map(({ seq }) => seq)
}

/** Returns whether a record is what a query for an event id asks for. */
export function matches(
  record: string,
  { accountId, region, attribute, fromMs, toMs = Infinity }: EventQuery,
): boolean {
  const event = JSON.parse(record) as AuditRecord
  const timeMs = Date.parse(event.eventTime)
  return (
    event.eventID === attribute?.value &&
    event.recipientAccountId === accountId &&
    event.awsRegion === region &&
    event.eventCategory === 'Management' &&
    timeMs >= fromMs &&
    timeMs <= toMs
  )
}
