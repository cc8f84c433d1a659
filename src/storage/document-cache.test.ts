import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DocumentCache } from './document-cache.ts'

const unknown = Symbol('unknown')

/** What the cache says of each key. */
const lookUp = (cache: DocumentCache, ...keys: string[]) =>
  keys.map((key) => {
    const found = cache.get(key)
    return found ? found.document : unknown
  })

const countKnown = (cache: DocumentCache, count: number) =>
  Array.from({ length: count }, (_, i) => cache.get(`k${i}`)).filter(Boolean).length

test('A cache knows what was filled in, absence too, and nothing else', () => {
  const cache = new DocumentCache()
  cache.fill('a', { n: 1 }, 7, cache.epoch)
  cache.fill('b', undefined, 0, cache.epoch)
  assert.deepEqual(lookUp(cache, 'a', 'b', 'c'), [{ n: 1 }, undefined, unknown])
})

test('A cache keeps the committed document until the transaction that changed it has ended', () => {
  const cache = new DocumentCache()
  cache.fill('a', 1, 1, cache.epoch)
  cache.fill('b', 2, 1, cache.epoch)
  cache.change('a')
  assert.equal(cache.isChanged('a'), true)
  assert.deepEqual(lookUp(cache, 'a'), [1])
  cache.forgetChanged()
  assert.equal(cache.isChanged('a'), false)
  assert.deepEqual(lookUp(cache, 'a', 'b'), [unknown, 2])
})

test('A cache does not take what was read before a change', () => {
  const cache = new DocumentCache()
  const before = cache.epoch
  cache.change('a')
  cache.fill('a', 'uncommitted', 1, cache.epoch)
  cache.forgetChanged()
  cache.fill('a', 'outdated', 1, before)
  cache.fill('b', 'perhaps outdated', 1, before)
  assert.deepEqual(lookUp(cache, 'a', 'b'), [unknown, unknown])
})

test('A cache forgets what was not used for long and keeps what is', () => {
  const cache = new DocumentCache()
  cache.fill('used', 1, 1, cache.epoch)
  cache.fill('unused', 1, 1, cache.epoch)
  for (let i = 0; i < 30_000; i++) {
    cache.fill(`k${i}`, i, 1, cache.epoch)
    cache.get('used')
  }
  assert.deepEqual(lookUp(cache, 'used', 'unused'), [1, unknown])
  assert.ok(countKnown(cache, 30_000) <= 20_000)
})

test('A cache is bounded by the size of its documents too', () => {
  const cache = new DocumentCache()
  for (let i = 0; i < 100; i++) cache.fill(`k${i}`, i, 4 * 1024 * 1024, cache.epoch)
  const kept = countKnown(cache, 100)
  assert.ok(kept > 0 && kept <= 20)
})
