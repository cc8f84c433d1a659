import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dayMs, minuteMs } from '../../../core/durations.ts'
import { contents, messages } from '../storage/collections.ts'
import { sqsFixture } from '../testing.ts'

/** More than ten transactions remove. */
const count = 2500

async function fullQueue() {
  const fixture = await sqsFixture()
  const QueueUrl = await fixture.create('q')
  const Entries = Array.from({ length: 10 }, (_, place) => ({ Id: String(place), MessageBody: 'x' }))
  for (let sent = 0; sent < count; sent += Entries.length) await fixture.sqs('SendMessageBatch', { QueueUrl, Entries })
  const scope = { accountId: '111122223333', region: 'us-east-1' }
  const stored = async () => ({
    messages: await fixture.store.in(messages).count(scope, { limit: count }),
    contents: await fixture.store.in(contents).count(scope, { limit: count }),
  })
  assert.deepEqual(await stored(), { messages: count, contents: count })
  return { ...fixture, QueueUrl, stored }
}

test('a queue that is purged or deleted leaves no message behind, however many it had', async () => {
  for (const operation of ['PurgeQueue', 'DeleteQueue']) {
    const { sqs, QueueUrl, advance, stored } = await fullQueue()
    await sqs(operation, { QueueUrl })
    await advance(minuteMs)
    assert.deepEqual(await stored(), { messages: 0, contents: 0 })
  }
})

test('messages that expire together all go, however many they are, when the clock is moved', async () => {
  const { advance, stored, attributes, QueueUrl } = await fullQueue()
  await advance(5 * dayMs)
  assert.deepEqual(await stored(), { messages: 0, contents: 0 })
  assert.equal((await attributes(QueueUrl, 'All')).ApproximateNumberOfMessages, '0')
})
