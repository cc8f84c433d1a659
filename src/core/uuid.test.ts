import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newEventId, newRequestId } from './uuid.ts'

test('event ids are UUIDs of version 7 in order of their times, and differ at one time', () => {
  const times = [0, 1, Date.parse('2026-03-01T12:00:00.001Z'), Date.parse('2026-03-01T12:00:00.002Z')]
  const ids = times.map(newEventId)
  for (const id of ids) assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  assert.deepEqual(ids, ids.toSorted())
  assert.match(ids[3] ?? '', /^019ca945-0a02-/)
  assert.notEqual(newEventId(1), newEventId(1))
})

test('request ids are random UUIDs', () => {
  const ids = Array.from({ length: 300 }, newRequestId)
  for (const id of ids) assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  assert.equal(new Set(ids).size, ids.length)
})
