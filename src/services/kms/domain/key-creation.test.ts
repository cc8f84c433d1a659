import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { CreateKeyRequest } from '@aws-sdk/client-kms'
import { checkDesign } from './key-creation.ts'

const validation = (message?: string) => ({ code: 'ValidationException', ...(message && { message }) })
const unsupported = { code: 'UnsupportedOperationException' }

test('checkDesign makes a symmetric encryption key of KMS when nothing is said', () => {
  const design = { keySpec: 'SYMMETRIC_DEFAULT', keyUsage: 'ENCRYPT_DECRYPT', origin: 'AWS_KMS', multiRegion: false }
  assert.deepEqual(checkDesign({}), design)
  assert.deepEqual(checkDesign({ CustomerMasterKeySpec: 'SYMMETRIC_DEFAULT' }), design)
})

test('checkDesign wants a key usage for every other key, and one that fits', () => {
  const needed = 'You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys.'
  assert.throws(() => checkDesign({ KeySpec: 'RSA_2048' }), validation(needed))
  assert.throws(() => checkDesign({ CustomerMasterKeySpec: 'HMAC_256' }), validation(needed))
  const misfits: [CreateKeyRequest['KeySpec'], CreateKeyRequest['KeyUsage']][] = [
    ['RSA_2048', 'KEY_AGREEMENT'],
    ['ECC_NIST_P256', 'ENCRYPT_DECRYPT'],
    ['ECC_SECG_P256K1', 'KEY_AGREEMENT'],
    ['SYMMETRIC_DEFAULT', 'SIGN_VERIFY'],
    ['HMAC_224', 'SIGN_VERIFY'],
    ['ML_KEM_768', 'ENCRYPT_DECRYPT'],
  ]
  for (const [KeySpec, KeyUsage] of misfits) {
    const message = `KeyUsage ${KeyUsage} is not compatible with KeySpec ${KeySpec}`
    assert.throws(() => checkDesign({ KeySpec, KeyUsage }), validation(message))
  }
})

test('checkDesign refuses members that exclude one another', () => {
  const refused: CreateKeyRequest[] = [
    { KeySpec: 'SYMMETRIC_DEFAULT', CustomerMasterKeySpec: 'SYMMETRIC_DEFAULT' },
    { XksKeyId: 'x' },
    { Origin: 'EXTERNAL', XksKeyId: 'x' },
    { CustomKeyStoreId: 'cks-1' },
    { Origin: 'AWS_CLOUDHSM' },
    { Origin: 'EXTERNAL_KEY_STORE', CustomKeyStoreId: 'cks-1' },
    { Origin: 'AWS_CLOUDHSM', CustomKeyStoreId: 'cks-1', KeySpec: 'RSA_2048', KeyUsage: 'SIGN_VERIFY' },
  ]
  for (const request of refused) assert.throws(() => checkDesign(request), validation(), JSON.stringify(request))
})

test('checkDesign refuses what AWS does not make', () => {
  const refused: CreateKeyRequest[] = [
    { Origin: 'AWS_CLOUDHSM', CustomKeyStoreId: 'cks-1', MultiRegion: true },
    { KeySpec: 'SM2', KeyUsage: 'SIGN_VERIFY' },
  ]
  for (const request of refused) assert.throws(() => checkDesign(request), unsupported, JSON.stringify(request))
})
