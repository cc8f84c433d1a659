import type { AuditRecord } from '../../core/audit.ts'
import type { Sql } from '../../core/sql.ts'
import type { LookupKey } from './event-facts.ts'
import { eventIdBytes, findTermIds, termKey, termOf } from './terms.ts'

/** Which events of an account in a region are wanted. Times are inclusive. */
export interface EventQuery {
  accountId: string
  region: string
  attribute?: { key: LookupKey; value: string }
  fromMs: number
  /** Until now when absent. */
  toMs?: number
  /** Continues behind this event. */
  after?: EventPosition
  limit: number
}

/** An event's place among the events of an account in a region. */
export interface EventPosition {
  timeS: number
  seq: number
}

/** Events in descending order of time. */
export interface EventPage {
  /** The records' JSON texts as they stand in the ledger. */
  records: string[]
  /** Where the next page continues; absent when there is none. */
  next?: EventPosition
}

/** Where events with a page's worth of room are found, in descending order of time, then of sequence number. */
export async function findPositions(sql: Sql, query: EventQuery): Promise<EventPosition[]> {
  const { accountId, region, attribute, fromMs, toMs, after, limit } = query
  const fromS = Math.ceil(fromMs / 1000)
  const toS = toMs === undefined ? Number.MAX_SAFE_INTEGER : Math.floor(toMs / 1000)
  const term = termOf(accountId, region, attribute?.key, attribute?.value)
  const id = (await findTermIds(sql, [term])).get(termKey(term))
  if (id === undefined) return []
  const before = after && after.timeS <= toS ? after : { timeS: toS, seq: Number.MAX_SAFE_INTEGER }
  const rows = await sql.all<{ time_s: number; seq: number }>(selectPage, [id, fromS, before.timeS, before.seq, limit])
  return rows.map(({ time_s, seq }) => ({ timeS: time_s, seq }))
}

/**
 * Sequence numbers of the events with an id: one, or none. Whether it is one that may be shown is for `matches` to say.
 */
export async function findByEventId(sql: Sql, eventId: string): Promise<number[]> {
  const rows = await sql.all<{ seq: number }>('SELECT seq FROM lookup_event_ids WHERE event_id = ? ORDER BY seq DESC', [
    eventIdBytes(eventId),
  ])
  return rows.map(({ seq }) => seq)
}

/** Whether a record is what a query for an event id asks for. */
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

const selectPage = `SELECT time_s, seq FROM lookup_postings
  WHERE term = ? AND time_s >= ? AND (time_s, seq) < (?, ?)
  ORDER BY time_s DESC, seq DESC LIMIT ?`
