import assert from 'node:assert/strict'
import { generateKeyPairSync, randomBytes, verify } from 'node:crypto'
import { after, before, test } from 'node:test'
import {
  type CreateKeyCommandInput,
  DeleteImportedKeyMaterialCommand,
  GenerateMacCommand,
  ImportKeyMaterialCommand,
  ListKeyRotationsCommand,
  RotateKeyOnDemandCommand,
  SignCommand,
} from '@aws-sdk/client-kms'
import { startTestServer } from '../fixtures/clients.ts'
import { day, Keys, pendingImport, present } from './fixture.ts'

/** The owner's rule: symmetric keys alone. */
let keys: Keys
/** AWS's rule of today. */
let anyKeys: Keys
before(async () => {
  keys = new Keys(await startTestServer())
  anyKeys = new Keys(await startTestServer({ settings: { 'kms.import': 'any' } }))
})
after(() => Promise.all([keys, anyKeys].map(({ server }) => server.stop())))

const forEver = { ExpirationModel: 'KEY_MATERIAL_DOES_NOT_EXPIRE' } as const
const isNew = { ImportType: 'NEW_KEY_MATERIAL' } as const

async function imported(material: Uint8Array) {
  const key = await keys.create({ Origin: 'EXTERNAL' })
  const { KeyMaterialId } = await keys.import(key.KeyId, material)
  return { ...key, KeyMaterialId: present(KeyMaterialId) }
}

test('scenario 32: K8: an EXTERNAL key is pending import, and encrypts once 32 bytes are imported', async () => {
  const { KeyId, arn } = await keys.create({ Origin: 'EXTERNAL' })
  await assert.rejects(keys.encrypt(KeyId, 'x'), pendingImport(arn))
  const answer = await keys.import(KeyId, randomBytes(32))
  assert.equal(answer.KeyId, arn)
  assert.equal((await keys.describe(KeyId)).KeyState, 'Enabled')
  const { text, KeyMaterialId } = await keys.decrypt(await keys.encrypt(KeyId, 'x'))
  assert.deepEqual([text, KeyMaterialId], ['x', answer.KeyMaterialId])
  const [record] = await keys.records('ImportKeyMaterial')
  assert.deepEqual(record.responseElements, { keyId: arn, keyMaterialId: answer.KeyMaterialId })
  assert.deepEqual(record.requestParameters, { keyId: KeyId, expirationModel: 'KEY_MATERIAL_DOES_NOT_EXPIRE' })
})

test('scenario 33: an import without an expiration date is refused, as is one 366 days ahead', async () => {
  const { KeyId } = await keys.create({ Origin: 'EXTERNAL' })
  const { token, wrap } = await keys.parameters(KeyId)
  const request = { KeyId, ImportToken: token, EncryptedKeyMaterial: wrap(randomBytes(32)) }
  await assert.rejects(keys.kms.send(new ImportKeyMaterialCommand(request)), {
    name: 'ValidationException',
    message: 'A validTo date must be set if the ExpirationModel is KEY_MATERIAL_EXPIRES',
  })
  const until = (ValidTo: Date) => keys.kms.send(new ImportKeyMaterialCommand({ ...request, ValidTo }))
  await assert.rejects(until(keys.inDays(366)), { name: 'ValidationException' })
  await until(keys.inDays(364))
})

test('scenario 34: without its material, expired or deleted, a key decrypts nothing until the same is imported again', async () => {
  const material = randomBytes(32)
  const { KeyId, arn } = await keys.create({ Origin: 'EXTERNAL' })
  await keys.import(KeyId, material, { ValidTo: keys.inDays(10) })
  const blob = await keys.encrypt(KeyId, 'x')
  await keys.server.advance(11 * day)
  await assert.rejects(keys.decrypt(blob), pendingImport(arn))
  const [event] = await keys.records('DeleteExpiredKeyMaterial')
  assert.deepEqual([event.eventType, event.serviceEventDetails.keyId], ['AwsServiceEvent', KeyId])
  const published = keys.events.filter(({ resources }) => resources[0] === arn).map((event) => event['detail-type'])
  assert.deepEqual(published, ['KMS Imported Key Material Expiration'])
  for (let turn = 0; turn < 2; turn++) {
    await assert.rejects(keys.import(KeyId, randomBytes(32)), { name: 'IncorrectKeyMaterialException' })
    await keys.import(KeyId, material)
    assert.equal((await keys.decrypt(blob)).text, 'x')
    await keys.kms.send(new DeleteImportedKeyMaterialCommand({ KeyId }))
    await assert.rejects(keys.decrypt(blob), pendingImport(arn))
  }
})

test('scenario 35: the same bytes in two symmetric keys do not make one key of them; in two HMAC keys they do', async () => {
  const material = randomBytes(32)
  const [one, other] = [await imported(material), await imported(material)]
  const blob = await keys.encrypt(one.KeyId, 'x')
  await assert.rejects(keys.decrypt(blob, other.KeyId), { name: 'IncorrectKeyException' })
  const macs = []
  for (let turn = 0; turn < 2; turn++) {
    const design = { Origin: 'EXTERNAL', KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' } as const
    const { KeyId } = await anyKeys.create(design)
    await anyKeys.import(KeyId, material)
    const request = { KeyId, MacAlgorithm: 'HMAC_SHA_256', Message: Buffer.from('x') } as const
    macs.push((await anyKeys.kms.send(new GenerateMacCommand(request))).Mac)
  }
  assert.deepEqual(macs[0], macs[1])
})

test('scenario 36: tokens go with their own key pair alone, and not longer than 24 hours', async () => {
  const { KeyId } = await keys.create({ Origin: 'EXTERNAL' })
  const material = randomBytes(32)
  const [a, b] = [await keys.parameters(KeyId), await keys.parameters(KeyId)]
  const send = (token: Uint8Array, wrapped: Uint8Array) =>
    keys.kms.send(
      new ImportKeyMaterialCommand({ KeyId, ImportToken: token, EncryptedKeyMaterial: wrapped, ...forEver }),
    )
  await assert.rejects(send(a.token, b.wrap(material)), { name: 'InvalidCiphertextException' })
  await send(b.token, b.wrap(material))
  const other = await keys.create({ Origin: 'EXTERNAL' })
  const { token, wrap } = await keys.parameters(other.KeyId)
  await assert.rejects(send(token, wrap(material)), { name: 'InvalidImportTokenException' })
  await keys.server.advance(25 * 3600)
  await assert.rejects(send(a.token, a.wrap(material)), { name: 'ExpiredImportTokenException' })
})

test('scenario 37: an RSA_4096 private key comes in by RSA_AES_KEY_WRAP, and its signatures verify under its own public key', async () => {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 4096 })
  const material = privateKey.export({ format: 'der', type: 'pkcs8' })
  const { KeyId } = await anyKeys.create({ Origin: 'EXTERNAL', KeySpec: 'RSA_4096', KeyUsage: 'SIGN_VERIFY' })
  await assert.rejects(anyKeys.parameters(KeyId, 'RSAES_OAEP_SHA_256', 'RSA_4096'), {
    name: 'UnsupportedOperationException',
  })
  const { token, wrap } = await anyKeys.parameters(KeyId, 'RSA_AES_KEY_WRAP_SHA_256', 'RSA_4096')
  const request = { KeyId, ImportToken: token, EncryptedKeyMaterial: wrap(material), ...forEver }
  await anyKeys.kms.send(new ImportKeyMaterialCommand(request))
  const Message = Buffer.from('signed')
  const { Signature } = await anyKeys.kms.send(
    new SignCommand({ KeyId, Message, SigningAlgorithm: 'RSASSA_PKCS1_V1_5_SHA_256' }),
  )
  assert.ok(verify('sha256', Message, publicKey, present(Signature)))
})

test('scenario 38: K8: imported material is rotated by hand; the old decrypts, and is missed when it is deleted', async () => {
  const m1 = randomBytes(32)
  const { KeyId, arn, KeyMaterialId: first } = await imported(m1)
  const blob = await keys.encrypt(KeyId, 'of m1')
  const { KeyMaterialId: second } = await keys.import(KeyId, randomBytes(32), isNew)
  await keys.kms.send(new RotateKeyOnDemandCommand({ KeyId }))
  assert.equal((await keys.describe(KeyId)).CurrentKeyMaterialId, second)
  assert.equal((await keys.decrypt(blob)).text, 'of m1')
  const all = { KeyId, IncludeKeyMaterial: 'ALL_KEY_MATERIAL' } as const
  const { Rotations = [] } = await keys.kms.send(new ListKeyRotationsCommand(all))
  assert.deepEqual(
    Rotations.map((row) => [row.KeyMaterialId, row.KeyMaterialState, row.ImportState, row.RotationType]),
    [
      [first, 'NON_CURRENT', 'IMPORTED', undefined],
      [second, 'CURRENT', 'IMPORTED', 'ON_DEMAND'],
    ],
  )
  await keys.kms.send(new DeleteImportedKeyMaterialCommand({ KeyId, KeyMaterialId: first }))
  assert.equal((await keys.describe(KeyId)).KeyState, 'PendingImport')
  await assert.rejects(keys.encrypt(KeyId, 'x'), pendingImport(arn))
  await keys.import(KeyId, m1)
  assert.equal((await keys.decrypt(blob)).text, 'of m1')
})

test('scenario 39: only one material can be pending rotation', async () => {
  const { KeyId, arn } = await imported(randomBytes(32))
  const { KeyMaterialId } = await keys.import(KeyId, randomBytes(32), isNew)
  const text =
    `^New key material \\(id: [0-9a-f]{64}\\) cannot be imported into KMS key ${arn}, ` +
    `because another key material \\(id: ${KeyMaterialId}\\) is pending rotation\\.$`
  await assert.rejects(keys.import(KeyId, randomBytes(32), isNew), {
    name: 'KMSInvalidStateException',
    message: new RegExp(text),
  })
})

test('scenario 40: nothing can be imported into a key whose material KMS has made', async () => {
  const { KeyId, arn } = await keys.create()
  await assert.rejects(keys.parameters(KeyId), {
    name: 'UnsupportedOperationException',
    message: `${arn} origin is AWS_KMS which is not valid for this operation.`,
  })
})

test("scenario 41: K8: by the owner's rule an EXTERNAL key is symmetric; by AWS's of today it may be any but ML-DSA", async () => {
  const rsa: CreateKeyCommandInput = { Origin: 'EXTERNAL', KeySpec: 'RSA_2048', KeyUsage: 'SIGN_VERIFY' }
  await assert.rejects(keys.create(rsa), { name: 'UnsupportedOperationException', message: /kms\.import/ })
  const { KeyId } = await anyKeys.create(rsa)
  assert.equal((await anyKeys.describe(KeyId)).KeyState, 'PendingImport')
  for (const either of [keys, anyKeys]) {
    await assert.rejects(either.create({ ...rsa, KeySpec: 'ML_DSA_65' }), { name: 'UnsupportedOperationException' })
  }
})
