import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { CreateKeyRequest } from '@aws-sdk/client-kms'
import { dayMs } from '../../../../core/durations.ts'
import { keys } from '../../storage/collections.ts'
import { accountId, alice, kmsFixture, policyOf, present, region } from '../../testing.ts'

const scope = { accountId, region }

test('GetKeyRotationStatus says that a new key of any kind does not rotate, under its ARN and in every state', async () => {
  const kms = await kmsFixture()
  const kinds: Partial<CreateKeyRequest>[] = [
    {},
    { KeySpec: 'RSA_2048', KeyUsage: 'SIGN_VERIFY' },
    { KeySpec: 'ECC_NIST_P256', KeyUsage: 'KEY_AGREEMENT' },
    { KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' },
  ]
  for (const kind of kinds) {
    const { keyId: KeyId, arn } = await kms.key(kind)
    const status = { KeyId: arn, KeyRotationEnabled: false }
    assert.deepEqual(await kms.call('GetKeyRotationStatus', { KeyId }), status)
    await kms.call('DisableKey', { KeyId })
    assert.deepEqual(await kms.call('GetKeyRotationStatus', { KeyId }), status)
    await kms.call('ScheduleKeyDeletion', { KeyId })
    assert.deepEqual(await kms.call('GetKeyRotationStatus', { KeyId }), status)
  }
})

test('EnableKeyRotation rotates after 365 days when nothing is said, and counts anew from each call', async () => {
  const kms = await kmsFixture()
  const { keyId: KeyId, arn } = await kms.key()
  const next = async () => (await kms.call('GetKeyRotationStatus', { KeyId })).NextRotationDate?.getTime()
  await kms.call('EnableKeyRotation', { KeyId })
  assert.deepEqual(await kms.call('GetKeyRotationStatus', { KeyId }), {
    KeyId: arn,
    KeyRotationEnabled: true,
    RotationPeriodInDays: 365,
    NextRotationDate: new Date(kms.clock.nowMs() + 365 * dayMs),
  })
  await kms.advanceDays(10)
  await kms.call('EnableKeyRotation', { KeyId, RotationPeriodInDays: 90 })
  assert.equal(await next(), kms.clock.nowMs() + 90 * dayMs)
  await kms.call('EnableKeyRotation', { KeyId })
  assert.equal(await next(), kms.clock.nowMs() + 365 * dayMs)
})

test('a key rotates at its time, again and again, and everything it ever encrypted stays readable', async () => {
  const kms = await kmsFixture()
  const { keyId: KeyId } = await kms.key()
  await kms.call('EnableKeyRotation', { KeyId, RotationPeriodInDays: 90 })
  const seen = new Map<string, Uint8Array>()
  for (let period = 0; period < 4; period++) {
    const { CiphertextBlob } = await kms.call('Encrypt', { KeyId, Plaintext: Buffer.from(`period ${period}`) })
    const { KeyMaterialId } = await kms.call('Decrypt', { CiphertextBlob })
    seen.set(present(KeyMaterialId), present(CiphertextBlob))
    await kms.advanceDays(90)
  }
  assert.equal(seen.size, 4)
  for (const [place, [materialId, CiphertextBlob]] of [...seen].entries()) {
    const { Plaintext, KeyMaterialId } = await kms.call('Decrypt', { CiphertextBlob })
    assert.deepEqual([String(Plaintext), KeyMaterialId], [`period ${place}`, materialId])
  }
  const { Rotations = [] } = await kms.call('ListKeyRotations', { KeyId })
  assert.deepEqual(
    Rotations.map(({ RotationType, KeyMaterialState }) => [RotationType, KeyMaterialState]),
    [...[1, 2, 3].map(() => ['AUTOMATIC', 'NON_CURRENT']), ['AUTOMATIC', 'CURRENT']],
  )
})

test('an automatic rotation is recorded as a service event, and due work that comes twice rotates once', async () => {
  const kms = await kmsFixture()
  const { keyId: KeyId, arn } = await kms.key()
  await kms.call('EnableKeyRotation', { KeyId })
  const before = present(await kms.store.in(keys).get(scope, KeyId))
  await kms.advanceDays(365)
  const after = present(await kms.store.in(keys).get(scope, KeyId))
  await kms.repeatWork('kms.rotate-key', arn, before.rotation?.nextAtMs ?? 0)
  assert.deepEqual(await kms.store.in(keys).get(scope, KeyId), after)
  const events = kms.store.records.filter(({ eventName }) => eventName === 'RotateKey')
  assert.deepEqual(
    events.map(({ eventType, userIdentity, serviceEventDetails, resources }) => ({
      eventType,
      userIdentity,
      serviceEventDetails,
      resources,
    })),
    [
      {
        eventType: 'AwsServiceEvent',
        userIdentity: { accountId, invokedBy: 'AWS Internal' },
        serviceEventDetails: {
          keyId: KeyId,
          rotationType: 'AUTOMATIC',
          keyOrigin: 'AWS_KMS',
          previousKeyMaterialId: before.currentMaterialId,
          currentKeyMaterialId: after.currentMaterialId,
        },
        resources: [{ accountId, type: 'AWS::KMS::Key', ARN: arn }],
      },
    ],
  )
})

test('a key is not rotated while it is disabled; EnableKey makes up for it, once, and the period begins anew', async () => {
  const kms = await kmsFixture()
  const { keyId: KeyId } = await kms.key()
  await kms.call('EnableKeyRotation', { KeyId, RotationPeriodInDays: 100 })
  await kms.call('DisableKey', { KeyId })
  const rotations = async () => (await kms.call('ListKeyRotations', { KeyId })).Rotations?.length
  await kms.advanceDays(250)
  assert.equal(await rotations(), 0)
  assert.equal((await kms.call('GetKeyRotationStatus', { KeyId })).KeyRotationEnabled, true)
  await assert.rejects(kms.call('EnableKeyRotation', { KeyId }), { code: 'DisabledException' })
  await assert.rejects(kms.call('DisableKeyRotation', { KeyId }), { code: 'DisabledException' })
  await kms.call('EnableKey', { KeyId })
  await kms.advanceDays(0)
  assert.equal(await rotations(), 1)
  await kms.advanceDays(99)
  assert.equal(await rotations(), 1)
  await kms.advanceDays(1)
  assert.equal(await rotations(), 2)
})

test('a key that is disabled and enabled before its date keeps its schedule', async () => {
  const kms = await kmsFixture()
  const { keyId: KeyId } = await kms.key()
  await kms.call('EnableKeyRotation', { KeyId, RotationPeriodInDays: 100 })
  const { NextRotationDate } = await kms.call('GetKeyRotationStatus', { KeyId })
  await kms.call('DisableKey', { KeyId })
  await kms.advanceDays(50)
  await kms.call('EnableKey', { KeyId })
  await kms.advanceDays(0)
  assert.deepEqual((await kms.call('GetKeyRotationStatus', { KeyId })).NextRotationDate, NextRotationDate)
  assert.deepEqual((await kms.call('ListKeyRotations', { KeyId })).Rotations, [])
})

test('a key pending deletion says that it does not rotate, and does not; CancelKeyDeletion brings its schedule back', async () => {
  const kms = await kmsFixture()
  const { keyId: KeyId, arn } = await kms.key()
  await kms.call('EnableKeyRotation', { KeyId, RotationPeriodInDays: 90 })
  const status = await kms.call('GetKeyRotationStatus', { KeyId })
  await kms.advanceDays(80)
  await kms.call('ScheduleKeyDeletion', { KeyId })
  await kms.advanceDays(20)
  assert.deepEqual(await kms.call('GetKeyRotationStatus', { KeyId }), { KeyId: arn, KeyRotationEnabled: false })
  await kms.call('CancelKeyDeletion', { KeyId })
  assert.deepEqual(await kms.call('GetKeyRotationStatus', { KeyId }), status)
  await kms.call('EnableKey', { KeyId })
  await kms.advanceDays(0)
  assert.equal((await kms.call('ListKeyRotations', { KeyId })).Rotations?.length, 1)
})

test('DisableKeyRotation ends the schedule, and does nothing where there is none', async () => {
  const kms = await kmsFixture()
  const { keyId: KeyId, arn } = await kms.key()
  await kms.call('EnableKeyRotation', { KeyId, RotationPeriodInDays: 90 })
  await kms.call('DisableKeyRotation', { KeyId })
  await kms.call('DisableKeyRotation', { KeyId })
  assert.deepEqual(await kms.call('GetKeyRotationStatus', { KeyId }), { KeyId: arn, KeyRotationEnabled: false })
  await kms.advanceDays(400)
  assert.deepEqual((await kms.call('ListKeyRotations', { KeyId })).Rotations, [])
})

test('EnableKeyRotation asks policies about the period, which is 365 days when nothing is said', async () => {
  const kms = await kmsFixture()
  const { keyId: KeyId } = await kms.key()
  const statement = { Effect: 'Allow', Action: 'kms:*', Resource: '*' }
  const Condition = { NumericLessThanEquals: { 'kms:RotationPeriodInDays': '180' } }
  const document = policyOf({ ...statement, Condition })
  await kms.putUser(alice, [document])
  await kms.call('EnableKeyRotation', { KeyId, RotationPeriodInDays: 180 }, { caller: alice })
  await assert.rejects(kms.call('EnableKeyRotation', { KeyId }, { caller: alice }), { code: 'AccessDeniedException' })
})
