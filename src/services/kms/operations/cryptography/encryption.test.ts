import assert from 'node:assert/strict'
import { constants, createPublicKey, publicEncrypt } from 'node:crypto'
import { test } from 'node:test'
import type { EncryptionAlgorithmSpec, KeySpec } from '@aws-sdk/client-kms'
import fc from 'fast-check'
import { type KmsFixture, kmsFixture, present } from '../../testing.ts'

const limits = {
  RSA_2048: { RSAES_OAEP_SHA_1: 214, RSAES_OAEP_SHA_256: 190 },
  RSA_3072: { RSAES_OAEP_SHA_1: 342, RSAES_OAEP_SHA_256: 318 },
} as const
type Algorithm = 'RSAES_OAEP_SHA_1' | 'RSAES_OAEP_SHA_256'
const algorithms: readonly Algorithm[] = ['RSAES_OAEP_SHA_1', 'RSAES_OAEP_SHA_256']
const garbled = { code: 'InvalidCiphertextException', status: 400, message: '' }
const Plaintext = Buffer.from('secret')

const rsaKey = (kms: KmsFixture, KeySpec: KeySpec = 'RSA_2048') => kms.key({ KeySpec, KeyUsage: 'ENCRYPT_DECRYPT' })

test('scenario 16: RSA encrypts as much as fits into OAEP, and says how much that is', async () => {
  const kms = await kmsFixture()
  for (const [spec, sizes] of Object.entries(limits) as [keyof typeof limits, Record<Algorithm, number>][]) {
    const { keyId: KeyId, arn } = await rsaKey(kms, spec)
    for (const EncryptionAlgorithm of algorithms) {
      const most = sizes[EncryptionAlgorithm]
      const input = { KeyId, EncryptionAlgorithm, Plaintext: Buffer.alloc(most, 7) }
      const { CiphertextBlob, ...rest } = await kms.call('Encrypt', input)
      assert.deepEqual(rest, { KeyId: arn, EncryptionAlgorithm })
      assert.equal(CiphertextBlob?.length, Number(spec.slice(4)) / 8)
      const decrypted = await kms.call('Decrypt', { KeyId, EncryptionAlgorithm, CiphertextBlob })
      assert.deepEqual(decrypted, {
        KeyId: arn,
        EncryptionAlgorithm,
        Plaintext: input.Plaintext,
        KeyMaterialId: undefined,
      })
      await assert.rejects(kms.call('Encrypt', { ...input, Plaintext: Buffer.alloc(most + 1) }), {
        code: 'ValidationException',
        message: `Algorithm ${EncryptionAlgorithm} and key spec ${spec} cannot encrypt data larger than ${most} bytes.`,
      })
    }
  }
})

test('scenario 17: Decrypt opens what was encrypted outside KMS with the public key, and only when the request names the key', async () => {
  const kms = await kmsFixture()
  const { keyId: KeyId } = await rsaKey(kms)
  const { PublicKey } = await kms.call('GetPublicKey', { KeyId })
  const key = createPublicKey({ key: Buffer.from(present(PublicKey)), format: 'der', type: 'spki' })
  for (const EncryptionAlgorithm of algorithms) {
    const oaepHash = EncryptionAlgorithm === 'RSAES_OAEP_SHA_1' ? 'sha1' : 'sha256'
    const padding = constants.RSA_PKCS1_OAEP_PADDING
    const CiphertextBlob = publicEncrypt({ key, padding, oaepHash }, Plaintext)
    const { Plaintext: opened } = await kms.call('Decrypt', { KeyId, EncryptionAlgorithm, CiphertextBlob })
    assert.deepEqual(opened, Plaintext)
    await assert.rejects(kms.call('Decrypt', { EncryptionAlgorithm, CiphertextBlob }), garbled)
    await assert.rejects(kms.call('Decrypt', { CiphertextBlob }), garbled)
    const labelled = publicEncrypt({ key, padding, oaepHash, oaepLabel: Buffer.from('label') }, Plaintext)
    await assert.rejects(kms.call('Decrypt', { KeyId, EncryptionAlgorithm, CiphertextBlob: labelled }), garbled)
    const pkcs1 = publicEncrypt({ key, padding: constants.RSA_PKCS1_PADDING }, Plaintext)
    await assert.rejects(kms.call('Decrypt', { KeyId, EncryptionAlgorithm, CiphertextBlob: pkcs1 }), garbled)
  }
})

test('Decrypt answers a flipped byte, another key, another algorithm and another length of an RSA ciphertext alike', async () => {
  const kms = await kmsFixture()
  const [one, other, large] = [await rsaKey(kms), await rsaKey(kms), await rsaKey(kms, 'RSA_3072')]
  const EncryptionAlgorithm = 'RSAES_OAEP_SHA_256'
  const { CiphertextBlob } = await kms.call('Encrypt', { KeyId: one.keyId, EncryptionAlgorithm, Plaintext })
  const blob = Buffer.from(present(CiphertextBlob))
  const decrypt = (
    ciphertext: Uint8Array,
    KeyId = one.keyId,
    algorithm: EncryptionAlgorithmSpec = EncryptionAlgorithm,
  ) => kms.call('Decrypt', { KeyId, EncryptionAlgorithm: algorithm, CiphertextBlob: ciphertext })
  await fc.assert(
    fc.asyncProperty(fc.nat(blob.length - 1), fc.integer({ min: 1, max: 255 }), async (at, mask) => {
      const altered = Buffer.from(blob)
      altered[at] = (altered[at] ?? 0) ^ mask
      await assert.rejects(decrypt(altered), garbled)
    }),
    { numRuns: 40 },
  )
  await assert.rejects(decrypt(blob, other.keyId), garbled)
  await assert.rejects(decrypt(blob, large.keyId), garbled)
  await assert.rejects(decrypt(blob, one.keyId, 'RSAES_OAEP_SHA_1'), garbled)
  const lengths = [blob.subarray(1), Buffer.concat([Buffer.of(0), blob]), Buffer.of(0), Buffer.alloc(256, 0xff)]
  for (const wrong of lengths) await assert.rejects(decrypt(wrong), garbled)
  assert.deepEqual((await decrypt(blob)).Plaintext, Plaintext)
})

test('Decrypt wants all bytes of an RSA ciphertext, also where the first are zero', async () => {
  const kms = await kmsFixture()
  const { keyId: KeyId } = await rsaKey(kms)
  const EncryptionAlgorithm = 'RSAES_OAEP_SHA_256'
  for (;;) {
    const { CiphertextBlob } = await kms.call('Encrypt', { KeyId, EncryptionAlgorithm, Plaintext })
    const blob = Buffer.from(present(CiphertextBlob))
    if (blob[0] !== 0) continue
    await assert.rejects(kms.call('Decrypt', { KeyId, EncryptionAlgorithm, CiphertextBlob: blob.subarray(1) }), garbled)
    return
  }
})

test('Encrypt with an RSA key wants the algorithm, and no encryption context', async () => {
  const kms = await kmsFixture()
  const { keyId: KeyId } = await rsaKey(kms)
  await assert.rejects(kms.call('Encrypt', { KeyId, Plaintext }), {
    code: 'InvalidKeyUsageException',
    message: 'Algorithm SYMMETRIC_DEFAULT is incompatible with key spec RSA_2048.',
  })
  const EncryptionAlgorithm = 'RSAES_OAEP_SHA_256'
  const EncryptionContext = { a: '1' }
  const refused = { code: 'ValidationException' }
  await assert.rejects(kms.call('Encrypt', { KeyId, Plaintext, EncryptionAlgorithm, EncryptionContext }), refused)
  const input = { KeyId, Plaintext, EncryptionAlgorithm, EncryptionContext: {} } as const
  const { CiphertextBlob } = await kms.call('Encrypt', input)
  const decrypt = { KeyId, CiphertextBlob, EncryptionAlgorithm } as const
  await assert.rejects(kms.call('Decrypt', { ...decrypt, EncryptionContext }), refused)
  await assert.rejects(kms.call('Decrypt', { ...decrypt, EncryptionAlgorithm: undefined }), {
    code: 'InvalidKeyUsageException',
  })
  await assert.rejects(kms.call('Decrypt', { ...decrypt, Recipient: {} }), refused)
})

test('scenario 4: a symmetric blob is of no RSA, signing or HMAC key, before anything else is said about that key', async () => {
  const kms = await kmsFixture()
  const { keyId } = await kms.key()
  const { CiphertextBlob } = await kms.call('Encrypt', { KeyId: keyId, Plaintext })
  const others = [
    await rsaKey(kms),
    await kms.key({ KeySpec: 'RSA_2048', KeyUsage: 'SIGN_VERIFY' }),
    await kms.key({ KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' }),
  ]
  for (const { keyId: KeyId } of others) {
    await assert.rejects(kms.call('Decrypt', { KeyId, CiphertextBlob }), { code: 'IncorrectKeyException' })
  }
})

test('ReEncrypt goes between symmetric and RSA keys, and returns the material of the symmetric side alone', async () => {
  const kms = await kmsFixture()
  const symmetric = await kms.key()
  const rsa = await rsaKey(kms)
  const large = await rsaKey(kms, 'RSA_3072')
  const { KeyMetadata } = await kms.call('DescribeKey', { KeyId: symmetric.keyId })
  const materialId = KeyMetadata?.CurrentKeyMaterialId
  const EncryptionContext = { a: '1' }
  const start = await kms.call('Encrypt', { KeyId: symmetric.keyId, Plaintext, EncryptionContext })
  const { CiphertextBlob: toRsa, ...first } = await kms.call('ReEncrypt', {
    CiphertextBlob: start.CiphertextBlob,
    SourceEncryptionContext: EncryptionContext,
    DestinationKeyId: rsa.keyId,
    DestinationEncryptionAlgorithm: 'RSAES_OAEP_SHA_256',
  })
  assert.deepEqual(first, {
    SourceKeyId: symmetric.arn,
    KeyId: rsa.arn,
    SourceEncryptionAlgorithm: 'SYMMETRIC_DEFAULT',
    DestinationEncryptionAlgorithm: 'RSAES_OAEP_SHA_256',
    SourceKeyMaterialId: materialId,
    DestinationKeyMaterialId: undefined,
  })
  const { CiphertextBlob: toLarge } = await kms.call('ReEncrypt', {
    CiphertextBlob: toRsa,
    SourceKeyId: rsa.keyId,
    SourceEncryptionAlgorithm: 'RSAES_OAEP_SHA_256',
    DestinationKeyId: large.keyId,
    DestinationEncryptionAlgorithm: 'RSAES_OAEP_SHA_1',
  })
  const { CiphertextBlob: back, ...last } = await kms.call('ReEncrypt', {
    CiphertextBlob: toLarge,
    SourceKeyId: large.keyId,
    SourceEncryptionAlgorithm: 'RSAES_OAEP_SHA_1',
    DestinationKeyId: symmetric.keyId,
    DestinationEncryptionContext: { b: '2' },
  })
  assert.deepEqual([last.SourceKeyMaterialId, last.DestinationKeyMaterialId], [undefined, materialId])
  assert.deepEqual(kms.lastRecord().additionalEventData, { destinationKeyMaterialId: materialId })
  const { Plaintext: opened } = await kms.call('Decrypt', { CiphertextBlob: back, EncryptionContext: { b: '2' } })
  assert.deepEqual(opened, Plaintext)
})

test('ReEncrypt refuses plaintexts too long for an RSA key, contexts on the RSA side, and ciphertexts of unnamed RSA keys', async () => {
  const kms = await kmsFixture()
  const symmetric = await kms.key()
  const rsa = await rsaKey(kms)
  const { CiphertextBlob } = await kms.call('Encrypt', { KeyId: symmetric.keyId, Plaintext: Buffer.alloc(191) })
  const input = {
    CiphertextBlob,
    DestinationKeyId: rsa.keyId,
    DestinationEncryptionAlgorithm: 'RSAES_OAEP_SHA_256',
  } as const
  const tooLarge = {
    code: 'ValidationException',
    message: 'Algorithm RSAES_OAEP_SHA_256 and key spec RSA_2048 cannot encrypt data larger than 190 bytes.',
  }
  await assert.rejects(kms.call('ReEncrypt', input), tooLarge)
  await assert.rejects(kms.call('ReEncrypt', { ...input, DryRun: true }), tooLarge)
  const withContext = { ...input, DestinationEncryptionContext: { a: '1' } }
  await assert.rejects(kms.call('ReEncrypt', withContext), { code: 'ValidationException' })
  const { DestinationEncryptionAlgorithm: _, ...noAlgorithm } = input
  await assert.rejects(kms.call('ReEncrypt', noAlgorithm), { code: 'InvalidKeyUsageException' })
  const { CiphertextBlob: ofRsa } = await kms.call('Encrypt', {
    KeyId: rsa.keyId,
    Plaintext,
    EncryptionAlgorithm: 'RSAES_OAEP_SHA_256',
  })
  const unnamed = {
    CiphertextBlob: ofRsa,
    SourceEncryptionAlgorithm: 'RSAES_OAEP_SHA_256',
    DestinationKeyId: symmetric.keyId,
  } as const
  await assert.rejects(kms.call('ReEncrypt', unnamed), garbled)
  await kms.call('ReEncrypt', { ...unnamed, SourceKeyId: rsa.keyId })
  const wrong = kms.call('ReEncrypt', { ...unnamed, SourceKeyId: rsa.keyId, CiphertextBlob: Buffer.alloc(256) })
  await assert.rejects(wrong, garbled)
})

test('a dry run with an RSA key says what the operation would do, the ciphertext ignored on request', async () => {
  const kms = await kmsFixture()
  const { keyId: KeyId } = await rsaKey(kms)
  const EncryptionAlgorithm = 'RSAES_OAEP_SHA_256'
  const succeeded = { code: 'DryRunOperationException' }
  const { CiphertextBlob } = await kms.call('Encrypt', { KeyId, Plaintext, EncryptionAlgorithm })
  const DryRun = true
  await assert.rejects(kms.call('Encrypt', { KeyId, Plaintext, EncryptionAlgorithm, DryRun }), succeeded)
  const large = kms.call('Encrypt', { KeyId, Plaintext: Buffer.alloc(191), EncryptionAlgorithm, DryRun })
  await assert.rejects(large, { code: 'ValidationException' })
  await assert.rejects(kms.call('Decrypt', { KeyId, CiphertextBlob, EncryptionAlgorithm, DryRun }), succeeded)
  const altered = kms.call('Decrypt', { KeyId, CiphertextBlob: Buffer.alloc(256), EncryptionAlgorithm, DryRun })
  await assert.rejects(altered, garbled)
  const DryRunModifiers = ['IGNORE_CIPHERTEXT' as const]
  await assert.rejects(kms.call('Decrypt', { KeyId, EncryptionAlgorithm, DryRun, DryRunModifiers }), succeeded)
})

test('operations with an RSA key ask for its algorithm as a condition, and record no key material', async () => {
  const kms = await kmsFixture()
  const { keyId: KeyId, arn } = await rsaKey(kms)
  const EncryptionAlgorithm = 'RSAES_OAEP_SHA_1'
  const input = { KeyId, Plaintext, EncryptionAlgorithm } as const
  const [permission] = await kms.permissions('Encrypt', input)
  assert.equal(permission?.context?.['kms:EncryptionAlgorithm'], EncryptionAlgorithm)
  const { CiphertextBlob } = await kms.call('Encrypt', input)
  const { resources, additionalEventData } = kms.lastRecord()
  assert.deepEqual(resources, [{ accountId: '111122223333', type: 'AWS::KMS::Key', ARN: arn }])
  assert.equal(additionalEventData, undefined)
  const [decrypt] = await kms.permissions('Decrypt', { KeyId, CiphertextBlob, EncryptionAlgorithm })
  assert.equal(decrypt?.context?.['kms:EncryptionAlgorithm'], EncryptionAlgorithm)
})
