import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseCredential } from './scope.ts'

test('a credential has exactly five parts, the first of which is not empty', () => {
  assert.deepEqual(parseCredential('a/b/c/d/e'), {
    accessKeyId: 'a',
    date: 'b',
    region: 'c',
    service: 'd',
    terminator: 'e',
  })
  assert.deepEqual(parseCredential('a////'), { accessKeyId: 'a', date: '', region: '', service: '', terminator: '' })
  for (const text of ['', 'a', 'a/b/c/d', 'a/b/c/d/e/f', 'a/b/c/d/e/', '/b/c/d/e', '/'.repeat(100_000)]) {
    assert.equal(parseCredential(text), undefined)
  }
})
