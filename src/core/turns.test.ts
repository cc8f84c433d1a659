import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Turns } from './turns.ts'

test('Turns never lets more happen at once than it may, starts in the order of asking, and forgets nobody', async () => {
  const works = fc.array(fc.record({ ticks: fc.nat(3), fails: fc.boolean() }), { maxLength: 12 })
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 3 }), works, async (atOnce, all) => {
      const turns = new Turns(atOnce)
      const started: number[] = []
      let running = 0
      const asked = all.map(({ ticks, fails }, index) =>
        turns.take(async () => {
          started.push(index)
          assert.ok(++running <= atOnce)
          for (let tick = 0; tick < ticks; tick++) await undefined
          running--
          if (fails) throw new Error(String(index))
          return index
        }),
      )
      const ends = await Promise.allSettled(asked)
      assert.deepEqual(
        ends.map((end) => (end.status === 'fulfilled' ? end.value : Number(end.reason.message))),
        all.map((_, index) => index),
      )
      assert.deepEqual(
        started,
        all.map((_, index) => index),
      )
    }),
    { numRuns: 50 },
  )
})
