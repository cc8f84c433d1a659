import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type InputOf, kmsFixture } from '../../testing.ts'

test('GenerateDataKey makes keys of the size asked for, which Decrypt gives back', async () => {
  const kms = await kmsFixture()
  const { keyId: KeyId, arn } = await kms.key()
  const material = (await kms.call('DescribeKey', { KeyId })).KeyMetadata?.CurrentKeyMaterialId
  const EncryptionContext = { purpose: 'test' }
  const sizes: [Partial<InputOf<'GenerateDataKey'>>, number][] = [
    [{ KeySpec: 'AES_128' }, 16],
    [{ KeySpec: 'AES_256' }, 32],
    [{ NumberOfBytes: 1 }, 1],
    [{ NumberOfBytes: 1024 }, 1024],
  ]
  for (const [size, bytes] of sizes) {
    const { Plaintext, CiphertextBlob, ...rest } = await kms.call('GenerateDataKey', {
      KeyId,
      EncryptionContext,
      ...size,
    })
    assert.deepEqual(rest, { KeyId: arn, KeyMaterialId: material })
    assert.equal(Plaintext?.length, bytes)
    assert.deepEqual((await kms.call('Decrypt', { CiphertextBlob, EncryptionContext })).Plaintext, Plaintext)
  }
})

test('GenerateDataKeyWithoutPlaintext keeps the key to itself until Decrypt, and it is not the zeros left behind', async () => {
  const kms = await kmsFixture()
  const { keyId: KeyId } = await kms.key()
  const answer = await kms.call('GenerateDataKeyWithoutPlaintext', { KeyId, KeySpec: 'AES_256' })
  assert.deepEqual(Object.keys(answer).sort(), ['CiphertextBlob', 'KeyId', 'KeyMaterialId'])
  const { Plaintext = Buffer.alloc(0) } = await kms.call('Decrypt', { CiphertextBlob: answer.CiphertextBlob })
  assert.equal(Plaintext.length, 32)
  assert.notDeepEqual(Plaintext, Buffer.alloc(32))
})

test('GenerateDataKey never makes the same key twice', async () => {
  const kms = await kmsFixture()
  const { keyId: KeyId } = await kms.key()
  const made = new Set<string>()
  for (let count = 0; count < 100; count++) {
    const { Plaintext = [] } = await kms.call('GenerateDataKey', { KeyId, KeySpec: 'AES_128' })
    made.add(Buffer.from(Plaintext).toString('hex'))
  }
  assert.equal(made.size, 100)
})

test('GenerateDataKey wants exactly one of KeySpec and NumberOfBytes, before it looks at the state of the key', async () => {
  const kms = await kmsFixture()
  const { keyId: KeyId } = await kms.key()
  await kms.call('DisableKey', { KeyId })
  const ambiguous = { code: 'ValidationException', message: 'Please specify either number of bytes or key spec.' }
  for (const size of [{}, { KeySpec: 'AES_256' as const, NumberOfBytes: 32 }]) {
    await assert.rejects(kms.call('GenerateDataKey', { KeyId, ...size }), ambiguous)
    await assert.rejects(kms.call('GenerateDataKeyWithoutPlaintext', { KeyId, ...size }), ambiguous)
  }
})

test('GenerateDataKey never falls back to a plaintext when an attestation document is given', async () => {
  const kms = await kmsFixture()
  const { keyId: KeyId } = await kms.key()
  const Recipient = { AttestationDocument: Buffer.from('x') }
  await assert.rejects(kms.call('GenerateDataKey', { KeyId, KeySpec: 'AES_256', Recipient }), {
    code: 'ValidationException',
  })
})
