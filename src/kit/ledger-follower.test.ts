import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FixedClock } from '../../test/fixtures/call.ts'
import type { CollectionSpec, Scope } from '../core/store.ts'
import { testStore } from '../storage/testing.ts'
import { LedgerFollower, type LedgerPosition, readPosition } from './ledger-follower.ts'

const positions: CollectionSpec<LedgerPosition> = { name: 'test.positions' }
const wanting: CollectionSpec<{ seen: number[] }> = { name: 'test.wanting' }
const scope: Scope = { accountId: '', region: '' }

async function fixture() {
  const store = await testStore()
  const clock = new FixedClock()
  let lastSeq = 3
  const taker = {
    ...{ positions, name: 'p' },
    isWanted: async (reader: Pick<typeof store, 'in'>) => (await reader.in(wanting).get(scope, 'w')) !== undefined,
    take:
      async (records: readonly { seq: number }[]) =>
      async (tx: Parameters<Parameters<typeof store.transaction>[0]>[0]) => {
        const seen = (await tx.in(wanting).get(scope, 'w'))?.seen ?? []
        await tx.in(wanting).put(scope, 'w', { seen: [...seen, ...records.map(({ seq }) => seq)] })
      },
  }
  const ledger = { lastSeq: async () => lastSeq, read: async () => [], follow: () => {} }
  const follower = new LedgerFollower({ store, ledger, clock }, taker)
  return {
    ...{ store, clock, follower },
    want: (seen: number[] | undefined) =>
      store.transaction((tx) =>
        seen
          ? tx.in(wanting).put(scope, 'w', { seen })
          : tx
              .in(wanting)
              .delete(scope, 'w')
              .then(() => {}),
      ),
    seen: async () => (await store.in(wanting).get(scope, 'w'))?.seen,
    position: async () => (await readPosition(store, taker))?.seq,
    /** Adds records to the ledger and hands them on. */
    add: async (count: number) => {
      const from = await follower.position()
      const records = Array.from({ length: count }, (_, at) => ({ seq: lastSeq + 1 + at, record: '{}' }))
      lastSeq += count
      return follower.take(
        records.filter(({ seq }) => seq > from),
        from,
      )
    },
  }
}

test('records behind the beginning are taken, with the position, in one transaction', async () => {
  const { follower, want, add, seen, position } = await fixture()
  assert.equal(await follower.begin(), 3)
  await want([])
  assert.equal(await add(2), true)
  assert.deepEqual([await seen(), await position()], [[4, 5], 5])
  assert.equal(await follower.take([{ seq: 5, record: '{}' }], 4), false, 'another node has taken them')
  assert.deepEqual(await seen(), [4, 5])
})

test('a position is forgotten when nothing wants records any more, and not before a change that is about to want them', async () => {
  const { follower, want, add, position, clock, seen } = await fixture()
  await follower.begin()
  await want([])
  await add(1)
  await want(undefined)
  clock.advance(120)
  // What begins to want them has asked, and its change is not committed yet.
  await follower.begin()
  assert.equal(await add(1), true)
  assert.equal(await position(), 5)
  await want([])
  await add(1)
  assert.deepEqual(await seen(), [6])
  await want(undefined)
  clock.advance(120)
  assert.equal(await add(1), false)
  assert.equal(await position(), undefined)
  assert.ok((await follower.position()) > 1e9)
})
