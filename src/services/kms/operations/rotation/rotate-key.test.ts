import assert from 'node:assert/strict'
import { test } from 'node:test'
import { kmsFixture, present } from '../../testing.ts'

test('RotateKeyOnDemand is complete with its answer, and leaves the schedule as it is', async () => {
  const kms = await kmsFixture()
  const { keyId: KeyId, arn } = await kms.key()
  await kms.call('EnableKeyRotation', { KeyId, RotationPeriodInDays: 90 })
  const status = await kms.call('GetKeyRotationStatus', { KeyId })
  const before = (await kms.call('DescribeKey', { KeyId })).KeyMetadata
  assert.deepEqual(await kms.call('RotateKeyOnDemand', { KeyId }), { KeyId: arn })
  const after = (await kms.call('DescribeKey', { KeyId })).KeyMetadata
  assert.notEqual(after?.CurrentKeyMaterialId, before?.CurrentKeyMaterialId)
  assert.deepEqual({ ...after, CurrentKeyMaterialId: before?.CurrentKeyMaterialId }, before)
  assert.deepEqual(await kms.call('GetKeyRotationStatus', { KeyId }), status)
  assert.deepEqual(await kms.call('ListKeyRotations', { KeyId }), {
    Rotations: [
      {
        KeyId,
        KeyMaterialId: after?.CurrentKeyMaterialId,
        KeyMaterialDescription: undefined,
        ImportState: undefined,
        KeyMaterialState: 'CURRENT',
        RotationDate: kms.clock.now(),
        RotationType: 'ON_DEMAND',
      },
    ],
    Truncated: false,
  })
})

test('RotateKeyOnDemand works 25 times in the life of a key, and never again; automatic rotation goes on', async () => {
  const kms = await kmsFixture()
  const { keyId: KeyId, arn } = await kms.key()
  for (let turn = 0; turn < 25; turn++) await kms.call('RotateKeyOnDemand', { KeyId })
  await assert.rejects(kms.call('RotateKeyOnDemand', { KeyId }), {
    code: 'LimitExceededException',
    message:
      'The on-demand rotations limit has been reached for the given keyId. ' +
      `No more on-demand rotations can be performed for this key: ${arn}`,
  })
  await kms.call('EnableKeyRotation', { KeyId, RotationPeriodInDays: 90 })
  await kms.advanceDays(90)
  assert.equal((await kms.call('ListKeyRotations', { KeyId })).Rotations?.length, 26)
})

test('RotateKeyOnDemand keeps 20 minutes away from automatic rotations', async () => {
  const kms = await kmsFixture()
  const { keyId: KeyId } = await kms.key()
  await kms.call('EnableKeyRotation', { KeyId, RotationPeriodInDays: 90 })
  await kms.advanceDays(90 - 20 / (24 * 60))
  await assert.rejects(kms.call('RotateKeyOnDemand', { KeyId }), { code: 'ConflictException' })
  await kms.advanceDays(20 / (24 * 60))
  assert.equal((await kms.call('ListKeyRotations', { KeyId })).Rotations?.length, 1)
  await assert.rejects(kms.call('RotateKeyOnDemand', { KeyId }), { code: 'ConflictException' })
  await kms.advanceDays(21 / (24 * 60))
  await kms.call('RotateKeyOnDemand', { KeyId })
})

test('RotateKeyOnDemand refuses keys that are disabled or pending deletion', async () => {
  const kms = await kmsFixture()
  const { keyId: KeyId, arn } = await kms.key()
  await kms.call('DisableKey', { KeyId })
  const disabled = { code: 'DisabledException', message: `${arn} is disabled.` }
  await assert.rejects(kms.call('RotateKeyOnDemand', { KeyId }), disabled)
  await kms.call('ScheduleKeyDeletion', { KeyId })
  const pending = { code: 'KMSInvalidStateException', message: `${arn} is pending deletion.` }
  await assert.rejects(kms.call('RotateKeyOnDemand', { KeyId }), pending)
})

test('ListKeyRotations lists the first material only when it is asked for all, and pages', async () => {
  const kms = await kmsFixture()
  const { keyId: KeyId } = await kms.key()
  for (let turn = 0; turn < 4; turn++) await kms.call('RotateKeyOnDemand', { KeyId })
  const all = { KeyId, IncludeKeyMaterial: 'ALL_KEY_MATERIAL', Limit: 2 } as const
  const pages = []
  for (let Marker: string | undefined, more = true; more; ) {
    const page = await kms.call('ListKeyRotations', { ...all, Marker })
    pages.push(present(page.Rotations))
    Marker = page.NextMarker
    more = page.Truncated ?? false
  }
  assert.deepEqual(
    pages.map((page) => page.length),
    [2, 2, 1],
  )
  const rows = pages.flat()
  assert.equal(new Set(rows.map(({ KeyMaterialId }) => KeyMaterialId)).size, 5)
  assert.deepEqual(
    rows.map(({ RotationType }) => RotationType),
    [undefined, 'ON_DEMAND', 'ON_DEMAND', 'ON_DEMAND', 'ON_DEMAND'],
  )
  assert.equal((await kms.call('ListKeyRotations', { KeyId })).Rotations?.length, 4)
  await assert.rejects(kms.call('ListKeyRotations', { ...all, Marker: 'x' }), { code: 'InvalidMarkerException' })
})
