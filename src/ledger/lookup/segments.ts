import type { EventPosition } from '../../core/event-history.ts'
import type { Sql } from '../../core/sql.ts'
import { chunked, insertRows, placeholders } from '../rows.ts'
import type { LedgerEntry } from '../tables.ts'
import { indexedEvent } from './indexed-event.ts'
import { encodePositions } from './position-list.ts'
import { RecentEvents } from './recent-events.ts'
import { eventIdBytes, findTermIds, giveTermIds, type Term, termKey, termOf } from './terms.ts'

/** A stretch of the ledger whose events were indexed together. Its id is the last sequence number in it. */
export interface Segment {
  id: number
  /** The last sequence number before it. */
  afterSeq: number
  /** No event in it or behind it is older. */
  floorS: number
  /** No event in it or before it is younger. */
  ceilingS: number
}

/** The events of the ledger's entries as the index sees them. */
export function eventsOf(entries: readonly LedgerEntry[], afterSeq: number): RecentEvents {
  const events = new RecentEvents(afterSeq)
  for (const entry of entries) {
    const event = indexedEvent(entry)
    if (event) events.add(event)
  }
  return events
}

/** Makes a segment of events, inside the transaction that moves the index's position to the last of them. */
export async function addSegment(sql: Sql, id: number, events: RecentEvents): Promise<void> {
  const { afterSeq } = events
  const lists = listsOf(events)
  if (lists.length === 0) return
  await insertSegment(sql, id, events)
  const ids = await giveTermIds(
    sql,
    lists.map(({ term }) => term),
  )
  const rows = lists.map(({ term, positions }) => ({
    term: ids.get(termKey(term)) ?? 0,
    positions: encodePositions(positions, afterSeq),
  }))
  // In the order in which they are stored.
  rows.sort((a, b) => a.term - b.term)
  await insertRows(
    sql,
    'lookup_lists (term, segment, positions)',
    rows.map(({ term, positions }) => [term, id, positions]),
  )
  await insertRows(sql, 'lookup_event_ids (event_id, seq)', eventIdsOf(events))
}

/** Removes a segment, and the terms that nothing is found by any more. @param entries - the ledger's entries in it. */
export async function removeSegment(sql: Sql, { id, afterSeq }: Segment, entries: readonly LedgerEntry[]) {
  const events = eventsOf(entries, afterSeq)
  const terms = listsOf(events).map(({ term }) => term)
  const termIds = await findTermIds(sql, terms)
  for (const chunk of chunked([...termIds.values()])) {
    const marks = chunk.map(() => '?').join(', ')
    await sql.run(`DELETE FROM lookup_lists WHERE term IN (${marks}) AND segment = ?`, [...chunk, id])
  }
  for (const chunk of chunked(eventIdsOf(events))) {
    const marks = chunk.map(() => '?').join(', ')
    const eventIds = chunk.map(([eventId]) => eventId)
    await sql.run(`DELETE FROM lookup_event_ids WHERE event_id IN (${marks}) AND seq <= ?`, [...eventIds, id])
  }
  for (const chunk of chunked(terms)) {
    const given = placeholders(chunk.length, 4)
    await sql.run(
      `DELETE FROM lookup_terms WHERE (account, region, key, value) IN (VALUES ${given})
        AND NOT EXISTS (SELECT 1 FROM lookup_lists WHERE term = lookup_terms.id)`,
      chunk.flat(),
    )
  }
  await sql.run('DELETE FROM lookup_segments WHERE id = ?', [id])
}

/** Takes the events up to a sequence number out of a segment, which keeps its id. @param entries - as for `removeSegment`. */
export async function cutSegment(sql: Sql, segment: Segment, seq: number, entries: readonly LedgerEntry[]) {
  await removeSegment(sql, segment, entries)
  await addSegment(sql, segment.id, eventsOf(entries, seq))
}

export async function oldestSegment(sql: Sql): Promise<Segment | undefined> {
  const [row] = await sql.all<SegmentRow>(
    'SELECT id, after_seq, floor_s, ceiling_s FROM lookup_segments ORDER BY id LIMIT 1',
  )
  return row && { id: row.id, afterSeq: row.after_seq, floorS: row.floor_s, ceilingS: row.ceiling_s }
}

/** The first and the last segment, up to one, in which there may be events of a time; undefined when there are none. */
export async function segmentsBetween(sql: Sql, fromS: number, toS: number, upToId: number) {
  const [first] = await sql.all<{ id: number }>(
    'SELECT id FROM lookup_segments WHERE ceiling_s >= ? ORDER BY ceiling_s, id LIMIT 1',
    [fromS],
  )
  const [last] = await sql.all<{ id: number }>(
    'SELECT id FROM lookup_segments WHERE floor_s <= ? AND id <= ? ORDER BY floor_s DESC, id DESC LIMIT 1',
    [toS, upToId],
  )
  return first && last && { firstId: first.id, lastId: last.id }
}

/** A term's events in one segment. */
export interface SegmentList extends Pick<Segment, 'id' | 'afterSeq' | 'ceilingS'> {
  positions: Uint8Array
}

/** A term's lists in some segments, the newest first. */
export async function listsBetween(
  sql: Sql,
  term: number,
  { firstId, lastId }: { firstId: number; lastId: number },
  limit: number,
): Promise<SegmentList[]> {
  const rows = await sql.all<Pick<SegmentRow, 'id' | 'after_seq' | 'ceiling_s'> & { positions: Uint8Array }>(
    `SELECT s.id, s.after_seq, s.ceiling_s, l.positions FROM lookup_lists l JOIN lookup_segments s ON s.id = l.segment
      WHERE l.term = ? AND l.segment >= ? AND l.segment <= ? ORDER BY l.segment DESC LIMIT ?`,
    [term, firstId, lastId, limit],
  )
  return rows.map(({ id, after_seq, ceiling_s, positions }) => ({
    id,
    afterSeq: after_seq,
    ceilingS: ceiling_s,
    positions,
  }))
}

/** Times only grow with the sequence number, unless the clock was moved back or several nodes disagree. */
async function insertSegment(sql: Sql, id: number, events: RecentEvents): Promise<void> {
  let [floorS, ceilingS] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (const { key, positions } of events.lists()) {
    // Every event is in one list of this key.
    if (key !== '') continue
    for (const { timeS } of positions) {
      floorS = Math.min(floorS, timeS)
      ceilingS = Math.max(ceilingS, timeS)
    }
  }
  const [before] = await sql.all<{ ceiling_s: number }>(
    'SELECT ceiling_s FROM lookup_segments WHERE id < ? ORDER BY id DESC LIMIT 1',
    [id],
  )
  ceilingS = Math.max(ceilingS, before?.ceiling_s ?? ceilingS)
  await sql.run('UPDATE lookup_segments SET floor_s = ? WHERE floor_s > ? AND id < ?', [floorS, floorS, id])
  await sql.run('INSERT INTO lookup_segments (id, after_seq, floor_s, ceiling_s) VALUES (?, ?, ?, ?)', [
    id,
    events.afterSeq,
    floorS,
    ceilingS,
  ])
}

/** The lists that are kept under terms: event ids stand apart, because each has one event. */
function listsOf(events: RecentEvents): { term: Term; positions: readonly EventPosition[] }[] {
  const lists: { term: Term; positions: readonly EventPosition[] }[] = []
  for (const list of events.lists()) {
    if (list.key !== 'EventId') lists.push({ term: termOf(list), positions: list.positions })
  }
  return lists
}

/** In the order in which they are stored. */
function eventIdsOf(events: RecentEvents): [eventId: Buffer, seq: number][] {
  const ids: [Buffer, number][] = []
  for (const { key, value, positions } of events.lists()) {
    if (key === 'EventId') for (const { seq } of positions) ids.push([eventIdBytes(value), seq])
  }
  return ids.sort(([a], [b]) => Buffer.compare(a, b))
}

type SegmentRow = { id: number; after_seq: number; floor_s: number; ceiling_s: number }
