import assert from 'node:assert/strict'
import { createPrivateKey, createPublicKey } from 'node:crypto'
import { test } from 'node:test'
import { DataKeyPairSpec } from '@aws-sdk/client-kms'
import { kmsFixture, present } from '../../testing.ts'

const specs = Object.values(DataKeyPairSpec).filter((spec) => spec !== 'SM2' && spec !== 'RSA_4096')

test('scenario 28: GenerateDataKeyPair wraps a private key of every spec, whose public half it gives', async () => {
  const kms = await kmsFixture()
  const { keyId: KeyId, arn } = await kms.key()
  const EncryptionContext = { purpose: 'test' }
  const { CurrentKeyMaterialId } = present((await kms.call('DescribeKey', { KeyId })).KeyMetadata)
  for (const KeyPairSpec of specs) {
    const answer = await kms.call('GenerateDataKeyPair', { KeyId, KeyPairSpec, EncryptionContext })
    const { PrivateKeyCiphertextBlob, PrivateKeyPlaintext, PublicKey, ...rest } = answer
    assert.deepEqual(rest, { KeyId: arn, KeyPairSpec, KeyMaterialId: CurrentKeyMaterialId })
    const { Plaintext } = await kms.call('Decrypt', { CiphertextBlob: PrivateKeyCiphertextBlob, EncryptionContext })
    assert.deepEqual(Plaintext, PrivateKeyPlaintext)
    const privateKey = createPrivateKey({ key: Buffer.from(present(Plaintext)), format: 'der', type: 'pkcs8' })
    assert.deepEqual(createPublicKey(privateKey).export({ format: 'der', type: 'spki' }), PublicKey)
    await assert.rejects(kms.call('Decrypt', { CiphertextBlob: PrivateKeyCiphertextBlob }), {
      code: 'InvalidCiphertextException',
    })
  }
})

test('GenerateDataKeyPairWithoutPlaintext gives the wrapped private key alone', async () => {
  const kms = await kmsFixture()
  const { keyId: KeyId } = await kms.key()
  const input = { KeyId, KeyPairSpec: 'ECC_NIST_P256' } as const
  const { PrivateKeyCiphertextBlob, PublicKey, ...rest } = await kms.call('GenerateDataKeyPairWithoutPlaintext', input)
  assert.deepEqual(Object.keys(rest), ['KeyId', 'KeyPairSpec', 'KeyMaterialId'])
  const { Plaintext } = await kms.call('Decrypt', { CiphertextBlob: PrivateKeyCiphertextBlob })
  const privateKey = createPrivateKey({ key: Buffer.from(present(Plaintext)), format: 'der', type: 'pkcs8' })
  assert.deepEqual(createPublicKey(privateKey).export({ format: 'der', type: 'spki' }), PublicKey)
})

test('GenerateDataKeyPair wraps under symmetric keys of KMS alone, and refuses SM2 and attestation documents', async () => {
  const kms = await kmsFixture()
  const rsa = await kms.key({ KeySpec: 'RSA_2048', KeyUsage: 'ENCRYPT_DECRYPT' })
  const hmac = await kms.key({ KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' })
  for (const operation of ['GenerateDataKeyPair', 'GenerateDataKeyPairWithoutPlaintext'] as const) {
    const make = (KeyId: string, KeyPairSpec: DataKeyPairSpec = 'ECC_NIST_P256') =>
      kms.call(operation, { KeyId, KeyPairSpec })
    await assert.rejects(make(rsa.keyId), {
      code: 'InvalidKeyUsageException',
      message: 'Algorithm SYMMETRIC_DEFAULT is incompatible with key spec RSA_2048.',
    })
    await assert.rejects(make(hmac.keyId), {
      code: 'InvalidKeyUsageException',
      message: `${hmac.arn} key usage is GENERATE_VERIFY_MAC which is not valid for ${operation}.`,
    })
    await assert.rejects(make((await kms.key()).keyId, 'SM2'), { code: 'UnsupportedOperationException' })
  }
  const { keyId: KeyId } = await kms.key()
  const attested = { KeyId, KeyPairSpec: 'ECC_NIST_P256', Recipient: {} } as const
  await assert.rejects(kms.call('GenerateDataKeyPair', attested), { code: 'ValidationException' })
  await kms.call('DisableKey', { KeyId })
  const disabled = kms.call('GenerateDataKeyPair', { KeyId, KeyPairSpec: 'RSA_2048' })
  await assert.rejects(disabled, { code: 'DisabledException' })
})

test('a dry run of GenerateDataKeyPair makes nothing', async () => {
  const kms = await kmsFixture()
  const { keyId: KeyId } = await kms.key()
  for (const operation of ['GenerateDataKeyPair', 'GenerateDataKeyPairWithoutPlaintext'] as const) {
    const dryRun = kms.call(operation, { KeyId, KeyPairSpec: 'RSA_4096', DryRun: true })
    await assert.rejects(dryRun, { code: 'DryRunOperationException' })
  }
})

test('GenerateDataKeyPair asks for the spec and the encryption context as conditions, and records the material', async () => {
  const kms = await kmsFixture()
  const { keyId: KeyId } = await kms.key()
  const input = { KeyId, KeyPairSpec: 'ECC_NIST_P256', EncryptionContext: { team: 'a' } } as const
  const [permission] = await kms.permissions('GenerateDataKeyPair', input)
  assert.equal(permission?.action, 'kms:GenerateDataKeyPair')
  assert.equal(permission?.context?.['kms:DataKeyPairSpec'], 'ECC_NIST_P256')
  assert.equal(permission?.context?.['kms:EncryptionContext:team'], 'a')
  const { KeyMaterialId: keyMaterialId } = await kms.call('GenerateDataKeyPair', input)
  assert.deepEqual(kms.lastRecord().additionalEventData, { keyMaterialId })
})
