import assert from 'node:assert/strict'
import { createDecipheriv, createHmac, createSecretKey } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import { decryptMessage, encryptMessage, fillPublicRandom, nonceBytes, saltBytes, tagBytes } from './aes-derived-key.ts'

const materialBytes = Buffer.alloc(32, 0x5a)
const material = createSecretKey(materialBytes)
const bytes = (min: number, max: number) => fc.uint8Array({ minLength: min, maxLength: max })
const seeds = fc.record({ label: fc.constant('test'), salt: bytes(saltBytes, saltBytes), nonce: bytes(12, 12) })

test('encryptMessage uses the key of SP 800-108 in counter mode, so that any other program can decrypt', () => {
  const seed = { label: 'label', salt: Buffer.alloc(saltBytes, 1), nonce: Buffer.alloc(nonceBytes, 2) }
  const sealed = encryptMessage(material, seed, Buffer.from('hello'), Buffer.from('aad'))
  const input = Buffer.concat([
    Buffer.from('00000001', 'hex'),
    Buffer.from('label\0'),
    seed.salt,
    Buffer.from([0, 0, 1, 0]),
  ])
  const key = createHmac('sha256', materialBytes).update(input).digest()
  const decipher = createDecipheriv('aes-256-gcm', key, seed.nonce).setAAD(Buffer.from('aad'))
  decipher.setAuthTag(sealed.subarray(5))
  assert.equal(Buffer.concat([decipher.update(sealed.subarray(0, 5)), decipher.final()]).toString(), 'hello')
})

test('decryptMessage gives back what encryptMessage was given', () => {
  fc.assert(
    fc.property(seeds, bytes(0, 200), bytes(0, 50), (seed, plaintext, aad) => {
      const sealed = encryptMessage(material, seed, plaintext, aad)
      assert.equal(sealed.length, plaintext.length + tagBytes)
      assert.deepEqual(decryptMessage(material, seed, sealed, aad), Buffer.from(plaintext))
    }),
  )
})

test('decryptMessage refuses any altered byte of ciphertext, tag, salt, nonce and associated data', () => {
  const places = ['sealed', 'salt', 'nonce', 'aad'] as const
  const changes = fc.tuple(fc.constantFrom(...places), fc.nat(), fc.integer({ min: 1, max: 255 }))
  fc.assert(
    fc.property(seeds, bytes(1, 50), bytes(1, 50), changes, (seed, plaintext, aad, [place, at, mask]) => {
      const parts = { ...seed, aad: Buffer.from(aad), sealed: encryptMessage(material, seed, plaintext, aad) }
      const changed = Buffer.from(parts[place])
      const index = at % changed.length
      changed[index] = (changed[index] ?? 0) ^ mask
      const { sealed, aad: changedAad, ...changedSeed } = { ...parts, [place]: changed }
      assert.equal(decryptMessage(material, changedSeed, sealed, changedAad), undefined)
    }),
  )
})

test('decryptMessage refuses another label, other material and less than a tag', () => {
  const seed = { label: 'one', salt: Buffer.alloc(saltBytes), nonce: Buffer.alloc(nonceBytes) }
  const none = Buffer.alloc(0)
  const sealed = encryptMessage(material, seed, Buffer.from('x'), none)
  assert.equal(decryptMessage(material, { ...seed, label: 'two' }, sealed, none), undefined)
  assert.equal(decryptMessage(createSecretKey(Buffer.alloc(32)), seed, sealed, none), undefined)
  assert.equal(decryptMessage(material, seed, sealed.subarray(0, tagBytes - 1), none), undefined)
})

test('fillPublicRandom fills the part that it is given, and never twice with the same bytes', () => {
  const seen = new Set<string>()
  for (let count = 0; count < 1000; count++) {
    const target = Buffer.alloc(32)
    fillPublicRandom(target, 2, 30)
    assert.deepEqual([target[0], target[1], target[30], target[31]], [0, 0, 0, 0])
    seen.add(target.toString('hex'))
  }
  assert.equal(seen.size, 1000)
})
