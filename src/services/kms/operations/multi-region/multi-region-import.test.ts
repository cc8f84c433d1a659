import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { keyMaterials } from '../../storage/collections.ts'
import { accountId, kmsFixture } from '../../testing.ts'
import { describe, here, importInto, replicate, stored, there } from '../testing.ts'

test('a replica with imported material waits for the same material, which the primary key had first', async () => {
  const kms = await kmsFixture()
  const [m1, m2] = [randomBytes(32), randomBytes(32)]
  const { keyId: KeyId } = await kms.key({ MultiRegion: true, Origin: 'EXTERNAL' })
  await assert.rejects(replicate(kms, KeyId), { code: 'KMSInvalidStateException' })
  const first = await importInto(kms, KeyId, m1)
  await replicate(kms, KeyId)
  assert.equal((await describe(kms, KeyId, there)).KeyState, 'PendingImport')
  await assert.rejects(importInto(kms, KeyId, m2, {}, there), { code: 'IncorrectKeyMaterialException' })
  assert.equal((await importInto(kms, KeyId, m1, {}, there)).KeyMaterialId, first.KeyMaterialId)
  const { CiphertextBlob } = await kms.call('Encrypt', { KeyId, Plaintext: Buffer.from('x') })
  await kms.call('Decrypt', { CiphertextBlob }, { region: there })

  const isNew = { ImportType: 'NEW_KEY_MATERIAL', KeyMaterialDescription: 'second' } as const
  await assert.rejects(importInto(kms, KeyId, m2, isNew, there), { code: 'UnsupportedOperationException' })
  const second = await importInto(kms, KeyId, m2, isNew, here)
  const pending = async (region: string) => {
    const all = { KeyId, IncludeKeyMaterial: 'ALL_KEY_MATERIAL' } as const
    const row = (await kms.call('ListKeyRotations', all, { region })).Rotations?.at(-1)
    return [row?.KeyMaterialState, row?.ImportState, row?.KeyMaterialDescription]
  }
  const waiting = 'PENDING_MULTI_REGION_IMPORT_AND_ROTATION'
  assert.deepEqual(await pending(here), [waiting, 'IMPORTED', 'second'])
  assert.deepEqual(await pending(there), [waiting, 'PENDING_IMPORT', 'second'])
  assert.equal((await describe(kms, KeyId, there)).KeyState, 'Enabled')
  await assert.rejects(kms.call('RotateKeyOnDemand', { KeyId }), { code: 'KMSInvalidStateException' })
  await importInto(kms, KeyId, m2, {}, there)
  assert.deepEqual(await pending(here), ['PENDING_ROTATION', 'IMPORTED', 'second'])
  const KeyMaterialId = second.KeyMaterialId
  await kms.call('DeleteImportedKeyMaterial', { KeyId, KeyMaterialId }, { region: there })
  assert.deepEqual(await pending(here), [waiting, 'IMPORTED', 'second'])
  await importInto(kms, KeyId, m2, {}, there)
  await kms.call('RotateKeyOnDemand', { KeyId })
  for (const region of [here, there]) {
    assert.equal((await describe(kms, KeyId, region)).CurrentKeyMaterialId, second.KeyMaterialId)
  }
})

test('material that waits for its rotation goes from all Regions with the primary key, and stops waiting for a replica that is gone', async () => {
  const kms = await kmsFixture()
  const { keyId: KeyId } = await kms.key({ MultiRegion: true, Origin: 'EXTERNAL' })
  const m1 = randomBytes(32)
  await importInto(kms, KeyId, m1)
  await replicate(kms, KeyId)
  await importInto(kms, KeyId, m1, {}, there)
  const isNew = { ImportType: 'NEW_KEY_MATERIAL' } as const
  const m2 = randomBytes(32)
  const { KeyMaterialId } = await importInto(kms, KeyId, m2, isNew, here)
  await importInto(kms, KeyId, m2, {}, there)
  await kms.call('DeleteImportedKeyMaterial', { KeyId, KeyMaterialId })
  for (const region of [here, there]) {
    assert.equal((await stored(kms, KeyId, region)).materials.length, 1)
    assert.equal((await kms.store.in(keyMaterials).list({ accountId, region })).length, 1)
  }
  await importInto(kms, KeyId, randomBytes(32), isNew, here)
  await kms.call('ScheduleKeyDeletion', { KeyId, PendingWindowInDays: 7 }, { region: there })
  await kms.advanceDays(7)
  await kms.call('RotateKeyOnDemand', { KeyId })
})
