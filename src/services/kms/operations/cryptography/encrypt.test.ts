import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { kmsFixture } from '../../testing.ts'

test('Encrypt and Decrypt give back any plaintext under any context, by whichever name the key goes', async () => {
  const kms = await kmsFixture()
  const { keyId, arn } = await kms.key()
  await kms.call('CreateAlias', { AliasName: 'alias/app', TargetKeyId: keyId })
  const names = fc.constantFrom(keyId, arn, 'alias/app', 'arn:aws:kms:us-east-1:111122223333:alias/app')
  const contexts = fc.dictionary(fc.string(), fc.string(), { maxKeys: 4 })
  const plaintexts = fc.uint8Array({ minLength: 1, maxLength: 4096 })
  await fc.assert(
    fc.asyncProperty(names, contexts, plaintexts, async (KeyId, EncryptionContext, Plaintext) => {
      const encrypted = await kms.call('Encrypt', { KeyId, Plaintext, EncryptionContext })
      assert.deepEqual([encrypted.KeyId, encrypted.EncryptionAlgorithm], [arn, 'SYMMETRIC_DEFAULT'])
      const { CiphertextBlob } = encrypted
      const decrypted = await kms.call('Decrypt', { CiphertextBlob, EncryptionContext })
      assert.deepEqual(decrypted.Plaintext, Buffer.from(Plaintext))
    }),
    { numRuns: 50 },
  )
})

test('Encrypt makes a blob of at most 6,144 bytes from 4,096, and never the same one', async () => {
  const kms = await kmsFixture()
  const { keyId: KeyId } = await kms.key()
  const Plaintext = Buffer.alloc(4096)
  const [one, two] = [await kms.call('Encrypt', { KeyId, Plaintext }), await kms.call('Encrypt', { KeyId, Plaintext })]
  assert.ok((one.CiphertextBlob?.length ?? 0) <= 6144)
  assert.notDeepEqual(one.CiphertextBlob, two.CiphertextBlob)
})

test('Encrypt refuses the algorithms of other keys', async () => {
  const kms = await kmsFixture()
  const { keyId: KeyId } = await kms.key()
  const input = { KeyId, Plaintext: Buffer.from('x') }
  await kms.call('Encrypt', { ...input, EncryptionAlgorithm: 'SYMMETRIC_DEFAULT' })
  await assert.rejects(kms.call('Encrypt', { ...input, EncryptionAlgorithm: 'RSAES_OAEP_SHA_256' }), {
    code: 'InvalidKeyUsageException',
    message: 'Algorithm RSAES_OAEP_SHA_256 is incompatible with key spec SYMMETRIC_DEFAULT.',
  })
})

test('Encrypt refuses a context that is too large or not text before it looks at the state of the key', async () => {
  const kms = await kmsFixture()
  const { keyId: KeyId } = await kms.key()
  await kms.call('DisableKey', { KeyId })
  for (const value of ['v'.repeat(8200), '\ud800']) {
    const input = { KeyId, Plaintext: Buffer.from('x'), EncryptionContext: { k: value } }
    await assert.rejects(kms.call('Encrypt', input), { code: 'ValidationException' })
  }
})

test('Encrypt records which version of the key material was used', async () => {
  const kms = await kmsFixture()
  const { keyId: KeyId, arn } = await kms.key()
  await kms.call('Encrypt', { KeyId, Plaintext: Buffer.from('x') })
  const { resources, additionalEventData } = kms.lastRecord()
  const keyMaterialId = (await kms.call('DescribeKey', { KeyId })).KeyMetadata?.CurrentKeyMaterialId
  assert.deepEqual(resources, [{ accountId: '111122223333', type: 'AWS::KMS::Key', ARN: arn }])
  assert.deepEqual(additionalEventData, { keyMaterialId })
})

test('a dry run that would succeed says so, and one that would fail fails as the operation does', async () => {
  const kms = await kmsFixture()
  const { keyId: KeyId } = await kms.key()
  const Plaintext = Buffer.from('x')
  const { CiphertextBlob } = await kms.call('Encrypt', { KeyId, Plaintext })
  const DryRun = true
  const dryRuns = [
    () => kms.call('Encrypt', { KeyId, Plaintext, DryRun }),
    () => kms.call('Decrypt', { CiphertextBlob, DryRun }),
    () => kms.call('ReEncrypt', { CiphertextBlob, DestinationKeyId: KeyId, DryRun }),
    () => kms.call('GenerateDataKey', { KeyId, KeySpec: 'AES_256', DryRun }),
    () => kms.call('GenerateDataKeyWithoutPlaintext', { KeyId, KeySpec: 'AES_256', DryRun }),
  ]
  for (const dryRun of dryRuns) {
    await assert.rejects(dryRun(), {
      code: 'DryRunOperationException',
      status: 400,
      message: 'The request would have succeeded, but the DryRun option is set.',
    })
  }
  await assert.rejects(kms.call('Decrypt', { CiphertextBlob, EncryptionContext: { a: 'b' }, DryRun }), {
    code: 'InvalidCiphertextException',
  })
  await kms.call('DisableKey', { KeyId })
  for (const dryRun of dryRuns) await assert.rejects(dryRun(), { code: 'DisabledException' })
})

test('cryptographic operations refuse grant tokens, of which there are none', async () => {
  const kms = await kmsFixture()
  const { keyId: KeyId } = await kms.key()
  const Plaintext = Buffer.from('x')
  const { CiphertextBlob } = await kms.call('Encrypt', { KeyId, Plaintext, GrantTokens: [] })
  const GrantTokens = ['token']
  const refused = { code: 'InvalidGrantTokenException' }
  await assert.rejects(kms.call('Encrypt', { KeyId, Plaintext, GrantTokens }), refused)
  await assert.rejects(kms.call('Decrypt', { CiphertextBlob, GrantTokens }), refused)
  await assert.rejects(kms.call('ReEncrypt', { CiphertextBlob, DestinationKeyId: KeyId, GrantTokens }), refused)
  await assert.rejects(kms.call('GenerateDataKey', { KeyId, KeySpec: 'AES_256', GrantTokens }), refused)
})
