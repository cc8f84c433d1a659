import assert from 'node:assert/strict'
import { test } from 'node:test'
import { accountId, region } from '../../../testing/callers.ts'
import type { Counts } from '../domain/counts.ts'
import { counts } from '../storage/collections.ts'
import { sqsFixture } from '../testing.ts'

const scope = { accountId, region }

/** A queue of two messages that counts so many more as received, which are not there. */
async function busyQueue(name: string, attributes: Record<string, string>, inFlight: number) {
  const fixture = await sqsFixture()
  const { create, send, store, clock } = fixture
  const queue = await create(name, attributes)
  for (const group of ['g', 'h']) await send(queue, group, attributes.FifoQueue ? { MessageGroupId: group } : {})
  const until = clock.nowMs() + 3_600_000
  await store.transaction(async (tx) => {
    const [stored] = await tx.in(counts).list(scope)
    if (!stored) throw new Error('nothing is counted')
    const busy: Counts = { ...stored.document, messages: 2 + inFlight, inFlight: { [until]: inFlight } }
    await tx.in(counts).put(scope, stored.id, busy)
  })
  return { ...fixture, queue, until }
}

test('A standard queue with 120,000 messages in flight refuses receivers that do not wait, and gives nothing to those that do', async () => {
  const { queue, receive, clock, until } = await busyQueue('q', {}, 119_999)
  assert.equal((await receive(queue, { MaxNumberOfMessages: 10, VisibilityTimeout: 600 })).length, 1)
  await assert.rejects(receive(queue), { code: 'OverLimit', status: 403 })
  assert.deepEqual(await receive(queue, { WaitTimeSeconds: 1 }), [])
  clock.timeMs = until
  assert.equal((await receive(queue)).length, 1)
})

test('A FIFO queue with 20,000 messages in flight gives nothing, and refuses no receiver', async () => {
  const fifo = { FifoQueue: 'true', ContentBasedDeduplication: 'true' }
  const { queue, receive, clock, until } = await busyQueue('q.fifo', fifo, 19_999)
  assert.equal((await receive(queue, { MaxNumberOfMessages: 10, VisibilityTimeout: 600 })).length, 1)
  assert.deepEqual(await receive(queue), [])
  clock.timeMs = until
  assert.equal((await receive(queue, { MaxNumberOfMessages: 10 })).length, 2)
})
