import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RequestRate } from './request-rate.ts'

test('two requests are admitted in any second, and refused ones do not count', () => {
  const rate = new RequestRate(2)
  const admitted = [0, 500, 900, 999, 1000, 1400, 1500, 2000].map((ms) => rate.admit('a', ms))
  assert.deepEqual(admitted, [true, true, false, false, true, false, true, true])
})

test('keys are counted apart', () => {
  const rate = new RequestRate(1)
  assert.deepEqual(
    ['a', 'b', 'a', 'b'].map((key) => rate.admit(key, 0)),
    [true, true, false, false],
  )
})

test('a clock that is moved back does not shut anybody out', () => {
  const rate = new RequestRate(1)
  assert.deepEqual([rate.admit('a', 100_000), rate.admit('a', 5), rate.admit('a', 6)], [true, true, false])
})
