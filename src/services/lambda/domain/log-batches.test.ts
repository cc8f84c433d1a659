import assert from 'node:assert/strict'
import { test } from 'node:test'
import { logBatches } from './log-batches.ts'

test('each line of a log is an event, with its line end', () => {
  assert.deepEqual(logBatches('a\n\nb', 5), [
    [
      { timestamp: 5, message: 'a\n' },
      { timestamp: 5, message: '\n' },
      { timestamp: 5, message: 'b' },
    ],
  ])
  assert.deepEqual(logBatches('', 5), [])
})

test('a long log is parted into what one request can carry', () => {
  const short = logBatches('x\n'.repeat(25_000), 0)
  assert.deepEqual(
    short.map(({ length }) => length),
    [10_000, 10_000, 5000],
  )
  const long = logBatches(`${'x'.repeat(300_000)}\n`.repeat(7), 0)
  assert.deepEqual(
    long.map(({ length }) => length),
    [3, 3, 1],
  )
})
