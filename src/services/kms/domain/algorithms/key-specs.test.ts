import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CustomerMasterKeySpec, type KeyMetadata, KeySpec, type KeyUsageType } from '@aws-sdk/client-kms'
import { keyMetadata } from '../key-metadata.ts'
import { keyWith } from '../testing.ts'
import { algorithmsOf, checkAlgorithm, keyType } from './key-specs.ts'

const keyOf = (keySpec: KeySpec, keyUsage: KeyUsageType) => keyWith({ keySpec, keyUsage })

test('keyMetadata of a symmetric key has the members that AWS sends, and no more', () => {
  const shown: KeyMetadata = {
    AWSAccountId: '111122223333',
    KeyId: keyWith().keyId,
    Arn: keyWith().arn,
    CreationDate: new Date('2023-11-14T22:13:20.123Z'),
    Enabled: true,
    Description: '',
    KeyUsage: 'ENCRYPT_DECRYPT',
    KeyState: 'Enabled',
    Origin: 'AWS_KMS',
    KeyManager: 'CUSTOMER',
    CustomerMasterKeySpec: 'SYMMETRIC_DEFAULT',
    KeySpec: 'SYMMETRIC_DEFAULT',
    EncryptionAlgorithms: ['SYMMETRIC_DEFAULT'],
    MultiRegion: false,
    CurrentKeyMaterialId: 'm',
  }
  assert.deepEqual(keyMetadata(keyOf('SYMMETRIC_DEFAULT', 'ENCRYPT_DECRYPT')), shown)
})

test('keyMetadata tells the date of a deletion and enabled keys from all others', () => {
  const pending = {
    ...keyOf('SYMMETRIC_DEFAULT', 'ENCRYPT_DECRYPT'),
    state: 'PendingDeletion',
    deletionAtMs: 0,
  } as const
  const { Enabled, KeyState, DeletionDate } = keyMetadata(pending)
  assert.deepEqual(
    { Enabled, KeyState, DeletionDate },
    {
      Enabled: false,
      KeyState: 'PendingDeletion',
      DeletionDate: new Date(0),
    },
  )
})

test('keyMetadata has the deprecated member only for specs of its enum', () => {
  const usages: KeyUsageType[] = [
    'ENCRYPT_DECRYPT',
    'SIGN_VERIFY',
    'KEY_AGREEMENT',
    'GENERATE_VERIFY_MAC',
    'ENCAPSULATE_DECAPSULATE',
  ]
  for (const keySpec of Object.values(KeySpec)) {
    const usage = usages.find((candidate) => algorithmsOf(keySpec, candidate))
    assert.ok(usage, `${keySpec} has no usage`)
    const expected = keySpec in CustomerMasterKeySpec ? keySpec : undefined
    assert.equal(keyMetadata(keyOf(keySpec, usage)).CustomerMasterKeySpec, expected)
  }
})

test('keyMetadata tells the current key material of symmetric encryption keys alone', () => {
  assert.equal(keyMetadata(keyOf('SYMMETRIC_DEFAULT', 'ENCRYPT_DECRYPT')).CurrentKeyMaterialId, 'm')
  assert.ok(!('CurrentKeyMaterialId' in keyMetadata(keyOf('HMAC_256', 'GENERATE_VERIFY_MAC'))))
  assert.ok(!('CurrentKeyMaterialId' in keyMetadata(keyOf('RSA_2048', 'SIGN_VERIFY'))))
})

test('keyMetadata lists the algorithms of the usage under their own name', () => {
  assert.deepEqual(keyMetadata(keyOf('RSA_2048', 'ENCRYPT_DECRYPT')).EncryptionAlgorithms, [
    'RSAES_OAEP_SHA_1',
    'RSAES_OAEP_SHA_256',
  ])
  assert.deepEqual(keyMetadata(keyOf('ECC_NIST_P384', 'SIGN_VERIFY')).SigningAlgorithms, ['ECDSA_SHA_384'])
  assert.deepEqual(keyMetadata(keyOf('HMAC_512', 'GENERATE_VERIFY_MAC')).MacAlgorithms, ['HMAC_SHA_512'])
})

test('checkAlgorithm tells a wrong usage from a wrong algorithm', () => {
  const signing = keyOf('RSA_2048', 'SIGN_VERIFY')
  assert.throws(() => checkAlgorithm(signing, 'ENCRYPT_DECRYPT', 'RSAES_OAEP_SHA_1', 'Encrypt'), {
    code: 'InvalidKeyUsageException',
    message: `${signing.arn} key usage is SIGN_VERIFY which is not valid for Encrypt.`,
  })
  const encrypting = keyOf('RSA_2048', 'ENCRYPT_DECRYPT')
  assert.throws(() => checkAlgorithm(encrypting, 'ENCRYPT_DECRYPT', 'SYMMETRIC_DEFAULT', 'Encrypt'), {
    code: 'InvalidKeyUsageException',
    message: 'Algorithm SYMMETRIC_DEFAULT is incompatible with key spec RSA_2048.',
  })
  checkAlgorithm(encrypting, 'ENCRYPT_DECRYPT', 'RSAES_OAEP_SHA_256', 'Encrypt')
})

test('keyType tells the three kinds that aliases do not cross', () => {
  assert.deepEqual((['SYMMETRIC_DEFAULT', 'HMAC_256', 'RSA_2048', 'ML_KEM_512'] as const).map(keyType), [
    'symmetric',
    'hmac',
    'asymmetric',
    'asymmetric',
  ])
})
