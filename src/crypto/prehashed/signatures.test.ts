import assert from 'node:assert/strict'
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
  verify,
} from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import { signDigest, verifyDigest } from './signature-threads.ts'
import { type PrehashedScheme, signPrehashed, verifyPrehashed } from './signatures.ts'

const curves = { prime256v1: 'sha256', secp384r1: 'sha384', secp521r1: 'sha512', secp256k1: 'sha256' } as const
const ecdsa: PrehashedScheme = { kind: 'ecdsa' }
const message = Buffer.from('attack at dawn')

for (const [namedCurve, hash] of Object.entries(curves)) {
  test(`ECDSA over a digest on ${namedCurve} is ECDSA over the message, either way round`, () => {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve })
    const digest = createHash(hash).update(message).digest()
    const [ours, again] = [signPrehashed(ecdsa, privateKey, digest), signPrehashed(ecdsa, privateKey, digest)]
    assert.ok(verify(hash, message, publicKey, ours))
    assert.notDeepEqual(ours, again, 'the nonce is not hedged')
    assert.ok(verifyPrehashed(ecdsa, publicKey, digest, sign(hash, message, privateKey)))
  })
}

test('ECDSA over a digest and over the message accept and refuse the same damaged and made-up signatures', () => {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
  const digest = createHash('sha256').update(message).digest()
  const good = sign('sha256', message, privateKey)
  const damaged = fc
    .record({ at: fc.nat(good.length - 1), mask: fc.integer({ min: 1, max: 255 }), cut: fc.nat(3), more: fc.nat(2) })
    .map(({ at, mask, cut, more }) => {
      const bytes = Buffer.concat([good.subarray(0, good.length - cut), Buffer.alloc(more)])
      if (at < bytes.length) bytes[at] = (bytes[at] ?? 0) ^ mask
      return bytes
    })
  fc.assert(
    fc.property(fc.oneof(damaged, fc.uint8Array({ maxLength: 160 })), (signature) => {
      const native = verify('sha256', message, publicKey, signature)
      assert.equal(verifyPrehashed(ecdsa, publicKey, digest, signature), native)
      assert.equal(native, false)
    }),
    { numRuns: 150 },
  )
})

test('ML-DSA over μ is ML-DSA over the message, either way round, and hedged', () => {
  for (const type of ['ml-dsa-44', 'ml-dsa-65', 'ml-dsa-87'] as const) {
    const { privateKey, publicKey } = generateKeyPairSync(type)
    const mu = messageRepresentative(publicKey, message)
    const ours = signPrehashed({ kind: 'ml-dsa-mu' }, privateKey, mu)
    assert.ok(verify(null, message, publicKey, ours))
    assert.notDeepEqual(signPrehashed({ kind: 'ml-dsa-mu' }, privateKey, mu), ours)
    assert.ok(verifyPrehashed({ kind: 'ml-dsa-mu' }, publicKey, mu, sign(null, message, privateKey)))
    for (const wrong of [Buffer.alloc(0), ours.subarray(1), Buffer.alloc(ours.length)]) {
      assert.equal(verifyPrehashed({ kind: 'ml-dsa-mu' }, publicKey, mu, wrong), false)
    }
  }
})

/** FIPS 204, algorithms 2 and 7: SHAKE256(SHAKE256(pk, 64) ‖ 0 ‖ 0 ‖ M, 64), the context being empty. */
function messageRepresentative(publicKey: KeyObject, bytes: Uint8Array): Buffer {
  const shake = (...parts: Uint8Array[]) =>
    createHash('shake256', { outputLength: 64 }).update(Buffer.concat(parts)).digest()
  const encoded = publicKey.export({ format: 'der', type: 'spki' }).subarray(22)
  return shake(shake(encoded), Buffer.alloc(2), bytes)
}

test('Ed25519ph answers the vector of RFC 8032, section 7.3', () => {
  const hex = (text: string) => Buffer.from(text.replaceAll(/\s/g, ''), 'hex')
  const toBase64 = (text: string) => hex(text).toString('base64url')
  const d = toBase64('833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42')
  const x = toBase64('ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf')
  const expected = hex(`98a70222f0b8121aa9d30f813d683f809e462b469c7ff87639499bb94e6dae41
    31f85042463c2a355a2003d062adf5aaa10b8c61e636062aaad11c2a26083406`)
  const jwk = { kty: 'OKP', crv: 'Ed25519', d, x }
  const privateKey = createPrivateKey({ key: jwk, format: 'jwk' })
  const publicKey = createPublicKey(privateKey)
  const scheme: PrehashedScheme = { kind: 'ed25519ph' }
  assert.deepEqual(Buffer.from(signPrehashed(scheme, privateKey, Buffer.from('abc'))), expected)
  assert.ok(verifyPrehashed(scheme, publicKey, Buffer.from('abc'), expected))
  assert.equal(verify(null, Buffer.from('abc'), publicKey, expected), false, 'it is not plain Ed25519')
  for (const wrong of [Buffer.alloc(0), expected.subarray(1), Buffer.alloc(64), Buffer.alloc(65)]) {
    assert.equal(verifyPrehashed(scheme, publicKey, Buffer.from('abc'), wrong), false)
  }
})

test('signDigest and verifyDigest do the same in a thread, many at once, and report what fails there', async () => {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
  const digests = Array.from({ length: 20 }, (_, index) => createHash('sha256').update(String(index)).digest())
  const signatures = await Promise.all(digests.map((digest) => signDigest(ecdsa, privateKey, digest)))
  const good = await Promise.all(
    digests.map((digest, index) => verifyDigest(ecdsa, publicKey, digest, signatures[index] ?? Buffer.alloc(0))),
  )
  assert.ok(good.every(Boolean))
  const [first = Buffer.alloc(32), second = Buffer.alloc(32)] = digests
  assert.equal(await verifyDigest(ecdsa, publicKey, first, signatures[1] ?? second), false)
  const ed25519 = generateKeyPairSync('ed25519')
  await assert.rejects(signDigest(ecdsa, ed25519.privateKey, first), /no ECDSA key/)
  assert.ok((await signDigest(ecdsa, privateKey, first)).length > 60)
})
