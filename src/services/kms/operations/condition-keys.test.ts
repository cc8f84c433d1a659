import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encryptionKeys } from './condition-keys.ts'

test('encryptionKeys refuses an encryption context that is too large before policies are compared with it', () => {
  assert.throws(() => encryptionKeys({ a: 'x'.repeat(8192) }), { code: 'ValidationException' })
  assert.deepEqual(encryptionKeys({ a: 'x' })(), {
    'kms:EncryptionAlgorithm': 'SYMMETRIC_DEFAULT',
    'kms:EncryptionContextKeys': ['a'],
    'kms:EncryptionContext:a': 'x',
  })
})
