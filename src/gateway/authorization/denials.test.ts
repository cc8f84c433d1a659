import assert from 'node:assert/strict'
import { test } from 'node:test'
import { testStore } from '../../storage/testing.ts'
import { type Denial, denialsKept, denialWork, findDenial, keepDenial } from './denials.ts'

const denial = (requestId: string, time: string): Denial => ({
  requestId,
  timeMs: Date.parse(time),
  accountId: '111122223333',
  service: 'kms',
  operation: 'Decrypt',
  message: 'no',
  explanation: {} as Denial['explanation'],
})

test('a denial is found by its request id until its day has been over for ninety days, and no longer', async () => {
  const store = await testStore()
  for (const [id, time] of [
    ['first', '2026-03-01T00:00:00Z'],
    ['same-day', '2026-03-01T23:59:59Z'],
    ['next-day', '2026-03-02T00:00:00Z'],
  ] as const) {
    await store.transaction((tx) => keepDenial(tx, denial(id, time)))
  }
  const [kind = '', run] = Object.entries(denialWork(store))[0] ?? []
  assert.equal(await store.nextDueAtMs([kind]), Date.parse('2026-05-31T00:00:00Z'))
  const leased = await store.leaseDue([kind], Date.parse('2026-05-31T00:00:00Z'), Date.parse('2026-05-31T00:01:00Z'))
  assert.ok(leased && run)
  assert.equal((await findDenial(store, 'first'))?.operation, 'Decrypt')
  await store.completeDue(leased, await run(leased.work))
  assert.deepEqual(await Promise.all(['first', 'same-day'].map((id) => findDenial(store, id))), [undefined, undefined])
  assert.ok(await findDenial(store, 'next-day'))
  assert.equal(await store.nextDueAtMs([kind]), Date.parse('2026-06-01T00:00:00Z'))
})

test('an account keeps its latest ten thousand denials, and costs another account none of its own', async () => {
  const store = await testStore()
  const keep = (ids: readonly string[], accountId: string) =>
    store.transaction(async (tx) => {
      for (const id of ids) await keepDenial(tx, { ...denial(id, '2026-03-01T00:00:00Z'), accountId })
    })
  await keep(['other'], '444455556666')
  const ids = Array.from({ length: denialsKept + 3 }, (_, index) => `denial-${index}`)
  await keep(ids, '111122223333')
  const found = await Promise.all(ids.map(async (id) => Boolean(await findDenial(store, id))))
  assert.deepEqual(
    ids.filter((_, index) => !found[index]),
    ['denial-0', 'denial-1', 'denial-2'],
  )
  assert.ok(await findDenial(store, 'other'))
})
