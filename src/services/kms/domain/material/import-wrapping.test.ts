import assert from 'node:assert/strict'
import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import { wrapMaterial } from '../../../../../test/fixtures/import.ts'
import { checkWrapping, unwrapMaterial } from './import-wrapping.ts'

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const spki = publicKey.export({ format: 'der', type: 'spki' })
const algorithms = [
  ...(['RSAES_OAEP_SHA_1', 'RSAES_OAEP_SHA_256'] as const),
  ...(['RSA_AES_KEY_WRAP_SHA_1', 'RSA_AES_KEY_WRAP_SHA_256'] as const),
]
const algorithm = fc.constantFrom(...algorithms)

test('unwrapMaterial gives back what was wrapped, of every length that the wrapping takes', async () => {
  const length = fc.integer({ min: 1, max: 190 })
  await fc.assert(
    fc.asyncProperty(algorithm, length, async (wrapping, bytes) => {
      const material = randomBytes(bytes)
      assert.deepEqual(await unwrapMaterial(privateKey, wrapping, wrapMaterial(spki, wrapping, material)), material)
    }),
    { numRuns: 60 },
  )
  const privateRsaKey = randomBytes(2375)
  const wrapped = wrapMaterial(spki, 'RSA_AES_KEY_WRAP_SHA_256', privateRsaKey)
  assert.deepEqual(await unwrapMaterial(privateKey, 'RSA_AES_KEY_WRAP_SHA_256', wrapped), privateRsaKey)
})

test('unwrapMaterial tells nothing but that it does not open: altered, cut, lengthened, wrapped otherwise, made up', async () => {
  const wrapped = algorithms.map((wrapping) => ({ wrapping, bytes: wrapMaterial(spki, wrapping, randomBytes(32)) }))
  for (const { wrapping, bytes } of wrapped) {
    for (const other of algorithms) {
      if (other !== wrapping) assert.equal(await unwrapMaterial(privateKey, other, bytes), undefined)
    }
    const cuts = [bytes.subarray(1), bytes.subarray(0, -1), bytes.subarray(0, 256).subarray(0, 8), Buffer.alloc(1)]
    for (const cut of [...cuts, Buffer.concat([bytes, Buffer.alloc(8)])]) {
      assert.equal(await unwrapMaterial(privateKey, wrapping, cut), undefined)
    }
  }
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...wrapped), fc.nat(), fc.integer({ min: 1, max: 255 }), async (one, at, flip) => {
      const altered = Buffer.from(one.bytes)
      const place = at % altered.length
      altered[place] = (altered[place] ?? 0) ^ flip
      assert.equal(await unwrapMaterial(privateKey, one.wrapping, altered), undefined)
    }),
    { numRuns: 100 },
  )
  await fc.assert(
    fc.asyncProperty(algorithm, fc.uint8Array({ minLength: 1, maxLength: 600 }), async (wrapping, bytes) => {
      assert.equal(await unwrapMaterial(privateKey, wrapping, bytes), undefined)
    }),
    { numRuns: 60 },
  )
})

test('unwrapMaterial refuses what lacks a leading zero of its length', async () => {
  for (const wrapping of algorithms) {
    let wrapped = wrapMaterial(spki, wrapping, randomBytes(32))
    while (wrapped[0] !== 0) wrapped = wrapMaterial(spki, wrapping, randomBytes(32))
    assert.equal((await unwrapMaterial(privateKey, wrapping, wrapped))?.length, 32)
    assert.equal(await unwrapMaterial(privateKey, wrapping, wrapped.subarray(1)), undefined)
  }
})

test('checkWrapping knows which material comes in which wrapping', () => {
  const fits = (keySpec: Parameters<typeof checkWrapping>[0], pairSpec: Parameters<typeof checkWrapping>[2]) =>
    ([...algorithms, 'RSAES_PKCS1_V1_5', 'SM2PKE'] as const).filter((wrapping) => {
      try {
        return checkWrapping(keySpec, wrapping, pairSpec)
      } catch (error) {
        assert.equal((error as { code: string }).code, 'UnsupportedOperationException')
        return false
      }
    })
  const [oaep, keyWrap] = [algorithms.slice(0, 2), algorithms.slice(2)]
  assert.deepEqual(fits('SYMMETRIC_DEFAULT', 'RSA_2048'), oaep)
  assert.deepEqual(fits('HMAC_512', 'RSA_4096'), oaep)
  assert.deepEqual(fits('RSA_3072', 'RSA_4096'), keyWrap)
  assert.deepEqual(fits('ECC_NIST_P256', 'RSA_2048'), algorithms)
  assert.deepEqual(fits('ECC_NIST_P521', 'RSA_2048'), keyWrap)
  assert.deepEqual(fits('ECC_NIST_P521', 'RSA_3072'), algorithms)
  assert.deepEqual(fits('SYMMETRIC_DEFAULT', 'SM2'), [])
})
