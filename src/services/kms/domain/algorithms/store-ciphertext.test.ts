import assert from 'node:assert/strict'
import { createSecretKey, randomBytes } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import { newHeader, openBlob, openUnder, parseBlob, sealUnder } from './ciphertext-blob.ts'
import { decodeStoreCiphertext, encodeStoreCiphertext } from './store-ciphertext.ts'

const bytes = (minLength: number, maxLength: number) => fc.uint8Array({ minLength, maxLength }).map(Buffer.from)

const sealed = fc.record({
  metadata: bytes(0, 20),
  initializationVector: fc.oneof(bytes(12, 12), bytes(16, 16)),
  authenticationTag: bytes(16, 16),
  ciphertext: bytes(1, 64),
})

test('what a key store made is read back as it was', () => {
  fc.assert(
    fc.property(sealed, (made) => {
      assert.deepEqual(decodeStoreCiphertext(encodeStoreCiphertext(made)), { ...made })
    }),
  )
})

test('decodeStoreCiphertext takes no bytes for what they are not, and never throws', () => {
  fc.assert(
    fc.property(bytes(0, 80), (any) => {
      const read = decodeStoreCiphertext(any)
      if (read) assert.deepEqual(encodeStoreCiphertext(read), any)
    }),
  )
  const made = encodeStoreCiphertext({
    metadata: Buffer.alloc(0),
    initializationVector: Buffer.alloc(12),
    authenticationTag: Buffer.alloc(16),
    ciphertext: Buffer.alloc(1),
  })
  for (let end = 0; end < made.length; end++) assert.equal(decodeStoreCiphertext(made.subarray(0, end)), undefined)
})

const origin = {
  accountId: '012345678901',
  keyId: '1234abcd-12ab-34cd-56ef-1234567890ab',
  materialId: 'ab'.repeat(32),
}

test('a blob of version 2 tells its key as one of version 1 does, and opens only as what it is', () => {
  const material = createSecretKey(randomBytes(32))
  const context = Buffer.from('context')
  const header = newHeader(2, origin)
  const inner = sealUnder(header, material, Buffer.from('x'), context)
  const blob = parseBlob(Buffer.concat([header, inner]))
  assert.ok(blob)
  const { version, accountId, keyId, materialId, body } = blob
  assert.deepEqual({ version, accountId, keyId, materialId }, { version: 2, ...origin })
  assert.deepEqual(openUnder(blob.header, material, body, context), Buffer.from('x'))
  assert.equal(openUnder(blob.header, material, body, Buffer.from('other')), undefined)
  assert.equal(openBlob(blob, material, context), undefined)
  const otherHeader = newHeader(2, origin)
  assert.equal(openUnder(otherHeader, material, body, context), undefined)
  assert.equal(parseBlob(Buffer.concat([Buffer.of(3), header.subarray(1), inner])), undefined)
})
