import type { Sql } from '../../core/sql.ts'
import { chunked, insertRows, placeholders } from '../rows.ts'
import type { LedgerEntry } from '../tables.ts'
import { distinctTerms, findTermIds, giveTermIds, type IndexedEvent, indexedEvent, termKey } from './terms.ts'

/**
 * Adds entries to the index, inside the transaction that moves its position.
 * @param sinceMs - older events are left out: an index that is made anew would only forget them again.
 */
export async function indexEntries(sql: Sql, entries: readonly LedgerEntry[], sinceMs: number): Promise<void> {
  const events = eventsAmong(entries).filter(({ timeS }) => timeS * 1000 >= sinceMs)
  const ids = await giveTermIds(sql, distinctTerms(events))
  await insertRows(sql, 'lookup_postings (term, time_s, seq)', postingsOf(events, ids))
  await insertRows(sql, 'lookup_event_ids (event_id, seq)', eventIdsOf(events))
}

/** Removes what `indexEntries` added for these entries, and the terms that nothing is found by any more. */
export async function unindexEntries(sql: Sql, entries: readonly LedgerEntry[]): Promise<void> {
  const events = eventsAmong(entries)
  const terms = distinctTerms(events)
  await deletePostings(sql, postingsOf(events, await findTermIds(sql, terms)))
  await deleteEventIds(sql, events)
  for (const chunk of chunked(terms)) {
    const given = placeholders(chunk.length, 4)
    await sql.run(
      `DELETE FROM lookup_terms WHERE (account, region, key, value) IN (VALUES ${given})
        AND NOT EXISTS (SELECT 1 FROM lookup_postings WHERE term = lookup_terms.id)`,
      chunk.flat(),
    )
  }
}

const eventsAmong = (entries: readonly LedgerEntry[]) => entries.flatMap((entry) => indexedEvent(entry) ?? [])

/** In the order in which they are stored. */
function postingsOf(events: readonly IndexedEvent[], ids: ReadonlyMap<string, number>): number[][] {
  const postings: [term: number, timeS: number, seq: number][] = []
  for (const { seq, timeS, terms } of events) {
    for (const term of terms) {
      const id = ids.get(termKey(term))
      if (id !== undefined) postings.push([id, timeS, seq])
    }
  }
  return postings.sort((a, b) => a[0] - b[0] || a[1] - b[1] || a[2] - b[2])
}

const eventIdsOf = (events: readonly IndexedEvent[]) =>
  events.map(({ eventId, seq }) => [eventId, seq] as const).sort(([a], [b]) => Buffer.compare(a, b))

async function deletePostings(sql: Sql, postings: readonly number[][]): Promise<void> {
  for (const chunk of chunked(postings)) {
    // The casts tell PostgreSQL what the first row's parameters are; the others follow it.
    const first = '(CAST(? AS BIGINT), CAST(? AS BIGINT), CAST(? AS BIGINT))'
    const others = chunk.length > 1 ? `, ${placeholders(chunk.length - 1, 3)}` : ''
    const statement = `DELETE FROM lookup_postings WHERE (term, time_s, seq) IN (VALUES ${first}${others})`
    await sql.run(statement, chunk.flat())
  }
}

async function deleteEventIds(sql: Sql, events: readonly IndexedEvent[]): Promise<void> {
  for (const chunk of chunked(events)) {
    const ids = chunk.map(() => '?').join(', ')
    const statement = `DELETE FROM lookup_event_ids WHERE event_id IN (${ids}) AND seq <= ?`
    await sql.run(statement, [...chunk.map(({ eventId }) => eventId), chunk.at(-1)?.seq ?? 0])
  }
}
