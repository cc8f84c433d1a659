import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import { decryptMessage, encryptMessage, parseMessage } from './encrypted-message.ts'

const dataKey = () => ({
  plaintext: randomBytes(32),
  encrypted: randomBytes(184),
  keyArn: 'arn:aws:kms:us-east-1:1:key/k',
})

test('a message opens to what was encrypted, and names its context and encrypted data key', () => {
  const pairs = fc.dictionary(
    fc.string({ unit: 'grapheme', maxLength: 8 }),
    fc.string({ unit: 'grapheme', maxLength: 8 }),
  )
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 8192 }), pairs, (plaintext, context) => {
      const key = dataKey()
      const parsed = parseMessage(encryptMessage(plaintext, key, context))
      assert.deepEqual({ ...parsed.encryptionContext }, { ...context })
      assert.ok(parsed.encryptedDataKey.equals(key.encrypted))
      assert.ok(decryptMessage(parsed, key.plaintext).equals(Buffer.from(plaintext)))
    }),
  )
})

test('a message that was altered anywhere does not open', () => {
  const key = dataKey()
  const message = encryptMessage(Buffer.from('secret'), key, { PARAMETER_ARN: 'arn' })
  for (let position = 0; position < message.length; position++) {
    const altered = Buffer.from(message)
    altered[position] = (altered[position] ?? 0) ^ 1
    assert.throws(() => decryptMessage(parseMessage(altered), key.plaintext), Error, String(position))
  }
  for (const length of [0, 1, 40, message.length - 1]) {
    assert.throws(() => parseMessage(message.subarray(0, length)), RangeError)
  }
  assert.throws(() => parseMessage(Buffer.concat([message, Buffer.alloc(1)])), RangeError)
  assert.throws(() => decryptMessage(parseMessage(message), randomBytes(32)), /another data key/)
})

test('the same value encrypts differently every time', () => {
  const key = dataKey()
  assert.notDeepEqual(encryptMessage(Buffer.from('a'), key, {}), encryptMessage(Buffer.from('a'), key, {}))
})
