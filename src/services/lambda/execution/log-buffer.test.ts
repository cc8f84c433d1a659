import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LogBuffer } from './log-buffer.ts'

test('a log that is written byte by byte is held in few pieces', () => {
  const log = new LogBuffer(5000)
  let most = 0
  for (let written = 0; written < 20_000; written++) {
    log.add(String(written % 10))
    most = Math.max(most, log.chunks)
  }
  assert.ok(most <= 256, `${most} pieces`)
  assert.equal(log.take(), '0123456789'.repeat(500))
})
