import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isoSeconds } from './iso-seconds.ts'

test('a time is printed to the second that it is in, whichever was printed before', () => {
  const timeMs = Date.parse('2026-03-01T12:00:00.000Z')
  const times: [number, string][] = [
    [timeMs, '2026-03-01T12:00:00Z'],
    [timeMs + 999, '2026-03-01T12:00:00Z'],
    [timeMs + 1000, '2026-03-01T12:00:01Z'],
    [timeMs - 1, '2026-03-01T11:59:59Z'],
    [timeMs + 999, '2026-03-01T12:00:00Z'],
    [-1, '1969-12-31T23:59:59Z'],
  ]
  for (const [time, printed] of times) assert.equal(isoSeconds(time), printed)
  assert.throws(() => isoSeconds(Number.NaN), RangeError)
})
