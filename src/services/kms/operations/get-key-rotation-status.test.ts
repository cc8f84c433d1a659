import assert from 'node:assert/strict'
import { test } from 'node:test'
import { kmsFixture } from '../testing.ts'

test('GetKeyRotationStatus says that a new key does not rotate, under its bare id and in every state', async () => {
  const kms = await kmsFixture()
  const { keyId, arn: KeyId } = await kms.key()
  const status = { KeyId: keyId, KeyRotationEnabled: false }
  assert.deepEqual(await kms.call('GetKeyRotationStatus', { KeyId }), status)
  await kms.call('DisableKey', { KeyId })
  assert.deepEqual(await kms.call('GetKeyRotationStatus', { KeyId }), status)
  await kms.call('ScheduleKeyDeletion', { KeyId })
  assert.deepEqual(await kms.call('GetKeyRotationStatus', { KeyId }), status)
})
