import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type Key, keys } from './contract-fixtures.ts'
import type { StoreUnderTest } from './store-under-test.ts'

/** Random operations in random order, compared with a map. */
export function modelContract(under: StoreUnderTest): void {
  test('A store behaves like a map, whatever is done in whatever order', async () => {
    const id = fc.constantFrom('a', 'b', 'c')
    const state = fc.constantFrom('Enabled', 'Disabled')
    const change = fc.oneof(
      fc.record({ do: fc.constant('put' as const), id, state, uses: fc.nat(9) }),
      fc.record({ do: fc.constant('delete' as const), id }),
      fc.record({ do: fc.constant('get' as const), id }),
    )
    const transaction = fc.record({ changes: fc.array(change, { maxLength: 4 }), fails: fc.boolean() })
    const round = fc.record({ together: fc.array(transaction, { minLength: 1, maxLength: 4 }), read: id })
    let region = 0
    await fc.assert(
      fc.asyncProperty(fc.array(round, { maxLength: 6 }), async (rounds) => {
        const where = { accountId: '1', region: `r${++region}` }
        let model = new Map<string, Key>()
        for (const { together, read } of rounds) {
          const running = together.map(({ changes, fails }) =>
            under.store.transaction(async (tx) => {
              const seen = []
              for (const step of changes) {
                if (step.do === 'put') await tx.in(keys).put(where, step.id, { state: step.state, uses: step.uses })
                else seen.push(await tx.in(keys)[step.do](where, step.id))
              }
              if (fails) throw new Error('refused')
              return seen
            }),
          )
          for (const [i, { changes, fails }] of together.entries()) {
            const next = new Map(model)
            const seen: unknown[] = []
            for (const step of changes) {
              if (step.do === 'put') next.set(step.id, { state: step.state, uses: step.uses })
              if (step.do === 'get') seen.push(next.get(step.id))
              if (step.do === 'delete') seen.push(next.delete(step.id))
            }
            if (fails) await assert.rejects(running[i] ?? Promise.resolve(), /refused/)
            else assert.deepEqual(await running[i], seen)
            if (!fails) model = next
          }
          assert.deepEqual(await under.store.in(keys).get(where, read), model.get(read))
          const sorted = [...model]
            .map(([key, document]) => ({ id: key, document }))
            .sort((a, b) => (a.id < b.id ? -1 : 1))
          assert.deepEqual(await under.store.in(keys).list(where), sorted)
          const options = { index: { name: 'state', value: 'Enabled' } }
          assert.deepEqual(
            await under.store.in(keys).list(where, options),
            sorted.filter(({ document }) => document.state === 'Enabled'),
          )
        }
      }),
      { numRuns: 40 },
    )
  })
}
