import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { percentEncode, policySize } from './policy-text.ts'

test('policySize leaves out white space', () => {
  assert.equal(policySize('{ "a" :\r\n\t1 }'), 7)
  assert.equal(policySize(' '.repeat(100)), 0)
})

test('percentEncode escapes all but the unreserved characters', () => {
  assert.equal(percentEncode(`{"a":"b'c(*)!~é"}`), '%7B%22a%22%3A%22b%27c%28%2A%29%21~%C3%A9%22%7D')
})

test('percentEncode can be undone, and leaves nothing that RFC 3986 reserves', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      const encoded = percentEncode(text)
      assert.match(encoded, /^([A-Za-z0-9._~-]|%[0-9A-F]{2})*$/)
      assert.equal(decodeURIComponent(encoded), text)
    }),
  )
})
