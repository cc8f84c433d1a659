import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { KMS } from '@aws-sdk/client-kms'
import type { Strongroom } from '../../src/server/server.ts'
import { startTestServer } from '../fixtures/clients.ts'
import { accessDenied, kmsAs, newKey, newKmsUser, owner } from './access-fixture.ts'
import { present } from './fixture.ts'

let server: Strongroom
let kms: KMS
before(async () => {
  server = await startTestServer({ accountId: owner })
  kms = kmsAs(server, server.credentials)
})
after(() => server.stop())

/** The refusal, which must not say why. */
const invalidCiphertext = (thrown: Error) => {
  assert.equal(thrown.name, 'InvalidCiphertextException')
  // What the SDK says of an answer without a message.
  assert.match(thrown.message, /^(UnknownError)?$/)
  return true
}

const Plaintext = Buffer.from('forty-two')

test('K4 scenario 1: a key made with no parameters is an enabled symmetric encryption key of this Region', async () => {
  const { KeyMetadata } = await kms.createKey({})
  const { KeyId, KeyState, KeySpec, KeyUsage, MultiRegion, CurrentKeyMaterialId } = present(KeyMetadata)
  assert.deepEqual(
    [KeyState, KeySpec, KeyUsage, MultiRegion],
    ['Enabled', 'SYMMETRIC_DEFAULT', 'ENCRYPT_DECRYPT', false],
  )
  assert.match(present(CurrentKeyMaterialId), /^[0-9a-f]{64}$/)
  const { Policy } = await kms.getKeyPolicy({ KeyId, PolicyName: 'default' })
  assert.equal(JSON.parse(present(Policy)).Statement[0].Principal.AWS, `arn:aws:iam::${owner}:root`)
  assert.equal((await kms.getKeyRotationStatus({ KeyId })).KeyRotationEnabled, false)
})

test('K2 scenario 2: 4096 bytes are encrypted and 4097 are not', async () => {
  const { id: KeyId } = await newKey(kms)
  const largest = Buffer.alloc(4096, 7)
  const { CiphertextBlob } = await kms.encrypt({ KeyId, Plaintext: largest })
  assert.deepEqual(Buffer.from(present((await kms.decrypt({ CiphertextBlob })).Plaintext)), largest)
  await assert.rejects(kms.encrypt({ KeyId, Plaintext: Buffer.alloc(4097) }), {
    name: 'ValidationException',
    message: /Value at 'plaintext' failed to satisfy constraint: Member must have length less than or equal to 4096/,
  })
})

test('K1 scenario 3: the encryption context must be the same map, in whatever order', async () => {
  const { id: KeyId } = await newKey(kms)
  const { CiphertextBlob } = await kms.encrypt({ KeyId, Plaintext, EncryptionContext: { a: '1', b: '2' } })
  const opened = await kms.decrypt({ CiphertextBlob, EncryptionContext: { b: '2', a: '1' } })
  assert.deepEqual(Buffer.from(present(opened.Plaintext)), Plaintext)
  const others: (Record<string, string> | undefined)[] = [{ A: '1', b: '2' }, { a: '1' }, undefined]
  for (const EncryptionContext of others) {
    await assert.rejects(kms.decrypt({ CiphertextBlob, EncryptionContext }), invalidCiphertext)
  }
})

test('K1 scenario 5: a blob with one flipped byte, wherever it is, never opens, and the error never shows which byte it was', async () => {
  const { id: KeyId } = await newKey(kms)
  const good = Buffer.from(present((await kms.encrypt({ KeyId, Plaintext })).CiphertextBlob))
  for (let at = 0; at < good.length; at++) {
    const CiphertextBlob = Buffer.from(good)
    CiphertextBlob[at] = (CiphertextBlob[at] ?? 0) ^ 0x40
    await assert.rejects(kms.decrypt({ CiphertextBlob }), invalidCiphertext)
  }
})

test('K4 scenario 30: ReEncrypt moves a blob to another key and context, for those who may use both', async () => {
  const [from, to] = [await newKey(kms), await newKey(kms)]
  const { CiphertextBlob } = await kms.encrypt({ KeyId: from.id, Plaintext, EncryptionContext: { x: '1' } })
  const request = {
    CiphertextBlob,
    SourceEncryptionContext: { x: '1' },
    DestinationKeyId: to.id,
    DestinationEncryptionContext: { y: '2' },
  }
  const moved = await kms.reEncrypt(request)
  assert.deepEqual([moved.SourceKeyId, moved.KeyId], [from.arn, to.arn])
  const blob = moved.CiphertextBlob
  const opened = await kms.decrypt({ CiphertextBlob: blob, KeyId: to.id, EncryptionContext: { y: '2' } })
  assert.deepEqual(Buffer.from(present(opened.Plaintext)), Plaintext)
  await assert.rejects(kms.decrypt({ CiphertextBlob: blob, EncryptionContext: { x: '1' } }), invalidCiphertext)
  await assert.rejects(kms.decrypt({ CiphertextBlob: blob, KeyId: from.id, EncryptionContext: { y: '2' } }), {
    name: 'IncorrectKeyException',
  })
  const mover = await newKmsUser(server, { Effect: 'Allow', Action: 'kms:ReEncryptFrom', Resource: from.arn })
  await assert.rejects(mover.kms.reEncrypt(request), { ...accessDenied, message: /kms:ReEncryptTo/ })
})
