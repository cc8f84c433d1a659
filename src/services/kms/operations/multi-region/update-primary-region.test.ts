import assert from 'node:assert/strict'
import { test } from 'node:test'
import { accountId, alice, kmsFixture, policyOf } from '../../testing.ts'
import { describe, elsewhere, here, replicate, there } from '../testing.ts'

test('K10: a rotation of the primary reaches every Region at once; replicas rotate on no call of their own', async () => {
  const kms = await kmsFixture()
  const { keyId: KeyId } = await kms.key({ MultiRegion: true })
  await replicate(kms, KeyId)
  await kms.call('RotateKeyOnDemand', { KeyId })
  await replicate(kms, KeyId, elsewhere)
  await kms.call('DisableKey', { KeyId }, { region: elsewhere })
  await kms.call('EnableKeyRotation', { KeyId, RotationPeriodInDays: 90 })
  const regions = [here, there, elsewhere]
  const old = await kms.call('Encrypt', { KeyId, Plaintext: Buffer.from('old') })
  await kms.advanceDays(90)
  const ids = await Promise.all(
    regions.map(async (region) => (await describe(kms, KeyId, region)).CurrentKeyMaterialId),
  )
  assert.equal(new Set(ids).size, 1)
  await kms.call('EnableKey', { KeyId }, { region: elsewhere })
  for (const region of regions) {
    const { CiphertextBlob } = await kms.call('Encrypt', { KeyId, Plaintext: Buffer.from('x') }, { region })
    for (const reader of regions) {
      const answer = await kms.call('Decrypt', { CiphertextBlob }, { region: reader })
      assert.deepEqual([String(answer.Plaintext), answer.KeyMaterialId], ['x', ids[0]])
    }
    const { CiphertextBlob: before } = old
    assert.equal(String((await kms.call('Decrypt', { CiphertextBlob: before }, { region })).Plaintext), 'old')
    const status = await kms.call('GetKeyRotationStatus', { KeyId }, { region })
    assert.deepEqual([status.KeyRotationEnabled, status.RotationPeriodInDays], [true, 90])
    assert.equal((await kms.call('ListKeyRotations', { KeyId }, { region })).Rotations?.length, 2)
  }
  for (const name of ['EnableKeyRotation', 'DisableKeyRotation', 'RotateKeyOnDemand'] as const) {
    await assert.rejects(kms.call(name, { KeyId }, { region: there }), { code: 'UnsupportedOperationException' })
  }
})

test('K10: UpdatePrimaryRegion swaps the roles, keeps everything else, and moves the rotation along', async () => {
  const kms = await kmsFixture()
  const { keyId: KeyId, arn } = await kms.key({ MultiRegion: true })
  await replicate(kms, KeyId)
  await replicate(kms, KeyId, elsewhere)
  await kms.call('EnableKeyRotation', { KeyId, RotationPeriodInDays: 90 })
  assert.equal(await kms.call('UpdatePrimaryRegion', { KeyId, PrimaryRegion: there }), undefined)
  const states = async () => {
    const all = await Promise.all([here, there, elsewhere].map((region) => describe(kms, KeyId, region)))
    return all.map((metadata) => [metadata.KeyState, metadata.MultiRegionConfiguration?.MultiRegionKeyType])
  }
  assert.deepEqual(await states(), [
    ['Updating', 'REPLICA'],
    ['Updating', 'PRIMARY'],
    ['Enabled', 'REPLICA'],
  ])
  const { CiphertextBlob } = await kms.call('Encrypt', { KeyId, Plaintext: Buffer.from('x') })
  await kms.call('Decrypt', { CiphertextBlob }, { region: there })
  const updating = { code: 'KMSInvalidStateException', message: `${arn} is updating.` }
  await assert.rejects(kms.call('DisableKey', { KeyId }), updating)
  await kms.advanceDays(0)
  assert.deepEqual(await states(), [
    ['Enabled', 'REPLICA'],
    ['Enabled', 'PRIMARY'],
    ['Enabled', 'REPLICA'],
  ])
  assert.equal((await describe(kms, KeyId)).Arn, arn)
  await assert.rejects(kms.call('EnableKeyRotation', { KeyId }), { code: 'UnsupportedOperationException' })
  await kms.advanceDays(90)
  const rotations = kms.store.records.filter(({ eventName }) => eventName === 'RotateKey')
  assert.deepEqual(
    rotations.map(({ awsRegion }) => awsRegion),
    [there],
  )
  await kms.call('UpdatePrimaryRegion', { KeyId, PrimaryRegion: here }, { region: there })
})

test('UpdatePrimaryRegion refuses replicas, Regions without one, and keys that are not enabled', async () => {
  const kms = await kmsFixture()
  const { keyId: KeyId, arn } = await kms.key({ MultiRegion: true })
  await replicate(kms, KeyId)
  const update = (PrimaryRegion: string, region = here) =>
    kms.call('UpdatePrimaryRegion', { KeyId, PrimaryRegion }, { region })
  await assert.rejects(update(here, there), { code: 'UnsupportedOperationException' })
  await assert.rejects(update(elsewhere), { code: 'NotFoundException' })
  await assert.rejects(update(here), { code: 'ValidationException' })
  await kms.call('DisableKey', { KeyId }, { region: there })
  const message = `${arn.replace(here, there)} is disabled.`
  await assert.rejects(update(there), { code: 'DisabledException', message })
  await kms.call('EnableKey', { KeyId }, { region: there })
  await kms.call('DisableKey', { KeyId })
  await assert.rejects(update(there), { code: 'DisabledException', message: `${arn} is disabled.` })
})

test('UpdatePrimaryRegion asks both keys, each by its own policy', async () => {
  const kms = await kmsFixture()
  const { keyId: KeyId, arn } = await kms.key({ MultiRegion: true })
  const root = { Effect: 'Allow', Principal: { AWS: accountId }, Resource: '*' }
  const Policy = policyOf({ ...root, NotAction: 'kms:UpdatePrimaryRegion' })
  await kms.call('ReplicateKey', { KeyId, ReplicaRegion: there, Policy })
  await kms.advanceDays(0)
  const request = { KeyId, PrimaryRegion: there }
  const needed = await kms.permissions('UpdatePrimaryRegion', request)
  assert.deepEqual(
    needed.map(({ action, resource, context }) => [action, resource, context?.['kms:PrimaryRegion']]),
    [arn, arn.replace(here, there)].map((resource) => ['kms:UpdatePrimaryRegion', resource, there]),
  )
  await assert.rejects(kms.call('UpdatePrimaryRegion', request, { caller: alice }), { code: 'AccessDeniedException' })
})
