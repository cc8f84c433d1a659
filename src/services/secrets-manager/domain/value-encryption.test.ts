import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import { decryptValue, encryptValue, sameValue } from './value-encryption.ts'

const context = { SecretARN: 'arn:aws:secretsmanager:us-east-1:111122223333:secret:a-abcdef', SecretVersionId: 'v1' }
const key = randomBytes(32)

test('SM4: a value opens with its key and its version alone, and not when a bit is changed', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 300 }), fc.nat(), (bytes, place) => {
      const value = { kind: 'SecretBinary', bytes } as const
      const sealed = encryptValue(value, key, Buffer.from('wrapped'), context)
      const opened = decryptValue(sealed, key, context)
      assert.ok(opened && sameValue(opened, value))
      assert.equal(decryptValue(sealed, randomBytes(32), context), undefined)
      assert.equal(decryptValue(sealed, key, { ...context, SecretVersionId: 'v2' }), undefined)
      assert.equal(decryptValue({ ...sealed, kind: 'SecretString' }, key, context), undefined)
      const changed = Buffer.from(sealed.ciphertext, 'base64')
      const at = place % changed.length
      changed[at] = (changed[at] ?? 0) ^ 1
      assert.equal(decryptValue({ ...sealed, ciphertext: changed.toString('base64') }, key, context), undefined)
    }),
  )
})

test('sameValue distinguishes text from bytes', () => {
  const bytes = Buffer.from('x')
  assert.equal(sameValue({ kind: 'SecretString', bytes }, { kind: 'SecretString', bytes: Buffer.from('x') }), true)
  assert.equal(sameValue({ kind: 'SecretString', bytes }, { kind: 'SecretBinary', bytes }), false)
  assert.equal(sameValue({ kind: 'SecretString', bytes }, { kind: 'SecretString', bytes: Buffer.from('xy') }), false)
})
