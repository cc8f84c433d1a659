import assert from 'node:assert/strict'
import { test } from 'node:test'
import { kmsFixture } from '../../testing.ts'

test('GenerateRandom gives as many bytes as are asked for, other ones every time', async () => {
  const kms = await kmsFixture()
  for (const NumberOfBytes of [1, 32, 1024]) {
    assert.equal((await kms.call('GenerateRandom', { NumberOfBytes })).Plaintext?.length, NumberOfBytes)
  }
  const [one, other] = [
    await kms.call('GenerateRandom', { NumberOfBytes: 32 }),
    await kms.call('GenerateRandom', { NumberOfBytes: 32 }),
  ]
  assert.notDeepEqual(one.Plaintext, other.Plaintext)
})

test('GenerateRandom refuses what it cannot do rather than leave it out', async () => {
  const kms = await kmsFixture()
  await assert.rejects(kms.call('GenerateRandom', {}), {
    code: 'ValidationException',
    message: 'NumberOfBytes is required.',
  })
  await assert.rejects(kms.call('GenerateRandom', { NumberOfBytes: 1, CustomKeyStoreId: 'cks-1' }), {
    code: 'CustomKeyStoreNotFoundException',
  })
  const Recipient = { AttestationDocument: Buffer.from('x') }
  await assert.rejects(kms.call('GenerateRandom', { NumberOfBytes: 1, Recipient }), { code: 'ValidationException' })
})
