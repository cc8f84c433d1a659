import assert from 'node:assert/strict'
import { createPublicKey, encapsulate } from 'node:crypto'
import { test } from 'node:test'
import { ml_kem512, ml_kem768, ml_kem1024 } from '@noble/post-quantum/ml-kem.js'
import fc from 'fast-check'
import { type KmsFixture, kmsFixture, present } from '../../testing.ts'

const specs = {
  ML_KEM_512: { ciphertextBytes: 768, noble: ml_kem512 },
  ML_KEM_768: { ciphertextBytes: 1088, noble: ml_kem768 },
  ML_KEM_1024: { ciphertextBytes: 1568, noble: ml_kem1024 },
} as const
const EncapsulationAlgorithm = 'ML_KEM'
const invalid = { code: 'InvalidCiphertextException', status: 400, message: '' }

const kemKey = (kms: KmsFixture, KeySpec: keyof typeof specs) =>
  kms.key({ KeySpec, KeyUsage: 'ENCAPSULATE_DECAPSULATE' })

test('scenario 23: Decapsulate gives the secret of Encapsulate; an altered ciphertext gives another, another length is refused', async () => {
  const kms = await kmsFixture()
  for (const [spec, { ciphertextBytes }] of Object.entries(specs) as [
    keyof typeof specs,
    { ciphertextBytes: number },
  ][]) {
    const { keyId: KeyId, arn } = await kemKey(kms, spec)
    const { SharedSecret, SharedSecretCiphertextBlob, ...rest } = await kms.call('Encapsulate', {
      KeyId,
      EncapsulationAlgorithm,
    })
    assert.deepEqual(rest, { KeyId: arn, EncapsulationAlgorithm })
    assert.deepEqual([SharedSecret?.length, SharedSecretCiphertextBlob?.length], [32, ciphertextBytes])
    const blob = Buffer.from(present(SharedSecretCiphertextBlob))
    const decapsulate = (ciphertext: Uint8Array) =>
      kms.call('Decapsulate', { KeyId, EncapsulationAlgorithm, SharedSecretCiphertextBlob: ciphertext })
    assert.deepEqual(await decapsulate(blob), { KeyId: arn, SharedSecret, EncapsulationAlgorithm })
    await fc.assert(
      fc.asyncProperty(fc.nat(blob.length - 1), fc.integer({ min: 1, max: 255 }), async (at, mask) => {
        const altered = Buffer.from(blob)
        altered[at] = (altered[at] ?? 0) ^ mask
        const implicit = (await decapsulate(altered)).SharedSecret
        assert.equal(implicit?.length, 32)
        assert.notDeepEqual(implicit, SharedSecret)
        assert.deepEqual((await decapsulate(altered)).SharedSecret, implicit)
      }),
      { numRuns: 10 },
    )
    for (const wrong of [blob.subarray(1), Buffer.concat([blob, Buffer.of(0)]), Buffer.of(1), Buffer.alloc(6144)]) {
      await assert.rejects(decapsulate(wrong), invalid)
    }
  }
})

test('Decapsulate opens what was encapsulated outside KMS with the public key: by node and by noble', async () => {
  const kms = await kmsFixture()
  for (const [spec, { noble }] of Object.entries(specs)) {
    const { keyId: KeyId } = await kemKey(kms, spec as keyof typeof specs)
    const { PublicKey } = await kms.call('GetPublicKey', { KeyId })
    const encoded = Buffer.from(present(PublicKey))
    const publicKey = createPublicKey({ key: encoded, format: 'der', type: 'spki' })
    const byNode = encapsulate(publicKey)
    const byNoble = noble.encapsulate(encoded.subarray(-present(noble.lengths.publicKey)))
    const made = [
      { secret: byNode.sharedKey, ciphertext: byNode.ciphertext },
      { secret: Buffer.from(byNoble.sharedSecret), ciphertext: byNoble.cipherText },
    ]
    for (const { secret, ciphertext } of made) {
      const input = { KeyId, EncapsulationAlgorithm, SharedSecretCiphertextBlob: ciphertext } as const
      assert.deepEqual((await kms.call('Decapsulate', input)).SharedSecret, secret)
    }
  }
})

test('Encapsulate and Decapsulate look at the state, then at the usage', async () => {
  const kms = await kmsFixture()
  const { keyId: KeyId, arn } = await kms.key({ KeySpec: 'ML_DSA_44', KeyUsage: 'SIGN_VERIFY' })
  const input = { KeyId, EncapsulationAlgorithm } as const
  await assert.rejects(kms.call('Encapsulate', input), {
    code: 'InvalidKeyUsageException',
    message: `${arn} key usage is SIGN_VERIFY which is not valid for Encapsulate.`,
  })
  await kms.call('DisableKey', { KeyId })
  await assert.rejects(kms.call('Encapsulate', input), { code: 'DisabledException' })
  const opening = kms.call('Decapsulate', { ...input, SharedSecretCiphertextBlob: Buffer.of(1) })
  await assert.rejects(opening, { code: 'DisabledException' })
})

test('a dry run of Encapsulate and Decapsulate says what the operation would do', async () => {
  const kms = await kmsFixture()
  const { keyId: KeyId } = await kemKey(kms, 'ML_KEM_512')
  const input = { KeyId, EncapsulationAlgorithm, DryRun: true } as const
  await assert.rejects(kms.call('Encapsulate', input), { code: 'DryRunOperationException' })
  const opening = (bytes: number) =>
    kms.call('Decapsulate', { ...input, SharedSecretCiphertextBlob: Buffer.alloc(bytes) })
  await assert.rejects(opening(768), { code: 'DryRunOperationException' })
  await assert.rejects(opening(767), invalid)
})
