import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DocumentCache } from './document-cache.ts'

const known = (cache: DocumentCache, ...keys: string[]) => keys.map((key) => cache.get(key)?.document)

test('A cache knows what was filled in, absence too, and nothing else', () => {
  const cache = new DocumentCache()
  cache.fill('a', { n: 1 }, 7, cache.epoch)
  cache.fill('b', undefined, 0, cache.epoch)
  assert.deepEqual(
    [cache.get('a'), cache.get('b'), cache.get('c')],
    [{ document: { n: 1 } }, { document: undefined }, undefined],
  )
})

test('A cache keeps the committed document until the transaction that changed it has ended', () => {
  const cache = new DocumentCache()
  cache.fill('a', 1, 1, cache.epoch)
  cache.fill('b', 2, 1, cache.epoch)
  cache.change('a')
  assert.equal(cache.isChanged('a'), true)
  assert.deepEqual(cache.get('a'), { document: 1 })
  cache.forgetChanged()
  assert.equal(cache.isChanged('a'), false)
  assert.deepEqual([cache.get('a'), cache.get('b')], [undefined, { document: 2 }])
})

test('A cache does not take what was read before a change', () => {
  const cache = new DocumentCache()
  const before = cache.epoch
  cache.change('a')
  cache.fill('a', 'uncommitted', 1, cache.epoch)
  cache.forgetChanged()
  cache.fill('a', 'outdated', 1, before)
  cache.fill('b', 'perhaps outdated', 1, before)
  assert.deepEqual([cache.get('a'), cache.get('b')], [undefined, undefined])
})

test('A cache forgets what was not used for long and keeps what is', () => {
  const cache = new DocumentCache()
  cache.fill('used', 1, 1, cache.epoch)
  cache.fill('unused', 1, 1, cache.epoch)
  for (let i = 0; i < 30_000; i++) {
    cache.fill(`k${i}`, i, 1, cache.epoch)
    cache.get('used')
  }
  assert.deepEqual([cache.get('used'), cache.get('unused')], [{ document: 1 }, undefined])
  const known = Array.from({ length: 30_000 }, (_, i) => cache.get(`k${i}`)).filter(Boolean)
  assert.ok(known.length <= 20_000)
})

test('A cache is bounded by the size of its documents too', () => {
  const cache = new DocumentCache()
  for (let i = 0; i < 100; i++) cache.fill(`k${i}`, i, 4 * 1024 * 1024, cache.epoch)
  const known = Array.from({ length: 100 }, (_, i) => cache.get(`k${i}`)).filter(Boolean)
  assert.ok(known.length > 0 && known.length <= 20)
})
