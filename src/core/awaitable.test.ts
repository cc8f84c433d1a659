import assert from 'node:assert/strict'
import { test } from 'node:test'
import { andThen } from './awaitable.ts'

test('andThen goes on at once with what is there, and later with what is promised', async () => {
  const twice = (value: number) => value * 2
  assert.equal(andThen(2, twice), 4)
  const later = andThen(Promise.resolve(2), twice)
  assert.ok(later instanceof Promise)
  assert.equal(await later, 4)
})
