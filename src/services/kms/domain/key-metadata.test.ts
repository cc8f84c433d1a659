import assert from 'node:assert/strict'
import { test } from 'node:test'
import { keyMetadata } from './key-metadata.ts'
import { keyWith } from './testing.ts'

const keyId = 'mrk-1234abcd12ab34cd56ef1234567890ab'
const arnIn = (region: string) => `arn:aws:kms:${region}:111122223333:key/${keyId}`

test('keyMetadata shows a multi-Region key with all its relatives, and which of them it is', () => {
  const regions = { primary: 'us-east-1', replicas: ['ap-south-1', 'eu-west-1'] }
  const place = (Region: string) => ({ Arn: arnIn(Region), Region })
  const relatives = { PrimaryKey: place('us-east-1'), ReplicaKeys: [place('ap-south-1'), place('eu-west-1')] }
  for (const [region, MultiRegionKeyType] of [
    ['us-east-1', 'PRIMARY'],
    ['eu-west-1', 'REPLICA'],
  ] as const) {
    const key = keyWith({ keyId, arn: arnIn(region), region, multiRegion: true, regions })
    assert.deepEqual(keyMetadata(key).MultiRegionConfiguration, { MultiRegionKeyType, ...relatives })
  }
  assert.equal('MultiRegionConfiguration' in keyMetadata(keyWith()), false)
})

test('keyMetadata tells when imported material expires, and neither once it is gone', () => {
  const imported = { materialId: 'm', state: 'CURRENT', importState: 'IMPORTED' } as const
  const shown = (version: object) => {
    const key = keyWith({ origin: 'EXTERNAL', materials: [{ ...imported, ...version }] })
    const { ExpirationModel, ValidTo, CurrentKeyMaterialId } = keyMetadata(key)
    return [ExpirationModel, ValidTo, CurrentKeyMaterialId]
  }
  assert.deepEqual(shown({}), ['KEY_MATERIAL_DOES_NOT_EXPIRE', undefined, 'm'])
  assert.deepEqual(shown({ expiresAtMs: 5 }), ['KEY_MATERIAL_EXPIRES', new Date(5), 'm'])
  assert.deepEqual(shown({ importState: 'PENDING_IMPORT' }), [undefined, undefined, 'm'])
  assert.equal(keyMetadata(keyWith()).ExpirationModel, undefined)
})

test('keyMetadata names the current material of symmetric encryption keys alone, and not of a key in creation', () => {
  assert.equal(keyMetadata(keyWith()).CurrentKeyMaterialId, 'm')
  assert.equal('CurrentKeyMaterialId' in keyMetadata(keyWith({ state: 'Creating' })), false)
  const hmac = keyWith({ keySpec: 'HMAC_256', keyUsage: 'GENERATE_VERIFY_MAC' })
  assert.equal('CurrentKeyMaterialId' in keyMetadata(hmac), false)
  assert.equal('CurrentKeyMaterialId' in keyMetadata(keyWith({ origin: 'AWS_CLOUDHSM' })), false)
})

test('keyMetadata shows the waiting period of a primary whose replicas are there still, and no date', () => {
  const { PendingDeletionWindowInDays, DeletionDate } = keyMetadata(
    keyWith({ state: 'PendingReplicaDeletion', pendingWindowDays: 9 }),
  )
  assert.deepEqual([PendingDeletionWindowInDays, DeletionDate], [9, undefined])
})
