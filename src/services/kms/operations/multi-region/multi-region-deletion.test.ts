import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dayMs } from '../../../../core/durations.ts'
import { keyMaterials } from '../../storage/collections.ts'
import { deleteKeyWork, settleKeyWork } from '../../storage/key-work.ts'
import { accountId, kmsFixture, present } from '../../testing.ts'
import { describe, elsewhere, here, replicate, there } from '../testing.ts'

test('K10: a primary key is deleted after its replicas: its own window begins when the last of them is gone', async () => {
  const kms = await kmsFixture()
  const { keyId: KeyId } = await kms.key({ MultiRegion: true })
  await replicate(kms, KeyId)
  await replicate(kms, KeyId, elsewhere)
  const answer = await kms.call('ScheduleKeyDeletion', { KeyId, PendingWindowInDays: 7 })
  assert.deepEqual(
    [answer.KeyState, answer.PendingWindowInDays, answer.DeletionDate],
    ['PendingReplicaDeletion', 7, undefined],
  )
  assert.equal((await describe(kms, KeyId, there)).KeyState, 'Enabled')
  await assert.rejects(replicate(kms, KeyId, 'sa-east-1'), { code: 'KMSInvalidStateException' })
  await kms.advanceDays(40)
  await kms.call('ScheduleKeyDeletion', { KeyId, PendingWindowInDays: 7 }, { region: there })
  await kms.call('ScheduleKeyDeletion', { KeyId, PendingWindowInDays: 9 }, { region: elsewhere })
  await kms.advanceDays(7)
  const waiting = await describe(kms, KeyId)
  assert.deepEqual([waiting.KeyState, waiting.PendingDeletionWindowInDays], ['PendingReplicaDeletion', 7])
  assert.deepEqual(
    waiting.MultiRegionConfiguration?.ReplicaKeys?.map(({ Region }) => Region),
    [elsewhere],
  )
  await kms.advanceDays(2)
  const pending = await describe(kms, KeyId)
  assert.deepEqual([pending.KeyState, pending.PendingDeletionWindowInDays], ['PendingDeletion', undefined])
  assert.deepEqual(pending.DeletionDate, new Date(kms.clock.nowMs() + 7 * dayMs))
  await kms.advanceDays(7)
  await assert.rejects(describe(kms, KeyId), { code: 'NotFoundException' })
  for (const region of [here, there, elsewhere]) {
    assert.deepEqual(await kms.store.in(keyMaterials).list({ accountId, region }), [])
  }
})

test('CancelKeyDeletion brings a waiting primary key back, and a replica that was to be deleted', async () => {
  const kms = await kmsFixture()
  const { keyId: KeyId } = await kms.key({ MultiRegion: true })
  await replicate(kms, KeyId)
  await kms.call('ScheduleKeyDeletion', { KeyId })
  await kms.call('ScheduleKeyDeletion', { KeyId }, { region: there })
  await kms.call('CancelKeyDeletion', { KeyId })
  await kms.call('CancelKeyDeletion', { KeyId }, { region: there })
  await kms.advanceDays(31)
  for (const region of [here, there]) {
    const { KeyState, PendingDeletionWindowInDays } = await describe(kms, KeyId, region)
    assert.deepEqual([KeyState, PendingDeletionWindowInDays], ['Disabled', undefined])
  }
  await kms.call('EnableKey', { KeyId })
  await kms.call('ScheduleKeyDeletion', { KeyId, PendingWindowInDays: 7 }, { region: there })
  await kms.advanceDays(7)
  assert.deepEqual((await describe(kms, KeyId)).MultiRegionConfiguration?.ReplicaKeys, [])
  await replicate(kms, KeyId)
  assert.equal((await describe(kms, KeyId, there)).KeyState, 'Enabled')
})

test('a replica that takes the place of a deleted one has none of its grants, and keeps its own', async () => {
  const kms = await kmsFixture()
  const { keyId: KeyId, arn } = await kms.key({ MultiRegion: true })
  const inReplica = { region: there }
  const grant = { KeyId, GranteePrincipal: accountId, Operations: ['Encrypt' as const] }
  const grantIds = async () => {
    const { Grants = [] } = await kms.call('ListGrants', { KeyId }, inReplica)
    return Grants.map(({ GrantId }) => GrantId)
  }
  // As between the deletion and the clearing up, or when the server was killed there.
  const deleteReplica = async () => {
    const request = { KeyId, PendingWindowInDays: 7 }
    const { DeletionDate } = await kms.call('ScheduleKeyDeletion', request, inReplica)
    kms.clock.advance(7 * 24 * 60 * 60)
    await kms.repeatWork(deleteKeyWork, arn.replace(here, there), present(DeletionDate).getTime(), there)
  }
  await replicate(kms, KeyId)
  for (let turn = 0; turn < 3; turn++) await kms.call('CreateGrant', grant, inReplica)
  await deleteReplica()
  await kms.call('ReplicateKey', { KeyId, ReplicaRegion: there })
  assert.deepEqual(await grantIds(), [])
  await kms.repeatWork(settleKeyWork, arn.replace(here, there), kms.clock.nowMs(), there)
  const { GrantId } = await kms.call('CreateGrant', grant, inReplica)
  await kms.advanceDays(1)
  assert.deepEqual(await grantIds(), [GrantId])

  for (let turn = 0; turn < 200; turn++) await kms.call('CreateGrant', grant, inReplica)
  await deleteReplica()
  const replication = () => kms.call('ReplicateKey', { KeyId, ReplicaRegion: there })
  await assert.rejects(replication(), { code: 'DependencyTimeoutException' })
  await kms.advanceDays(0)
  await replication()
  assert.deepEqual(await grantIds(), [])
})
