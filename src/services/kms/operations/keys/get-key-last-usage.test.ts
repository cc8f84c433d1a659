import assert from 'node:assert/strict'
import { test } from 'node:test'
import { KeyLastUsageTrackingOperation } from '@aws-sdk/client-kms'
import { isTracked } from '../../domain/algorithms/key-usage.ts'
import { keyUsages } from '../../storage/collections.ts'
import { KeyUsageRecorder } from '../../storage/key-usage-recorder.ts'
import {
  accountId,
  alice,
  type KmsFixture,
  kmsFixture,
  otherAccountId,
  policyOf,
  present,
  stranger,
} from '../../testing.ts'

const Plaintext = Buffer.from('x')

const lastUse = async (kms: KmsFixture, KeyId: string) => (await kms.call('GetKeyLastUsage', { KeyId })).KeyLastUsage

test('GetKeyLastUsage describes a key that was never used', async () => {
  const kms = await kmsFixture()
  const { keyId, arn } = await kms.key()
  const created = kms.clock.now()
  kms.clock.advance(60)
  assert.deepEqual(await kms.call('GetKeyLastUsage', { KeyId: arn }), {
    KeyId: keyId,
    KeyLastUsage: {},
    TrackingStartDate: created,
    KeyCreationDate: created,
  })
  await assert.rejects(kms.call('GetKeyLastUsage', { KeyId: 'alias/app' }), { code: 'InvalidArnException' })
  await assert.rejects(kms.call('GetKeyLastUsage', { KeyId: arn }, { caller: stranger }), {
    code: 'AccessDeniedException',
  })
})

test('GetKeyLastUsage returns the last operation that succeeded, with its ids', async () => {
  const kms = await kmsFixture()
  const { keyId: KeyId } = await kms.key()
  await kms.call('Encrypt', { KeyId, Plaintext })
  kms.clock.advance(3600)
  await kms.call('GenerateDataKey', { KeyId, KeySpec: 'AES_256' })
  const { eventID, requestID } = kms.lastRecord()
  const expected = {
    Operation: 'GenerateDataKey',
    Timestamp: kms.clock.now(),
    CloudTrailEventId: eventID,
    KmsRequestId: requestID,
  }
  assert.deepEqual(await lastUse(kms, KeyId), expected)
  kms.clock.advance(3600)
  // Neither failures nor dry runs nor reads of the key are use.
  const failing = [
    () => kms.call('Encrypt', { KeyId, Plaintext, DryRun: true }),
    () => kms.call('Encrypt', { KeyId, Plaintext, EncryptionAlgorithm: 'RSAES_OAEP_SHA_1' }),
    () => kms.call('Decrypt', { CiphertextBlob: Buffer.from('nothing') }),
    () => kms.call('Encrypt', { KeyId, Plaintext }, { caller: stranger }),
  ]
  for (const attempt of failing) await assert.rejects(attempt)
  await kms.call('DescribeKey', { KeyId })
  assert.deepEqual(await lastUse(kms, KeyId), expected)
})

test('ReEncrypt is use of both keys', async () => {
  const kms = await kmsFixture()
  const [one, two] = [await kms.key(), await kms.key()]
  const { CiphertextBlob } = await kms.call('Encrypt', { KeyId: one.keyId, Plaintext })
  await kms.call('ReEncrypt', { CiphertextBlob, DestinationKeyId: two.keyId })
  for (const { keyId } of [one, two]) assert.equal((await lastUse(kms, keyId))?.Operation, 'ReEncrypt')
})

test('use by another account is shown to the owner, with the id of the record that the owner has', async () => {
  const kms = await kmsFixture()
  const shared = [accountId, otherAccountId].map((AWS) => ({
    ...{ Effect: 'Allow', Principal: { AWS }, Action: 'kms:*', Resource: '*' },
  }))
  const { keyId, arn } = await kms.key({ Policy: policyOf(...shared) })
  await kms.call('Encrypt', { KeyId: arn, Plaintext }, { caller: stranger })
  const records = kms.store.records.filter(({ eventName }) => eventName === 'Encrypt')
  const owners = present(records.find(({ recipientAccountId }) => recipientAccountId === accountId))
  assert.equal(records.length, 2)
  assert.equal((await lastUse(kms, keyId))?.CloudTrailEventId, owners.eventID)
})

test('uses are written in the background, and survive the process that noted them', async () => {
  const kms = await kmsFixture()
  const keys = [await kms.key(), await kms.key(), await kms.key()]
  for (const { keyId: KeyId } of keys) await kms.call('Encrypt', { KeyId, Plaintext })
  const before = await Promise.all(keys.map(({ keyId }) => lastUse(kms, keyId)))
  const gone = present(keys[2])
  await kms.call('ScheduleKeyDeletion', { KeyId: gone.keyId, PendingWindowInDays: 7 })
  await kms.advanceDays(7)
  const { usages } = kms
  await usages.flush()
  await kms.call('Encrypt', { KeyId: present(keys[1]).keyId, Plaintext })
  await usages.flush()
  const afterwards = new KeyUsageRecorder(kms.store, () => assert.fail())
  const read = async (KeyId: string) => {
    kms.beforeHandling('GetKeyLastUsage', (context) => Object.assign(context, { usages: afterwards }))
    return lastUse(kms, KeyId)
  }
  assert.deepEqual(await read(present(keys[0]).keyId), before[0])
  assert.equal(Number((await read(present(keys[1]).keyId))?.Timestamp), kms.clock.nowMs())
  assert.equal(await kms.store.in(keyUsages).count({ accountId, region: 'us-east-1' }), 2)
})

test('uses of many keys are written in several transactions, and none is left out', async () => {
  const kms = await kmsFixture()
  const arns = await Promise.all(Array.from({ length: 230 }, async () => (await kms.key()).arn))
  const use = { operation: 'Sign', atMs: 1, eventId: 'e', requestId: 'r' } as const
  const { usages } = kms
  for (const arn of arns) usages.note(arn, use)
  const writing = usages.flush()
  const late = { ...use, atMs: 2 }
  usages.note(present(arns[0]), late)
  await Promise.all([writing, usages.flush()])
  assert.equal(await kms.store.in(keyUsages).count({ accountId, region: 'us-east-1' }), arns.length)
  const first = present(await kms.contextOf('DescribeKey').keys.get(present(arns[0])))
  assert.deepEqual(await new KeyUsageRecorder(kms.store, () => assert.fail()).lastUse(first), late)
})

test('a use that cannot be written stays noted, and is written when the store can again', async () => {
  const kms = await kmsFixture()
  const { keyId, arn } = await kms.key()
  const key = present(await kms.contextOf('DescribeKey').keys.get(keyId))
  const faults: unknown[] = []
  let broken = true
  const transaction: typeof kms.store.transaction = (work) => {
    if (broken) throw new Error('the disk is full')
    return kms.store.transaction(work)
  }
  const usages = new KeyUsageRecorder(Object.assign(Object.create(kms.store), { transaction }), (fault) =>
    faults.push(fault),
  )
  const use = { operation: 'Encrypt', atMs: 5, eventId: 'e', requestId: 'r' } as const
  usages.note(arn, use)
  await usages.flush()
  assert.equal(faults.length, 1)
  assert.deepEqual(await usages.lastUse(key), use)
  broken = false
  await usages.flush()
  assert.deepEqual(await new KeyUsageRecorder(kms.store, () => assert.fail()).lastUse(key), use)
})

test('kms:TrailingDaysWithoutKeyUsage counts the days since the last use, or since the key was made', async () => {
  const kms = await kmsFixture()
  const administrators = { Effect: 'Allow', Principal: { AWS: accountId }, Action: 'kms:*', Resource: '*' }
  const onlyIdle = {
    ...{ Effect: 'Deny', Principal: '*', Action: ['kms:ScheduleKeyDeletion', 'kms:DisableKey'], Resource: '*' },
    Condition: { NumericLessThan: { 'kms:TrailingDaysWithoutKeyUsage': '90' } },
  }
  const { keyId: KeyId } = await kms.key({ Policy: policyOf(administrators, onlyIdle) })
  const daysOf = async (name: 'DisableKey' | 'ScheduleKeyDeletion') =>
    (await kms.permissions(name, { KeyId }))[0]?.context?.['kms:TrailingDaysWithoutKeyUsage']
  await kms.advanceDays(89.5)
  assert.deepEqual([await daysOf('DisableKey'), await daysOf('ScheduleKeyDeletion')], ['89', '89'])
  await assert.rejects(kms.call('DisableKey', { KeyId }), { code: 'AccessDeniedException' })
  await kms.call('Encrypt', { KeyId, Plaintext }, { caller: alice })
  await kms.advanceDays(10)
  assert.equal(await daysOf('DisableKey'), '10')
  await assert.rejects(kms.call('ScheduleKeyDeletion', { KeyId }), { code: 'AccessDeniedException' })
  await kms.advanceDays(80)
  await kms.call('ScheduleKeyDeletion', { KeyId })
})

test('the operations that count as use are those of the service model', () => {
  for (const operation of Object.keys(KeyLastUsageTrackingOperation)) assert.ok(isTracked(operation), operation)
  for (const operation of ['DescribeKey', 'GetPublicKey', 'GenerateRandom', 'CreateGrant'])
    assert.ok(!isTracked(operation))
})
