import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import { encodeEvents, openBlock, type StoredEvent, sealBlock, sealBlockApart } from './event-block.ts'
import { PutIds } from './put-ids.ts'

const key = randomBytes(32)
const identity = { groupId: 'g', blockId: 'b' }
const ids = new PutIds()
const puts = Array.from({ length: 5 }, (_, n) => ({
  id: ids.next(1_772_366_400_000 + n),
  ingestedMs: 1_772_366_400_000 + n,
}))

test('a block opens to the events that were sealed, whatever their messages, sizes and puts', async () => {
  const event = fc.record({
    put: fc.constantFrom(...puts),
    timeMs: fc.integer({ min: 0, max: 2 ** 46 }),
    index: fc.integer({ min: 0, max: 9999 }),
    message: fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.constant('x'.repeat(50_000))),
  })
  await fc.assert(
    fc.asyncProperty(fc.array(event, { minLength: 1, maxLength: 20 }), async (given) => {
      const events = given.map(
        ({ put, timeMs, index, message }): StoredEvent => ({
          place: [timeMs, put.id, index],
          ingestedMs: put.ingestedMs,
          message: Buffer.from(message),
        }),
      )
      for (const sealed of [
        sealBlock(encodeEvents(events), key, identity),
        await sealBlockApart(encodeEvents(events), key, identity),
      ]) {
        const block = openBlock(sealed, key, identity)
        const found = Array.from({ length: block.length }, (_, n) => block.event(n))
        assert.deepEqual(found, events)
      }
    }),
    { numRuns: 100 },
  )
})

test('a block that was changed, moved, or is sealed with another key does not open', () => {
  const [put = assert.fail()] = puts
  const events = [{ place: [1, put.id, 0] as const, ingestedMs: put.ingestedMs, message: Buffer.from('hello') }]
  const sealed = sealBlock(encodeEvents(events), key, identity)
  assert.equal(openBlock(sealed, key, identity).message(0).toString(), 'hello')
  assert.throws(() => openBlock(sealed, randomBytes(32), identity))
  assert.throws(() => openBlock(sealed, key, { ...identity, groupId: 'h' }))
  assert.throws(() => openBlock(sealed, key, { ...identity, blockId: 'c' }))
  for (let at = 0; at < sealed.length; at++) {
    const changed = Buffer.from(sealed)
    changed[at] = (changed[at] ?? 0) ^ 1
    assert.throws(() => openBlock(changed, key, identity), `byte ${at}`)
  }
  assert.ok(!sealed.includes('hello'))
})
