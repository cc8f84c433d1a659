import assert from 'node:assert/strict'
import { test } from 'node:test'
import { crc32 } from 'node:zlib'
import fc from 'fast-check'
import { sealBlob } from '../../domain/algorithms/ciphertext-blob.ts'
import { newSymmetricMaterial, secretKeyOf } from '../../domain/material/key-material.ts'
import { keyMaterials, keys } from '../../storage/collections.ts'
import { accountId, alice, kmsFixture, policyOf, present, region, stranger } from '../../testing.ts'

const scope = { accountId, region }
const Plaintext = Buffer.from('secret')
const garbled = { code: 'InvalidCiphertextException', message: '' }

async function encrypted(EncryptionContext?: Record<string, string>) {
  const kms = await kmsFixture()
  const { keyId: KeyId, arn } = await kms.key()
  const { CiphertextBlob } = await kms.call('Encrypt', { KeyId, Plaintext, EncryptionContext })
  return { kms, KeyId, arn, CiphertextBlob: Buffer.from(present(CiphertextBlob)) }
}

test('Decrypt takes the pairs of the context in any order and no other context', async () => {
  const { kms, CiphertextBlob } = await encrypted({ a: '1', b: '2' })
  const decrypt = (EncryptionContext?: Record<string, string>) =>
    kms.call('Decrypt', { CiphertextBlob, EncryptionContext })
  assert.deepEqual((await decrypt({ b: '2', a: '1' })).Plaintext, Plaintext)
  for (const context of [
    { A: '1', b: '2' },
    { a: '1' },
    { a: '2', b: '1' },
    { a: '1', b: '2', c: '' },
    {},
    undefined,
  ]) {
    await assert.rejects(decrypt(context as Record<string, string>), garbled)
  }
})

test('Decrypt finds the key by the blob and tells which key and which material it was', async () => {
  const { kms, KeyId, arn, CiphertextBlob } = await encrypted()
  const { KeyMetadata } = await kms.call('DescribeKey', { KeyId })
  const answer = {
    KeyId: arn,
    Plaintext,
    EncryptionAlgorithm: 'SYMMETRIC_DEFAULT',
    KeyMaterialId: KeyMetadata?.CurrentKeyMaterialId,
  }
  await kms.call('CreateAlias', { AliasName: 'alias/app', TargetKeyId: KeyId })
  for (const named of [undefined, KeyId, arn, 'alias/app']) {
    assert.deepEqual(await kms.call('Decrypt', { CiphertextBlob, KeyId: named }), answer)
  }
})

test('Decrypt refuses another key than that of the blob, whatever that key is for', async () => {
  const { kms, CiphertextBlob } = await encrypted()
  const { keyId: KeyId } = await kms.key()
  const incorrect = {
    code: 'IncorrectKeyException',
    message: 'The key ID in the request does not identify a CMK that can perform this operation.',
  }
  await assert.rejects(kms.call('Decrypt', { CiphertextBlob, KeyId }), incorrect)
  const stored = present(await kms.store.in(keys).get(scope, KeyId))
  const hmacKey = { ...stored, keySpec: 'HMAC_256', keyUsage: 'GENERATE_VERIFY_MAC' } as const
  await kms.store.transaction((tx) => tx.in(keys).put(scope, KeyId, hmacKey))
  await assert.rejects(kms.call('Decrypt', { CiphertextBlob, KeyId }), incorrect)
})

test('Decrypt answers any changed byte alike, with and without a key named, and never with a plaintext', async () => {
  const { kms, KeyId, CiphertextBlob } = await encrypted()
  await fc.assert(
    fc.asyncProperty(
      fc.nat(CiphertextBlob.length - 1),
      fc.integer({ min: 1, max: 255 }),
      fc.constantFrom(undefined, KeyId),
      async (at, mask, named) => {
        const changed = Buffer.from(CiphertextBlob)
        changed[at] = (changed[at] ?? 0) ^ mask
        await assert.rejects(kms.call('Decrypt', { CiphertextBlob: changed, KeyId: named }), garbled)
      },
    ),
    { numRuns: 300 },
  )
})

test('Decrypt answers garbage and cut blobs alike', async () => {
  const { kms, KeyId, CiphertextBlob } = await encrypted()
  for (const blob of [
    Buffer.from('x'),
    Buffer.alloc(6144),
    CiphertextBlob.subarray(0, 90),
    CiphertextBlob.subarray(1),
  ]) {
    await assert.rejects(kms.call('Decrypt', { CiphertextBlob: blob }), garbled)
    await assert.rejects(kms.call('Decrypt', { CiphertextBlob: blob, KeyId }), garbled)
  }
  await assert.rejects(kms.call('Decrypt', { KeyId }), {
    code: 'ValidationException',
    message:
      "1 validation error detected: Value null at 'ciphertextBlob' failed to satisfy constraint: Member must not be null",
  })
})

test('Decrypt knows every version of the key material, and the answer tells which', async () => {
  const { kms, KeyId, CiphertextBlob: first } = await encrypted()
  const next = newSymmetricMaterial(KeyId, kms.clock.nowMs())
  const key = present(await kms.store.in(keys).get(scope, KeyId))
  const rotated = {
    ...key,
    currentMaterialId: next.materialId,
    materials: [
      ...key.materials.map((version) => ({ ...version, state: 'NON_CURRENT' as const })),
      { materialId: next.materialId, state: 'CURRENT' as const },
    ],
  }
  await kms.store.transaction(async (tx) => {
    await tx.in(keys).put(scope, KeyId, rotated)
    await tx.in(keyMaterials).put(scope, `${KeyId}/${next.materialId}`, next)
  })
  const { CiphertextBlob: second } = await kms.call('Encrypt', { KeyId, Plaintext })
  const answers = [
    await kms.call('Decrypt', { CiphertextBlob: first }),
    await kms.call('Decrypt', { CiphertextBlob: second }),
  ]
  assert.deepEqual(
    answers.map(({ KeyMaterialId, Plaintext: opened }) => [KeyMaterialId, opened]),
    [
      [key.currentMaterialId, Plaintext],
      [next.materialId, Plaintext],
    ],
  )
})

test('Decrypt refuses a blob that names material which the key does not have', async () => {
  const { kms, KeyId } = await encrypted()
  const foreign = newSymmetricMaterial(KeyId, 0)
  const origin = { accountId, keyId: KeyId, materialId: foreign.materialId }
  const CiphertextBlob = sealBlob(origin, secretKeyOf(foreign), Plaintext, Buffer.alloc(0))
  await assert.rejects(kms.call('Decrypt', { CiphertextBlob }), garbled)
})

test('Decrypt refuses a blob of one key that was forged to name another', async () => {
  const { kms, CiphertextBlob } = await encrypted()
  const other = await kms.key()
  const forged = Buffer.from(CiphertextBlob)
  forged.write(other.keyId.replaceAll('-', ''), 8, 'hex')
  forged.writeUInt32BE(crc32(forged.subarray(0, 84)), 84)
  await assert.rejects(kms.call('Decrypt', { CiphertextBlob: forged }), garbled)
})

test('Decrypt without a key does not tell whose the ciphertext is', async () => {
  const { kms, KeyId, CiphertextBlob } = await encrypted()
  const denials = async (caller = alice, blob = CiphertextBlob) => {
    const [permission] = await kms.permissions('Decrypt', { CiphertextBlob: blob }, { caller })
    return { printedResource: permission?.printedResource, denial: permission?.denial }
  }
  const resource = 'the resource associated with this ciphertext'
  const unknown = {
    printedResource: resource,
    denial:
      `on ${resource} because the resource does not exist in this Region, no resource-based policies allow access, ` +
      'or a resource-based policy explicitly denies access',
  }
  assert.deepEqual(await denials(), { printedResource: resource, denial: undefined })
  assert.deepEqual(await denials(stranger), unknown)
  const ofNoKey = Buffer.from(CiphertextBlob)
  ofNoKey.writeUInt8(0xff ^ (ofNoKey[8] ?? 0), 8)
  ofNoKey.writeUInt32BE(crc32(ofNoKey.subarray(0, 84)), 84)
  assert.deepEqual(await denials(alice, ofNoKey), unknown)
  assert.deepEqual(await denials(stranger, ofNoKey), unknown)
  await assert.rejects(kms.call('Decrypt', { CiphertextBlob: ofNoKey }), { code: 'AccessDeniedException' })
  const [named] = await kms.permissions('Decrypt', { CiphertextBlob, KeyId }, { caller: alice })
  assert.deepEqual([named?.printedResource, named?.denial], [undefined, undefined])
})

test('Decrypt in another region does not find the key', async () => {
  const { kms, CiphertextBlob } = await encrypted()
  await assert.rejects(kms.call('Decrypt', { CiphertextBlob }, { region: 'eu-west-1' }), {
    code: 'AccessDeniedException',
  })
})

test('Decrypt lets another account name the key by its bare id, because the blob tells the owner', async () => {
  const kms = await kmsFixture()
  const Policy = policyOf({ Effect: 'Allow', Principal: '*', Action: 'kms:*', Resource: '*' })
  const { keyId: KeyId, arn } = await kms.key({ Policy })
  const { CiphertextBlob } = await kms.call('Encrypt', { KeyId, Plaintext })
  for (const named of [undefined, KeyId, arn]) {
    const answer = await kms.call('Decrypt', { CiphertextBlob, KeyId: named }, { caller: stranger })
    assert.deepEqual([answer.KeyId, answer.Plaintext], [arn, Plaintext])
  }
  await assert.rejects(kms.call('Encrypt', { KeyId, Plaintext }, { caller: stranger }), { code: 'NotFoundException' })
})

test('Decrypt refuses algorithms of other keys and attestation documents', async () => {
  const { kms, CiphertextBlob } = await encrypted()
  await assert.rejects(kms.call('Decrypt', { CiphertextBlob, EncryptionAlgorithm: 'RSAES_OAEP_SHA_1' }), {
    code: 'InvalidKeyUsageException',
  })
  const Recipient = { KeyEncryptionAlgorithm: 'RSAES_OAEP_SHA_256', AttestationDocument: Buffer.from('x') } as const
  await assert.rejects(kms.call('Decrypt', { CiphertextBlob, Recipient }), { code: 'ValidationException' })
})

test('a dry run of Decrypt may ignore the ciphertext, and then needs a key', async () => {
  const { kms, KeyId, CiphertextBlob } = await encrypted()
  const DryRunModifiers = ['IGNORE_CIPHERTEXT' as const]
  const succeeded = { code: 'DryRunOperationException' }
  await assert.rejects(kms.call('Decrypt', { KeyId, DryRun: true, DryRunModifiers }), succeeded)
  const garbage = Buffer.from('garbage')
  await assert.rejects(
    kms.call('Decrypt', { KeyId, CiphertextBlob: garbage, DryRun: true, DryRunModifiers }),
    succeeded,
  )
  await assert.rejects(kms.call('Decrypt', { CiphertextBlob, DryRun: true, DryRunModifiers }), {
    code: 'ValidationException',
    message: /'keyId'/,
  })
  await assert.rejects(kms.call('Decrypt', { KeyId, CiphertextBlob, DryRunModifiers }), { code: 'ValidationException' })
})
