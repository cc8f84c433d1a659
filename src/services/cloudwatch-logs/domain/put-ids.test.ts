import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eventId } from './event-place.ts'
import { idsFrom, PutIds } from './put-ids.ts'

test('ids of puts grow, also when more than can be counted come in a millisecond and when time is set back', () => {
  const ids = new PutIds()
  const nowMs = Date.parse('2026-03-01T12:00:00Z')
  const made = Array.from({ length: 70_000 }, () => ids.next(nowMs))
  made.push(ids.next(nowMs - 1000), ids.next(nowMs + 1000))
  for (const [n, id] of made.entries()) {
    assert.equal(id.length, 24)
    assert.ok(id > idsFrom(nowMs))
    const before = made[n - 1]
    // The end of an id is chance.
    if (before !== undefined) assert.ok(id.slice(0, 16) > before.slice(0, 16), `${before} ${id}`)
  }
})

test('ids of events have 56 digits and grow with their places', () => {
  const ids = new PutIds()
  const nowMs = Date.parse('2026-03-01T12:00:00Z')
  const [first, second] = [ids.next(nowMs), ids.next(nowMs)]
  const made = [
    eventId([nowMs - 1, second, 9999]),
    eventId([nowMs, first, 0]),
    eventId([nowMs, first, 1]),
    eventId([nowMs, second, 0]),
    eventId([nowMs + 1, first, 0]),
  ]
  assert.deepEqual(made.toSorted(), made)
  for (const id of made) assert.match(id, /^3\d{55}$/)
})
