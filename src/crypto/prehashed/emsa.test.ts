import assert from 'node:assert/strict'
import { constants, createHash, generateKeyPairSync, privateEncrypt, publicDecrypt, sign, verify } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import { type EmsaHash, emsaHashBytes, encodePkcs1, encodePss, isPss } from './emsa.ts'

const hashes = Object.keys(emsaHashBytes) as EmsaHash[]
const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const modulusBytes = 256
const padding = constants.RSA_NO_PADDING
const pss = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST }
const digestOf = (hash: EmsaHash, message: Uint8Array) => createHash(hash).update(message).digest()
const raw = (encoded: Uint8Array) => privateEncrypt({ key: privateKey, padding }, encoded)
const opened = (signature: Uint8Array) => publicDecrypt({ key: publicKey, padding }, signature)
const messages = fc.uint8Array({ minLength: 1, maxLength: 100 })

test('encodePkcs1 is what OpenSSL signs', () => {
  fc.assert(
    fc.property(fc.constantFrom(...hashes), messages, (hash, message) => {
      const theirs = opened(sign(hash, message, privateKey))
      assert.deepEqual(encodePkcs1(hash, digestOf(hash, message), modulusBytes), theirs)
    }),
    { numRuns: 20 },
  )
})

test('encodePss is what OpenSSL verifies with a salt as long as the digest, and isPss takes what OpenSSL signs', () => {
  fc.assert(
    fc.property(fc.constantFrom(...hashes), messages, (hash, message) => {
      const digest = digestOf(hash, message)
      const ours = encodePss(hash, digest, modulusBytes)
      assert.ok(verify(hash, message, { key: publicKey, ...pss }, raw(ours)))
      assert.ok(isPss(hash, digest, ours))
      assert.ok(isPss(hash, digest, opened(sign(hash, message, { key: privateKey, ...pss }))))
    }),
    { numRuns: 20 },
  )
})

test('isPss refuses any changed bit, any other digest and any other length of the salt', () => {
  fc.assert(
    fc.property(fc.constantFrom(...hashes), messages, fc.nat(modulusBytes * 8 - 1), (hash, message, bit) => {
      const digest = digestOf(hash, message)
      const encoded = encodePss(hash, digest, modulusBytes)
      assert.equal(isPss(hash, digestOf(hash, Buffer.concat([message, Buffer.of(1)])), encoded), false)
      encoded[bit >> 3] = (encoded[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      assert.equal(isPss(hash, digest, encoded), false)
    }),
    { numRuns: 100 },
  )
  const message = Buffer.from('m')
  for (const hash of hashes) {
    for (const saltLength of [0, emsaHashBytes[hash] - 1, emsaHashBytes[hash] + 1]) {
      const signature = sign(hash, message, { key: privateKey, ...pss, saltLength })
      assert.equal(isPss(hash, digestOf(hash, message), opened(signature)), false)
    }
  }
})
