import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { decodePositions, encodePositions } from './position-list.ts'

test('positions come back as they were, in any order and of any size', () => {
  const seqs = fc.integer({ min: 0, max: 2 ** 50 })
  const times = fc.integer({ min: -(2 ** 49), max: 2 ** 49 })
  const position = fc.tuple(times, seqs).map(([timeS, seq]) => ({ timeS, seq }))
  fc.assert(
    fc.property(fc.array(position), seqs, (positions, afterSeq) => {
      assert.deepEqual(decodePositions(encodePositions(positions, afterSeq), afterSeq), positions)
    }),
  )
})

test('an event a second after another takes two bytes', () => {
  const positions = Array.from({ length: 101 }, (_, n) => ({ timeS: 1_780_000_000 + n, seq: 5001 + n }))
  assert.equal(encodePositions(positions, 5000).length - encodePositions(positions.slice(0, 1), 5000).length, 200)
})
