import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ServiceError } from '../core/service-error.ts'
import type { CollectionSpec } from '../core/store.ts'
import { testStore } from '../storage/testing.ts'
import { counters } from './counters.ts'

type Counts = Record<'notes' | 'bytes', number>

const collection: CollectionSpec<Counts> = { name: 'kit.test-counts' }
const tooMany = (what: string) => () => new ServiceError('LimitExceededException', 400, what)
const scope = { accountId: '111122223333', region: 'us-east-1' }

async function counting() {
  const store = await testStore()
  const counts = counters({
    collection,
    none: { notes: 0, bytes: 0 },
    quotas: { notes: { most: 2, exceeded: tooMany('notes') }, bytes: { most: 100, exceeded: tooMany('bytes') } },
  })
  return {
    change: (by: Partial<Counts>, id = 'x', where = scope) =>
      store.transaction((tx) => counts.change(tx, where, id, by)),
    read: (id = 'x', where = scope) => counts.read(store, where, id),
    stored: (id = 'x') => store.in(collection).get(scope, id),
  }
}

test('counts follow what comes and goes, each owner for itself', async () => {
  const { change, read } = await counting()
  assert.deepEqual(await read(), { notes: 0, bytes: 0 })
  assert.deepEqual(await change({ notes: 1, bytes: 30 }), { notes: 1, bytes: 30 })
  await change({ bytes: 5 }, 'y')
  const elsewhere = { ...scope, region: 'eu-west-1' }
  await change({ notes: 2 }, 'x', elsewhere)
  assert.deepEqual(await change({ bytes: -10 }), { notes: 1, bytes: 20 })
  assert.deepEqual(
    [await read('y'), await read('x', elsewhere)],
    [
      { notes: 0, bytes: 5 },
      { notes: 2, bytes: 0 },
    ],
  )
})

test('a count that would grow over its quota is refused and stays; the quota itself may be reached', async () => {
  const { change, read } = await counting()
  await change({ notes: 2, bytes: 100 })
  await assert.rejects(change({ notes: 1 }), { code: 'LimitExceededException', message: 'notes' })
  await assert.rejects(change({ bytes: 1 }), { message: 'bytes' })
  await assert.rejects(change({ notes: 1, bytes: 1 }), { message: 'notes' })
  await assert.rejects(change({ notes: -1, bytes: 1 }), { message: 'bytes' })
  assert.deepEqual(await read(), { notes: 2, bytes: 100 })
})

test('what is over its quota already may become less, and other counts may grow', async () => {
  const store = await testStore()
  await store.transaction((tx) => tx.in(collection).put(scope, 'x', { notes: 9, bytes: 0 }))
  const counts = counters({
    collection,
    none: { notes: 0, bytes: 0 },
    quotas: { notes: { most: 2, exceeded: tooMany('notes') } },
  })
  await store.transaction((tx) => counts.change(tx, scope, 'x', { notes: -1, bytes: 500 }))
  assert.deepEqual(await counts.read(store, scope, 'x'), { notes: 8, bytes: 500 })
})

test('the document of an owner goes with the last of what it counts', async () => {
  const { change, read, stored } = await counting()
  await change({ notes: 1, bytes: 3 })
  await change({ notes: -1 })
  assert.deepEqual(await stored(), { notes: 0, bytes: 3 })
  await change({ bytes: -3 })
  assert.equal(await stored(), undefined)
  assert.deepEqual(await read(), { notes: 0, bytes: 0 })
})
