import assert from 'node:assert/strict'
import { test } from 'node:test'
import { expandBraces } from './brace-patterns.ts'

test('expandBraces gives every combination, in order', () => {
  assert.deepEqual(expandBraces('plain'), ['plain'])
  assert.deepEqual(expandBraces('a-{b,c}-{1,2}'), ['a-b-1', 'a-b-2', 'a-c-1', 'a-c-2'])
  assert.deepEqual(expandBraces('{a,b}'), ['a', 'b'])
})
