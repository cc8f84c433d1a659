import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FixedClock } from '../../test/fixtures/call.ts'
import { ExpiringMap } from './expiring-map.ts'

test('an entry holds until its time, and not at it', () => {
  const clock = new FixedClock()
  const map = new ExpiringMap<string, number>(clock, 10)
  map.set('a', 1, clock.nowMs() + 5000)
  assert.equal(map.get('a'), 1)
  clock.advance(4)
  assert.equal(map.get('a'), 1)
  clock.advance(1)
  assert.equal(map.get('a'), undefined)
})

test('an entry does not hold where the clock was set back to before it', () => {
  const clock = new FixedClock()
  const map = new ExpiringMap<string, number>(clock, 10)
  map.set('a', 1, clock.nowMs() + 5000)
  clock.timeMs -= 1
  assert.equal(map.get('a'), undefined)
})

test('more entries than there may be push out what was used longest ago', () => {
  const clock = new FixedClock()
  const map = new ExpiringMap<string, number>(clock, 2)
  for (const [value, key] of ['a', 'b'].entries()) map.set(key, value, clock.nowMs() + 1000)
  map.get('a')
  map.set('c', 2, clock.nowMs() + 1000)
  assert.deepEqual(
    ['a', 'b', 'c'].map((key) => map.get(key)),
    [0, undefined, 2],
  )
})
