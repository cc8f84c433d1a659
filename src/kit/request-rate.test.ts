import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { RequestRate } from './request-rate.ts'

test('a rate of two admits two requests at once, then one every half second; refused ones cost nothing', () => {
  const rate = new RequestRate()
  const admitted = [0, 0, 499, 500, 900, 1000, 3000, 3000, 3000].map((ms) => rate.admit('a', 2, ms))
  assert.deepEqual(admitted, [true, true, false, true, false, true, true, true, false])
})

test('a rate of a quarter admits one request every four seconds', () => {
  const rate = new RequestRate()
  const admitted = [0, 1, 3999, 4000, 7999, 8000].map((ms) => rate.admit('a', 0.25, ms))
  assert.deepEqual(admitted, [true, false, false, true, false, true])
})

test('a request may cost more than one token', () => {
  const rate = new RequestRate()
  assert.deepEqual([rate.admit('a', 5, 0, 3), rate.admit('a', 5, 0, 3), rate.admit('a', 5, 0, 2)], [true, false, true])
})

test('keys are counted apart', () => {
  const rate = new RequestRate()
  assert.deepEqual(
    ['a', 'b', 'a', 'b'].map((key) => rate.admit(key, 1, 0)),
    [true, true, false, false],
  )
})

test('a clock that is moved back refuses no caller for longer than the rate does', () => {
  const rate = new RequestRate()
  const admitted = [100_000, 5, 1004, 1005].map((ms) => rate.admit('a', 1, ms))
  assert.deepEqual(admitted, [true, false, false, true])
})

test('in any time no more is admitted than the bucket held and the rate brought', () => {
  const steps = fc.array(fc.nat(700), { minLength: 1, maxLength: 60 })
  fc.assert(
    fc.property(steps, fc.constantFrom(0.25, 1, 2, 10), (pausesMs, perSecond) => {
      const rate = new RequestRate()
      let nowMs = 0
      let admitted = 0
      for (const pauseMs of pausesMs) {
        nowMs += pauseMs
        if (rate.admit('a', perSecond, nowMs)) admitted++
      }
      assert.ok(admitted <= Math.max(1, perSecond) + (nowMs * perSecond) / 1000)
    }),
  )
})
