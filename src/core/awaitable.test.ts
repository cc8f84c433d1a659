import assert from 'node:assert/strict'
import { test } from 'node:test'
import { andThen, mapAll } from './awaitable.ts'

test('andThen goes on at once with what is there, and later with what is promised', async () => {
  const twice = (value: number) => value * 2
  assert.equal(andThen(2, twice), 4)
  const later = andThen(Promise.resolve(2), twice)
  assert.ok(later instanceof Promise)
  assert.equal(await later, 4)
})

test('mapAll gives all at once where nothing has to be waited for, and else when the last is there', async () => {
  assert.deepEqual(
    mapAll([1, 2], (item) => item * 2),
    [2, 4],
  )
  const later = mapAll([1, 2], (item) => (item === 1 ? item : Promise.resolve(item * 2)))
  assert.ok(later instanceof Promise)
  assert.deepEqual(await later, [1, 4])
})

test('mapAll fails with the first failure, thrown or promised, and leaves none unheard', async () => {
  const unheard: unknown[] = []
  const hear = (reason: unknown) => unheard.push(reason)
  process.on('unhandledRejection', hear)
  const failing = mapAll(['promised', 'thrown'], (item) => {
    if (item === 'thrown') throw new Error(item)
    return Promise.reject(new Error(item))
  })
  await assert.rejects(async () => failing, { message: 'promised' })
  await new Promise((resolve) => setImmediate(resolve))
  process.off('unhandledRejection', hear)
  assert.deepEqual(unheard, [])
})
