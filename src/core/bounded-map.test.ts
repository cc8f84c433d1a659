import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { BoundedMap } from './bounded-map.ts'

test('a full bounded map forgets what was used longest ago', () => {
  const map = new BoundedMap<string, number>(3)
  for (const [value, key] of ['a', 'b', 'c'].entries()) map.set(key, value)
  map.get('a')
  map.set('b', 10)
  map.set('d', 3)
  assert.deepEqual([map.get('a'), map.get('b'), map.get('c'), map.get('d')], [0, 10, undefined, 3])
  assert.equal(map.size, 3)
})

test('a replaced entry counts once, and a deleted one not at all', () => {
  const map = new BoundedMap<string, number>(2)
  for (let time = 0; time < 5; time++) map.set('a', time)
  map.set('b', 1)
  assert.equal(map.get('a'), 4)
  map.delete('b')
  map.delete('b')
  map.set('c', 2)
  assert.deepEqual([map.get('a'), map.get('b'), map.get('c')], [4, undefined, 2])
})

test('a bounded map that weighs its entries forgets as many as the weight of a new one requires', () => {
  const map = new BoundedMap<string, boolean>(6, (key) => key.length)
  for (const key of ['a', 'bb', 'ccc']) map.set(key, true)
  map.set('dd', true)
  assert.deepEqual([map.get('a'), map.get('bb'), map.get('ccc'), map.get('dd')], [undefined, undefined, true, true])
})

test('an entry heavier than the limit is not kept', () => {
  const map = new BoundedMap<string, boolean>(2, (key) => key.length)
  map.set('long', true)
  assert.equal(map.get('long'), undefined)
  assert.equal(map.size, 0)
})

test('a key in constant use of a full map is found about as fast as in a small one', () => {
  const timeOf = (size: number) => {
    const map = new BoundedMap<string, number>(size)
    for (let n = 0; n < size; n++) map.set(`key-${n}`, n)
    const startMs = performance.now()
    for (let n = 0; n < 20_000; n++) map.get(n % 2 === 0 ? 'key-0' : 'key-1')
    return performance.now() - startMs
  }
  timeOf(10)
  // Two hundred times as long where the order is kept in the map itself; a noisy machine may take some times as long.
  const ratios = [1, 2, 3].map(() => timeOf(10_000) / timeOf(10))
  assert.ok(Math.min(...ratios) < 20, ratios.join(', '))
})

test('whatever is done with it, a bounded map stays within its limit and gives what was last set, or nothing', () => {
  const key = fc.integer({ min: 0, max: 9 })
  const step = fc.record({ action: fc.constantFrom('get', 'set', 'delete'), key })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), fc.integer({ min: 1, max: 12 }), (steps, limit) => {
      const map = new BoundedMap<number, number>(limit)
      const model = new Map<number, number>()
      for (const [at, { action, key }] of steps.entries()) {
        if (action === 'set') {
          map.set(key, at)
          model.set(key, at)
          assert.equal(map.get(key), at)
        } else if (action === 'delete') {
          map.delete(key)
          model.delete(key)
        } else {
          const found = map.get(key)
          assert.ok(found === undefined || found === model.get(key))
        }
        assert.ok(map.size <= Math.min(limit, model.size))
      }
    }),
  )
})
