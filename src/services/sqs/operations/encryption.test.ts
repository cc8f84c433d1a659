import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { CreateKeyResponse } from '@aws-sdk/client-kms'
import { callerOf, rootOf } from '../../../../test/fixtures/call.ts'
import { kms } from '../../kms/kms.ts'
import { contents } from '../storage/collections.ts'
import { sqsFixture } from '../testing.ts'

const accountId = '111122223333'
const other = '444455556666'
const queueArn = `arn:aws:sqs:us-east-1:${accountId}:q`

async function encryptedQueue(attributes: Record<string, string> = {}) {
  const fixture = await sqsFixture({ modules: [kms] })
  const { KeyMetadata } = (await fixture.call('kms', 'CreateKey', {})) as CreateKeyResponse
  const KeyId = KeyMetadata?.KeyId ?? ''
  const statement = { Effect: 'Allow', Principal: { AWS: other }, Action: 'sqs:*', Resource: queueArn }
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [statement] })
  const queue = await fixture.create('q', { KmsMasterKeyId: KeyId, Policy, ...attributes })
  return { ...fixture, KeyId, queue, outsider: { caller: callerOf(rootOf(other)) } }
}

test('scenario 39: a consumer who may not decrypt is refused, and the message stays', async () => {
  const { send, receive, queue, outsider, attributes } = await encryptedQueue()
  await send(queue, 'sealed')
  await assert.rejects(receive(queue, {}, outsider), { code: 'KmsAccessDenied', status: 400 })
  assert.equal((await attributes(queue, 'All')).ApproximateNumberOfMessages, '1')
  const [message] = await receive(queue, { AttributeNames: ['All'] })
  assert.deepEqual([message?.Body, message?.Attributes?.ApproximateReceiveCount], ['sealed', '1'])
  await assert.rejects(send(queue, 'x', {}, outsider), { code: 'KmsAccessDenied' })
})

test('data keys are made and decrypted as the caller, for the queue, and used again until the reuse period is over', async () => {
  const { send, receive, queue, store, clock } = await encryptedQueue({ KmsDataKeyReusePeriodSeconds: '60' })
  const kmsCalls = () =>
    store.records
      .filter(({ eventSource, eventName }) => eventSource === 'kms.amazonaws.com' && eventName !== 'CreateKey')
      .map(({ eventName, requestParameters, userIdentity }) => [
        eventName,
        (requestParameters?.encryptionContext as Record<string, string> | undefined)?.['aws:sqs:arn'],
        userIdentity.invokedBy,
      ])
  for (let n = 0; n < 3; n++) await send(queue, `m${n}`)
  await receive(queue, { MaxNumberOfMessages: 10, VisibilityTimeout: 0 })
  await receive(queue, { MaxNumberOfMessages: 10, VisibilityTimeout: 0 })
  const expected = ['GenerateDataKey', 'Decrypt'].map((name) => [name, queueArn, 'sqs.amazonaws.com'])
  assert.deepEqual(kmsCalls(), expected)
  clock.advance(60)
  await send(queue, 'later')
  const received = await receive(queue, { MaxNumberOfMessages: 10 })
  assert.equal(kmsCalls().length, 5)
  assert.ok(received.length > 0)
})

test('what KMS refuses has a name of SQS', async () => {
  const { send, receive, queue, call, KeyId, create } = await encryptedQueue({ KmsDataKeyReusePeriodSeconds: '60' })
  await call('kms', 'DisableKey', { KeyId })
  await assert.rejects(send(queue, 'x'), { code: 'KmsDisabled' })
  await call('kms', 'EnableKey', { KeyId })
  await send(queue, 'x')
  await call('kms', 'ScheduleKeyDeletion', { KeyId })
  await assert.rejects(receive(queue), { code: 'KmsInvalidState' })
  const missing = await create('missing', { KmsMasterKeyId: 'alias/none' })
  await assert.rejects(send(missing, 'x'), { code: 'KmsNotFound' })
})

test("a queue can use SQS's own AWS managed key, and one without KMS seals bodies, too", async () => {
  const { send, receive, create, store } = await encryptedQueue()
  for (const [name, more] of [
    ['managed', { KmsMasterKeyId: 'alias/aws/sqs' }],
    ['plain', {}],
  ] as const) {
    const queue = await create(name, more)
    await send(queue, 'hello')
    const [message] = await receive(queue)
    assert.equal(message?.Body, 'hello')
  }
  const stored = await store.in(contents).list({ accountId, region: 'us-east-1' })
  assert.equal(stored.length, 2)
})
