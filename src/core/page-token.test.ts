import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { randomSealer } from '../storage/testing.ts'
import { openPageToken, sealPageToken } from './page-token.ts'

test('a page token opens to its content for its own list, and for nothing else to nothing', () => {
  const sealer = randomSealer()
  fc.assert(
    fc.property(fc.string(), fc.string(), fc.jsonValue(), (list, other, content) => {
      fc.pre(list !== other)
      const token = sealPageToken(sealer, list, content)
      assert.equal(JSON.stringify(openPageToken(sealer, list, token)), JSON.stringify(content))
      assert.equal(openPageToken(sealer, other, token), undefined)
      assert.equal(openPageToken(randomSealer(), list, token), undefined)
    }),
  )
})

test('text that is no token opens to nothing', () => {
  const sealer = randomSealer()
  for (const text of ['', 'x', '{}', 'A'.repeat(5000), '-_-_-_-_', sealPageToken(sealer, 'a', 1).slice(1)]) {
    assert.equal(openPageToken(sealer, 'a', text), undefined, text)
  }
})
