import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dayMs, daySeconds, hourMs, hourSeconds, minuteMs, minuteSeconds, secondMs } from './durations.ts'

test('durations are those between two instants in UTC', () => {
  const msBetween = (from: string, to: string) => Date.parse(to) - Date.parse(from)
  assert.equal(secondMs, msBetween('2026-03-01T00:00:00Z', '2026-03-01T00:00:01Z'))
  assert.equal(minuteMs, msBetween('2026-03-01T00:00:00Z', '2026-03-01T00:01:00Z'))
  assert.equal(hourMs, msBetween('2026-03-01T00:00:00Z', '2026-03-01T01:00:00Z'))
  assert.equal(dayMs, msBetween('2026-02-28T00:00:00Z', '2026-03-01T00:00:00Z'))
  assert.deepEqual([minuteSeconds, hourSeconds, daySeconds], [60, 3600, 86_400])
})
