import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LazyAbort } from './lazy-abort.ts'

test('a lazy abort reaches a signal that was asked for before it, and one that is asked for after it', () => {
  const before = new LazyAbort()
  const { signal } = before
  assert.equal(signal.aborted, false)
  const reason = new Error('gone')
  before.abort(reason)
  before.abort(new Error('gone again'))
  assert.deepEqual([signal.aborted, signal.reason, before.signal === signal], [true, reason, true])
  const after = new LazyAbort()
  after.abort(reason)
  assert.deepEqual([after.signal.aborted, after.signal.reason], [true, reason])
})
