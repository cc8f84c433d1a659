import assert from 'node:assert/strict'
import { createPublicKey } from 'node:crypto'
import { test } from 'node:test'
import { keyWith } from '../testing.ts'
import { generateMaterial } from './key-generation.ts'
import { materialIdOf, newSymmetricMaterial, privateKeyOf, secretKeyOf, withFirstMaterial } from './key-material.ts'

test('newSymmetricMaterial makes 256 bits that are never the same, under the id that belongs to them', () => {
  const [one, other] = [newSymmetricMaterial('key', 5), newSymmetricMaterial('key', 5)]
  const bytes = Buffer.from(one.secret, 'base64')
  assert.equal(bytes.length, 32)
  assert.notEqual(one.secret, other.secret)
  assert.equal(one.materialId, materialIdOf('key', bytes))
  assert.equal(one.createdAtMs, 5)
})

test('materialIdOf is 64 hexadecimal digits that depend on the material and on the key', () => {
  const material = Buffer.alloc(32, 1)
  const id = materialIdOf('mrk-1', material)
  assert.match(id, /^[0-9a-f]{64}$/)
  assert.equal(materialIdOf('mrk-1', Buffer.from(material)), id)
  assert.notEqual(materialIdOf('mrk-2', material), id)
  assert.notEqual(materialIdOf('mrk-1', Buffer.alloc(32, 2)), id)
})

test('secretKeyOf imports a document once', () => {
  const material = newSymmetricMaterial('key', 0)
  const secretKey = secretKeyOf(material)
  assert.equal(secretKey.export().toString('base64'), material.secret)
  assert.equal(secretKeyOf(material), secretKey)
})

test('privateKeyOf readies a private key once for its document', async () => {
  const { secret, publicKey } = await generateMaterial('ECC_NIST_P256')
  const { material, key } = withFirstMaterial(keyWith({ materials: [] }), { secret, publicKey }, 0)
  assert.deepEqual(key.materials, [{ materialId: material.materialId, state: 'CURRENT' }])
  const privateKey = privateKeyOf(material)
  assert.equal(privateKeyOf(material), privateKey)
  const publicHalf = createPublicKey(privateKey).export({ format: 'der', type: 'spki' })
  assert.equal(publicHalf.toString('base64'), key.publicKey)
  assert.ok(
    secret.every((byte) => byte === 0),
    'the bytes are left in memory',
  )
})
