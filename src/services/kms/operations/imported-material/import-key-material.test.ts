import assert from 'node:assert/strict'
import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { dayMs } from '../../../../core/durations.ts'
import { keyMaterials } from '../../storage/collections.ts'
import { findImportPair } from '../../storage/import-pair-store.ts'
import { accountId, type KmsFixture, kmsFixture, present, region } from '../../testing.ts'
import { forEver, importInto, parameters, describe as stateOf } from '../testing.ts'

const scope = { accountId, region }

async function externalKey(kms: KmsFixture, material?: Uint8Array) {
  const key = await kms.key({ Origin: 'EXTERNAL' })
  if (material) await importInto(kms, key.keyId, material)
  return key
}

const materialsOf = async (kms: KmsFixture, KeyId: string) =>
  (await kms.call('ListKeyRotations', { KeyId, IncludeKeyMaterial: 'ALL_KEY_MATERIAL' })).Rotations ?? []

const pendingImport = (arn: string) => ({ code: 'KMSInvalidStateException', message: `${arn} is pending import.` })

test('K8: a key of origin EXTERNAL waits for its material, and works with it as soon as it is imported', async () => {
  const kms = await kmsFixture()
  const { keyId: KeyId, arn } = await kms.key({ Origin: 'EXTERNAL' })
  const before = await stateOf(kms, KeyId)
  assert.deepEqual([before.KeyState, before.Enabled], ['PendingImport', false])
  assert.deepEqual([before.CurrentKeyMaterialId, before.ExpirationModel], [undefined, undefined])
  await assert.rejects(kms.call('Encrypt', { KeyId, Plaintext: Buffer.from('x') }), pendingImport(arn))
  const { KeyMaterialId, ...answer } = await importInto(kms, KeyId, randomBytes(32))
  assert.deepEqual(answer, { KeyId: arn })
  const after = await stateOf(kms, KeyId)
  assert.deepEqual([after.KeyState, after.Enabled, after.CurrentKeyMaterialId], ['Enabled', true, KeyMaterialId])
  assert.equal(after.ExpirationModel, 'KEY_MATERIAL_DOES_NOT_EXPIRE')
  const { CiphertextBlob } = await kms.call('Encrypt', { KeyId, Plaintext: Buffer.from('x') })
  assert.equal(String((await kms.call('Decrypt', { CiphertextBlob })).Plaintext), 'x')
})

test('the same bytes have another id in another key, and the keys do not read each other', async () => {
  const kms = await kmsFixture()
  const material = randomBytes(32)
  const [one, other] = [await externalKey(kms, material), await externalKey(kms, material)]
  const ids = await Promise.all([one, other].map(async ({ keyId }) => (await stateOf(kms, keyId)).CurrentKeyMaterialId))
  assert.notEqual(ids[0], ids[1])
  const { CiphertextBlob } = await kms.call('Encrypt', { KeyId: one.keyId, Plaintext: Buffer.from('x') })
  await assert.rejects(kms.call('Decrypt', { CiphertextBlob, KeyId: other.keyId }), { code: 'IncorrectKeyException' })
})

test('ImportKeyMaterial requires an expiration date, or the model without one', async () => {
  const kms = await kmsFixture()
  const { keyId: KeyId } = await externalKey(kms)
  const { token, wrap } = await parameters(kms, KeyId)
  const request = { KeyId, ImportToken: token, EncryptedKeyMaterial: wrap(randomBytes(32)) }
  await assert.rejects(kms.call('ImportKeyMaterial', request), {
    code: 'ValidationException',
    message: 'A validTo date must be set if the ExpirationModel is KEY_MATERIAL_EXPIRES',
  })
  const at = (days: number) => new Date(kms.clock.nowMs() + days * dayMs)
  const refused = [{ ValidTo: at(366) }, { ValidTo: at(0) }, { ValidTo: at(-1) }, { ValidTo: at(1), ...forEver }]
  for (const more of refused) {
    await assert.rejects(kms.call('ImportKeyMaterial', { ...request, ...more }), { code: 'ValidationException' })
  }
  await kms.call('ImportKeyMaterial', { ...request, ValidTo: at(365) })
  assert.deepEqual((await stateOf(kms, KeyId)).ValidTo, at(365))
})

test('material that expires is destroyed at its time, with a record; the same material brings the key back', async () => {
  const kms = await kmsFixture()
  const material = randomBytes(32)
  const { keyId: KeyId, arn } = await externalKey(kms)
  const ValidTo = new Date(kms.clock.nowMs() + 2 * dayMs)
  const { KeyMaterialId } = await importInto(kms, KeyId, material, { ValidTo })
  const { CiphertextBlob } = await kms.call('Encrypt', { KeyId, Plaintext: Buffer.from('x') })
  await kms.advanceDays(2)
  await assert.rejects(kms.call('Decrypt', { CiphertextBlob }), pendingImport(arn))
  assert.deepEqual(await kms.store.in(keyMaterials).list(scope), [])
  const gone = await stateOf(kms, KeyId)
  assert.deepEqual([gone.KeyState, gone.ExpirationModel, gone.ValidTo], ['PendingImport', undefined, undefined])
  assert.equal(gone.CurrentKeyMaterialId, KeyMaterialId)
  const [event] = kms.store.records.filter(({ eventName }) => eventName === 'DeleteExpiredKeyMaterial')
  assert.deepEqual(event?.serviceEventDetails, { keyId: KeyId, keyMaterialId: KeyMaterialId })
  await kms.repeatWork('kms.expire-key-material', `${arn}/${KeyMaterialId}`, ValidTo.getTime())
  await assert.rejects(importInto(kms, KeyId, randomBytes(32)), { code: 'IncorrectKeyMaterialException' })
  await importInto(kms, KeyId, material)
  assert.equal(String((await kms.call('Decrypt', { CiphertextBlob })).Plaintext), 'x')
  await kms.repeatWork('kms.expire-key-material', `${arn}/${KeyMaterialId}`, ValidTo.getTime())
  assert.equal((await stateOf(kms, KeyId)).KeyState, 'Enabled')
})

test('how long material has is published every hour, until it expires', async () => {
  const kms = await kmsFixture()
  const taken = async () => (await kms.serviceMetrics.take()).flatMap(({ values }) => [...values.keys()])
  kms.serviceMetrics.onPending(() => {})
  const { keyId: KeyId } = await externalKey(kms)
  await importInto(kms, KeyId, randomBytes(32), { ValidTo: new Date(kms.clock.nowMs() + dayMs) })
  await kms.settle()
  assert.deepEqual(await taken(), [dayMs / 1000])
  await kms.advance(2 * dayMs)
  const values = await taken()
  assert.ok(values.length >= 23 && values.length <= 24, `${values.length} values`)
  assert.ok(Math.min(...values) > 0)
})

test('a later import of the same material sets another date, and work for the earlier one does nothing', async () => {
  const kms = await kmsFixture()
  const material = randomBytes(32)
  const { keyId: KeyId } = await externalKey(kms)
  const at = (days: number) => new Date(kms.clock.nowMs() + days * dayMs)
  await importInto(kms, KeyId, material, { ValidTo: at(2), KeyMaterialDescription: 'first' })
  await importInto(kms, KeyId, material, { ValidTo: at(5) })
  await kms.advanceDays(3)
  assert.equal((await stateOf(kms, KeyId)).KeyState, 'Enabled')
  assert.equal((await materialsOf(kms, KeyId))[0]?.KeyMaterialDescription, 'first')
  await importInto(kms, KeyId, material)
  await kms.advanceDays(100)
  assert.equal((await stateOf(kms, KeyId)).KeyState, 'Enabled')
})

test('DeleteImportedKeyMaterial destroys the material at once; again it has no effect', async () => {
  const kms = await kmsFixture()
  const { keyId: KeyId, arn } = await externalKey(kms)
  assert.deepEqual(await kms.call('DeleteImportedKeyMaterial', { KeyId }), { KeyId: arn })
  const { KeyMaterialId } = await importInto(kms, KeyId, randomBytes(32))
  for (let turn = 0; turn < 2; turn++) {
    assert.deepEqual(await kms.call('DeleteImportedKeyMaterial', { KeyId }), { KeyId: arn, KeyMaterialId })
    assert.deepEqual(await kms.store.in(keyMaterials).list(scope), [])
    assert.equal((await stateOf(kms, KeyId)).KeyState, 'PendingImport')
  }
  const other = 'ab'.repeat(32)
  await assert.rejects(kms.call('DeleteImportedKeyMaterial', { KeyId, KeyMaterialId: other }), {
    code: 'NotFoundException',
  })
})

test('DeleteImportedKeyMaterial leaves a key pending deletion as it is; cancelled, the key waits for its material', async () => {
  const kms = await kmsFixture()
  const material = randomBytes(32)
  const { keyId: KeyId } = await externalKey(kms, material)
  await kms.call('ScheduleKeyDeletion', { KeyId })
  await kms.call('DeleteImportedKeyMaterial', { KeyId })
  assert.equal((await stateOf(kms, KeyId)).KeyState, 'PendingDeletion')
  await assert.rejects(importInto(kms, KeyId, material), { code: 'KMSInvalidStateException' })
  await kms.call('CancelKeyDeletion', { KeyId })
  assert.equal((await stateOf(kms, KeyId)).KeyState, 'PendingImport')
  await importInto(kms, KeyId, material)
  assert.equal((await stateOf(kms, KeyId)).KeyState, 'Enabled')
})

test('K8: imported material is rotated by hand: import, RotateKeyOnDemand, and the old stays needed', async () => {
  const kms = await kmsFixture()
  const [m1, m2, m3] = [randomBytes(32), randomBytes(32), randomBytes(32)]
  const { keyId: KeyId, arn } = await externalKey(kms, m1)
  const first = (await stateOf(kms, KeyId)).CurrentKeyMaterialId
  const { CiphertextBlob } = await kms.call('Encrypt', { KeyId, Plaintext: Buffer.from('x') })
  await assert.rejects(kms.call('RotateKeyOnDemand', { KeyId }), {
    code: 'KMSInvalidStateException',
    message: `No available key material pending rotation for the key: ${arn}.`,
  })
  const pending = await importInto(kms, KeyId, m2, {
    ImportType: 'NEW_KEY_MATERIAL',
    KeyMaterialDescription: 'second',
  })
  assert.equal((await stateOf(kms, KeyId)).CurrentKeyMaterialId, first)
  const states = async () =>
    (await materialsOf(kms, KeyId)).map((row) => [row.KeyMaterialId, row.KeyMaterialState, row.ImportState])
  assert.deepEqual(await states(), [
    [first, 'CURRENT', 'IMPORTED'],
    [pending.KeyMaterialId, 'PENDING_ROTATION', 'IMPORTED'],
  ])
  await assert.rejects(importInto(kms, KeyId, m3, { ImportType: 'NEW_KEY_MATERIAL' }), (error: Error) => {
    const text = `^New key material \\(id: [0-9a-f]{64}\\) cannot be imported into KMS key ${arn}, because another key material \\(id: ${pending.KeyMaterialId}\\) is pending rotation\\.$`
    assert.match(error.message, new RegExp(text))
    return true
  })
  await kms.call('RotateKeyOnDemand', { KeyId })
  assert.equal((await stateOf(kms, KeyId)).CurrentKeyMaterialId, pending.KeyMaterialId)
  assert.equal(String((await kms.call('Decrypt', { CiphertextBlob })).Plaintext), 'x')
  await kms.call('DeleteImportedKeyMaterial', { KeyId, KeyMaterialId: first })
  await assert.rejects(kms.call('Encrypt', { KeyId, Plaintext: Buffer.from('x') }), pendingImport(arn))
  await importInto(kms, KeyId, m1, { KeyMaterialId: first })
  await kms.call('Encrypt', { KeyId, Plaintext: Buffer.from('x') })
  assert.deepEqual(await states(), [
    [first, 'NON_CURRENT', 'IMPORTED'],
    [pending.KeyMaterialId, 'CURRENT', 'IMPORTED'],
  ])
})

test('material that waits for its rotation can be deleted, or expire, and another be imported in its place', async () => {
  const kms = await kmsFixture()
  const { keyId: KeyId, arn } = await externalKey(kms, randomBytes(32))
  const isNew = { ImportType: 'NEW_KEY_MATERIAL' } as const
  const { KeyMaterialId } = await importInto(kms, KeyId, randomBytes(32), isNew)
  assert.deepEqual(await kms.call('DeleteImportedKeyMaterial', { KeyId, KeyMaterialId }), { KeyId: arn, KeyMaterialId })
  assert.equal((await stateOf(kms, KeyId)).KeyState, 'Enabled')
  assert.equal((await materialsOf(kms, KeyId)).length, 1)
  await importInto(kms, KeyId, randomBytes(32), { ...isNew, ValidTo: new Date(kms.clock.nowMs() + dayMs) })
  await kms.advanceDays(1)
  assert.equal((await stateOf(kms, KeyId)).KeyState, 'Enabled')
  assert.equal((await materialsOf(kms, KeyId)).length, 1)
  await importInto(kms, KeyId, randomBytes(32), isNew)
  await kms.call('RotateKeyOnDemand', { KeyId })
  assert.equal((await kms.store.in(keyMaterials).list(scope)).length, 2)
})

test('ImportKeyMaterial distinguishes new material from known, and a named id from another', async () => {
  const kms = await kmsFixture()
  const material = randomBytes(32)
  const { keyId: KeyId } = await externalKey(kms)
  const incorrect = { code: 'IncorrectKeyMaterialException' }
  await assert.rejects(importInto(kms, KeyId, material, { ImportType: 'EXISTING_KEY_MATERIAL' }), incorrect)
  await importInto(kms, KeyId, material)
  await assert.rejects(importInto(kms, KeyId, material, { ImportType: 'NEW_KEY_MATERIAL' }), incorrect)
  await assert.rejects(importInto(kms, KeyId, material, { KeyMaterialId: 'ab'.repeat(32) }), incorrect)
  const both = { ImportType: 'NEW_KEY_MATERIAL', KeyMaterialId: 'ab'.repeat(32) } as const
  await assert.rejects(importInto(kms, KeyId, randomBytes(32), both), { code: 'ValidationException' })
  for (const length of [16, 31, 33, 64]) {
    await assert.rejects(importInto(kms, KeyId, randomBytes(length)), incorrect)
  }
})

test('import tokens are good for their key and their key pair alone, for 24 hours, side by side', async () => {
  const kms = await kmsFixture()
  const material = randomBytes(32)
  const { keyId: KeyId } = await externalKey(kms)
  const [a, b] = [await parameters(kms, KeyId), await parameters(kms, KeyId)]
  const other = await parameters(kms, (await externalKey(kms)).keyId)
  const send = (token: Uint8Array, wrapped: Uint8Array) =>
    kms.call('ImportKeyMaterial', { KeyId, ImportToken: token, EncryptedKeyMaterial: wrapped, ...forEver })
  await assert.rejects(send(a.token, b.wrap(material)), { code: 'InvalidCiphertextException', message: '' })
  const invalid = { code: 'InvalidImportTokenException' }
  await assert.rejects(send(other.token, other.wrap(material)), invalid)
  const altered = Buffer.from(a.token)
  altered[40] = (altered[40] ?? 0) ^ 1
  for (const token of [altered, randomBytes(100), Buffer.from([1]), a.token.subarray(1)]) {
    await assert.rejects(send(token, a.wrap(material)), invalid)
  }
  await kms.advanceDays(0.99)
  await send(b.token, b.wrap(material))
  await send(a.token, a.wrap(material))
  await send(a.token, a.wrap(material))
  await kms.advanceDays(0.01)
  await assert.rejects(send(a.token, a.wrap(material)), { code: 'ExpiredImportTokenException' })
})

test('GetParametersForImport keeps the private key sealed and destroys it after 24 hours', async () => {
  const kms = await kmsFixture()
  const { keyId: KeyId, arn } = await externalKey(kms)
  const { answer } = await parameters(kms, KeyId, 'RSAES_OAEP_SHA_1', 'RSA_3072')
  assert.equal(answer.KeyId, arn)
  assert.deepEqual(answer.ParametersValidTo, new Date(kms.clock.nowMs() + dayMs))
  assert.equal(answer.PublicKey?.length, 422)
  const [row] = await kms.store.read((sql) =>
    sql.all<{ id: string; document: string }>(
      "SELECT id, document FROM documents WHERE collection = 'kms.import-pairs'",
    ),
  )
  const { id, document } = present(row)
  assert.match(document, /"privateKey":\{"\$sealed":"/)
  assert.ok(await findImportPair(kms.store, scope, id))
  await kms.advanceDays(1)
  assert.equal(await findImportPair(kms.store, scope, id), undefined)
})

test('GetParametersForImport refuses keys of other origins and wrappings that do not fit', async () => {
  const kms = await kmsFixture({ importRule: 'any' })
  const own = await kms.key()
  await assert.rejects(parameters(kms, own.keyId), {
    code: 'UnsupportedOperationException',
    message: `${own.arn} origin is AWS_KMS which is not valid for this operation.`,
  })
  const unsupported = { code: 'UnsupportedOperationException' }
  const external = (KeySpec: 'SYMMETRIC_DEFAULT' | 'RSA_2048' | 'ECC_NIST_P521' | 'HMAC_256') =>
    kms.key({
      Origin: 'EXTERNAL',
      KeySpec,
      KeyUsage: { S: 'ENCRYPT_DECRYPT', R: 'SIGN_VERIFY', E: 'SIGN_VERIFY', H: 'GENERATE_VERIFY_MAC' }[
        KeySpec.charAt(0)
      ] as 'SIGN_VERIFY',
    })
  const symmetric = await external('SYMMETRIC_DEFAULT')
  for (const algorithm of ['RSAES_PKCS1_V1_5', 'SM2PKE', 'RSA_AES_KEY_WRAP_SHA_256'] as const) {
    await assert.rejects(parameters(kms, symmetric.keyId, algorithm), unsupported)
  }
  await assert.rejects(parameters(kms, symmetric.keyId, 'RSAES_OAEP_SHA_256', 'SM2'), unsupported)
  await assert.rejects(parameters(kms, (await external('HMAC_256')).keyId, 'RSA_AES_KEY_WRAP_SHA_1'), unsupported)
  await assert.rejects(parameters(kms, (await external('RSA_2048')).keyId, 'RSAES_OAEP_SHA_256'), unsupported)
  const p521 = await external('ECC_NIST_P521')
  await assert.rejects(parameters(kms, p521.keyId, 'RSAES_OAEP_SHA_256', 'RSA_2048'), unsupported)
  await parameters(kms, p521.keyId, 'RSA_AES_KEY_WRAP_SHA_256', 'RSA_2048')
})

test('with kms.import=any, keys of other specs take material: RSA, elliptic curves, HMAC', async () => {
  const kms = await kmsFixture({ importRule: 'any' })
  const pkcs8 = { format: 'der', type: 'pkcs8' } as const
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const p521 = generateKeyPairSync('ec', { namedCurve: 'secp521r1' })
  const cases = [
    ['RSA_2048', 'SIGN_VERIFY', 'RSA_AES_KEY_WRAP_SHA_256', rsa.privateKey.export(pkcs8)],
    ['ECC_NIST_P521', 'SIGN_VERIFY', 'RSA_AES_KEY_WRAP_SHA_1', p521.privateKey.export(pkcs8)],
    ['HMAC_384', 'GENERATE_VERIFY_MAC', 'RSAES_OAEP_SHA_1', randomBytes(100)],
  ] as const
  for (const [KeySpec, KeyUsage, algorithm, material] of cases) {
    const { keyId: KeyId, arn } = await kms.key({ Origin: 'EXTERNAL', KeySpec, KeyUsage })
    const { token, wrap } = await parameters(kms, KeyId, algorithm)
    const request = { KeyId, ImportToken: token, ...forEver }
    const answer = await kms.call('ImportKeyMaterial', { ...request, EncryptedKeyMaterial: wrap(material) })
    assert.deepEqual(answer, { KeyId: arn })
    assert.equal((await stateOf(kms, KeyId)).KeyState, 'Enabled')
    const another = { ...request, ImportType: 'NEW_KEY_MATERIAL', EncryptedKeyMaterial: wrap(material) } as const
    await assert.rejects(kms.call('ImportKeyMaterial', another), { code: 'ValidationException' })
    const different = wrap(KeySpec === 'HMAC_384' ? randomBytes(48) : randomBytes(40))
    await assert.rejects(kms.call('ImportKeyMaterial', { ...request, EncryptedKeyMaterial: different }), {
      code: 'IncorrectKeyMaterialException',
    })
    await kms.call('DeleteImportedKeyMaterial', { KeyId })
    await kms.call('ImportKeyMaterial', { ...request, EncryptedKeyMaterial: wrap(material) })
    assert.equal((await stateOf(kms, KeyId)).KeyState, 'Enabled')
  }
})

test('K8: by default only symmetric keys take imported material, and the refusal names the setting', async () => {
  const kms = await kmsFixture()
  const refused = { code: 'UnsupportedOperationException', message: /kms\.import is "symmetric"/ }
  const rsa = { Origin: 'EXTERNAL', KeySpec: 'RSA_2048', KeyUsage: 'SIGN_VERIFY' } as const
  await assert.rejects(kms.call('CreateKey', rsa), refused)
  const hmac = { Origin: 'EXTERNAL', KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' } as const
  await assert.rejects(kms.call('CreateKey', hmac), refused)
  for (const importRule of ['symmetric', 'any'] as const) {
    const either = await kmsFixture({ importRule })
    const mlDsa = { Origin: 'EXTERNAL', KeySpec: 'ML_DSA_65', KeyUsage: 'SIGN_VERIFY' } as const
    await assert.rejects(either.call('CreateKey', mlDsa), { code: 'UnsupportedOperationException' })
  }
})

test('imported material is never rotated automatically', async () => {
  const kms = await kmsFixture()
  const { keyId: KeyId, arn } = await externalKey(kms, randomBytes(32))
  const refused = {
    code: 'UnsupportedOperationException',
    message: `${arn} origin is EXTERNAL which is not valid for this operation.`,
  }
  await assert.rejects(kms.call('EnableKeyRotation', { KeyId }), refused)
  assert.equal((await kms.call('GetKeyRotationStatus', { KeyId })).KeyRotationEnabled, false)
})

test('policies can speak of wrapping and expiration', async () => {
  const kms = await kmsFixture()
  const { keyId: KeyId } = await externalKey(kms)
  const wrapping = { WrappingAlgorithm: 'RSAES_OAEP_SHA_1', WrappingKeySpec: 'RSA_4096' } as const
  const [get] = await kms.permissions('GetParametersForImport', { KeyId, ...wrapping })
  assert.deepEqual(
    [get?.context?.['kms:WrappingAlgorithm'], get?.context?.['kms:WrappingKeySpec']],
    ['RSAES_OAEP_SHA_1', 'RSA_4096'],
  )
  const bytes = Buffer.from('x')
  const ValidTo = new Date('2026-05-01T00:00:00Z')
  const request = { KeyId, ImportToken: bytes, EncryptedKeyMaterial: bytes, ValidTo }
  const [put] = await kms.permissions('ImportKeyMaterial', request)
  assert.equal(put?.context?.['kms:ExpirationModel'], 'KEY_MATERIAL_EXPIRES')
  assert.equal(put?.context?.['kms:ValidTo'], '2026-05-01T00:00:00.000Z')
})
